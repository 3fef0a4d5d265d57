import { join } from 'node:path'
import { SqlDatabase, type SqlValue } from '../../../src-main/sqlite.ts'
import { tempFolder } from '../temp-folder.ts'
import { fillTables, type TableRows } from './tables.ts'

/** Ids as nsys packs them: machine 1, process, thread. */
export const globalPid = (pid: number) => (1n << 48n) | (BigInt(pid) << 24n)
export const globalTid = (pid: number, tid: number) => globalPid(pid) | BigInt(tid)

/** Rows of StringIds, from id 1. */
export const strings = (...texts: SqlValue[]) => texts.map((value, i) => ({ id: i + 1, value }))

/** A database with these rows. @returns its path, in a folder that goes with the test */
export function madeDatabase(rows: TableRows, ...statements: string[]): string {
  const path = join(tempFolder(), 'made.sqlite')
  const db = new SqlDatabase(path, { create: true })
  fillTables(db, rows)
  for (const statement of statements) db.exec(statement)
  db.close()
  return path
}
