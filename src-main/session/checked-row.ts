import { crc32 } from 'node:zlib'
import type { SqlDatabase, SqlRow } from '../sqlite.ts'

/**
 * Rows that carry a CRC-32 over their own columns, so that a bit that flips inside a value is noticed.
 * The checksum covers columns by name and value, NULLs left out and names in order: a column that a later version adds
 * changes nothing for rows that do not use it. Left out are `crc` and the row number `seq`, which SQLite gives only at
 * the insert; a row whose number changed is missed by those that refer to it.
 */
export function rowCrc(row: SqlRow, names = checkedColumns(row)): number {
  let crc = 0
  let text = ''
  for (const name of names) {
    const value = row[name]
    if (value === null || value === undefined) continue
    text += `${name}=`
    if (value instanceof Uint8Array) {
      crc = crc32(value, crc32(text, crc))
      text = ''
    } else {
      text += `${value}\n`
    }
  }
  return crc32(text, crc)
}

/** @param names saves their sorting where many rows of one table are checked */
export function isIntact(row: SqlRow, names?: readonly string[]): boolean {
  return row.crc === rowCrc(row, names)
}

/** Names of the columns under the checksum, in its order. */
export function checkedColumns(row: SqlRow): readonly string[] {
  return Object.keys(row)
    .filter(name => name !== 'crc' && name !== 'seq')
    .sort()
}

/** Text as UTF-8 can hold it: a lone surrogate would come back as another character and look like damage. */
export function storable(row: SqlRow): SqlRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value.toWellFormed() : value]),
  )
}

/**
 * @param orIgnore leaves a row out whose key is taken
 * @returns the new row's number
 */
export function insertRow(db: SqlDatabase, table: string, row: SqlRow, { orIgnore = false } = {}): number {
  const whole = storable(row)
  const names = Object.keys(whole)
  const sql = `INSERT ${orIgnore ? 'OR IGNORE ' : ''}INTO ${table} (${names.join(', ')}, crc) VALUES (${names.map(() => '?').join(', ')}, ?)`
  return db.run(sql, ...Object.values(whole), rowCrc(whole))
}

/** Writes all columns of a row that was read before, found by `key`. */
export function updateRow(db: SqlDatabase, table: string, key: string, row: SqlRow): void {
  const whole = storable(row)
  const names = Object.keys(whole).filter(name => name !== key && name !== 'crc')
  const sql = `UPDATE ${table} SET ${names.map(name => `${name} = ?`).join(', ')}, crc = ? WHERE ${key} = ?`
  db.run(sql, ...names.map(name => whole[name] ?? null), rowCrc(whole), whole[key] ?? null)
}

/** Row without its NULLs: in a domain record a field that was not measured is absent. */
export function withoutNulls(row: SqlRow): Record<string, NonNullable<SqlRow[string]>> {
  return Object.fromEntries(
    Object.entries(row).filter((entry): entry is [string, NonNullable<SqlRow[string]>] => entry[1] !== null),
  )
}
