import { closeSync, existsSync, fstatSync } from 'node:fs'
import { basename } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { TableColumn, TableSource } from '#domain/trace-feed.ts'
import { SqlDatabase, sqliteCode } from '../sqlite.ts'
import { damage, foreign, inUse, openFile, toText } from './table-source-errors.ts'
import { BATCH_ROWS, pageFileOf, type ReadPages, scanPages } from './table-source-pages.ts'
import type { RecordColumn } from './table-source-record.ts'

export interface OpenTables extends TableSource {
  /** Why large tables are read through SQLite, which is slower; absent when they are read page by page. */
  readonly slowBecause?: string
  close(): void
}

interface TableShape {
  rootPage: number
  /** In the order of the record. */
  columns: { name: string; isRowId: boolean; isReal: boolean }[]
  /** Rows cannot be decoded by position: generated columns, defaults, no rowid. */
  onlySql: boolean
  hasRowId: boolean
}

/** Between two looks at the event loop. */
const TURN_ROWS = 65_536

/**
 * A SQLite database of another program, read-only; damaged parts are passed over as far as that goes. `scan` delivers
 * what can be read, then throws FORMAT_BROKEN when something could not be.
 * @param pageByPage false: everything through SQLite   @param onRead bytes of the file that were read, as they are; only
 * of large tables read page by page
 * @throws EngineError FORMAT_UNKNOWN for what is no database, FORMAT_BROKEN, FILE_NOT_FOUND, FILE_UNREADABLE
 */
export function openTables(
  path: string,
  { pageByPage = true, onRead = () => {} }: { pageByPage?: boolean; onRead?: (bytes: number) => void } = {},
): OpenTables {
  return new TableFile(path, pageByPage, onRead)
}

class TableFile implements OpenTables {
  readonly tables: ReadonlyMap<string, readonly string[]>
  readonly slowBecause?: string
  readonly #db: SqlDatabase
  readonly #shapes: Map<string, TableShape>
  readonly #pages: ReadPages | undefined
  /** Closed after the database: closing any descriptor of a file drops SQLite's locks on it. */
  readonly #fd: number
  readonly #changedMs: number

  constructor(path: string, pageByPage: boolean, onRead: (bytes: number) => void) {
    const hasLog = existsSync(`${path}-wal`) || existsSync(`${path}-journal`)
    this.#fd = openFile(path)
    try {
      const { size, mtimeMs } = fstatSync(this.#fd)
      this.#changedMs = mtimeMs
      const pages = pageFileOf(this.#fd, size)
      if (pages === 'write-ahead log') throw inUse(path)
      const why = !pageByPage ? 'asked for' : hasLog ? 'another program left a journal beside it' : undefined
      if (why !== undefined) this.slowBecause = why
      else if (typeof pages === 'string') this.slowBecause = pages
      else this.#pages = { ...pages, onRead }
    } catch (thrown) {
      closeSync(this.#fd)
      throw thrown
    }
    try {
      this.#db = foreign(path, () => new SqlDatabase(path, { readOnly: true }))
    } catch (thrown) {
      closeSync(this.#fd)
      throw thrown
    }
    try {
      this.#db.tolerateDamage()
      this.#shapes = foreign(path, () => shapesOf(this.#db))
    } catch (thrown) {
      this.close()
      throw thrown
    }
    this.tables = new Map([...this.#shapes].map(([table, { columns }]) => [table, columns.map(({ name }) => name)]))
  }

  rows(sql: string): Record<string, string | number | null>[] {
    return foreign(this.#db.path, () => [...this.#db.foreignRows(sql)].map(plainRow))
  }

  async scan(
    table: string,
    columns: readonly TableColumn[],
    onBatch: Parameters<TableSource['scan']>[2],
    signal?: AbortSignal,
  ): Promise<void> {
    const shape = this.#shapes.get(table)
    const wanted = columns.map(column => recordColumn(shape, table, column))
    if (shape === undefined) throw new RangeError(`no table ${table}`)
    const stopWhenAsked = () => {
      if (signal?.aborted) throw new EngineError('CANCELLED', 'Cancelled')
    }
    stopWhenAsked()
    if (this.#pages !== undefined && !shape.onlySql) {
      const { damaged, firstDamage, rows } = await scanPages(
        this.#pages,
        shape.rootPage,
        wanted,
        onBatch,
        stopWhenAsked,
      )
      this.#sayWhenChanged()
      if (damaged > 0)
        throw damage(this.#db.path, table, `${damaged} damaged parts, first: ${firstDamage}; ${rows} rows read`)
      return
    }
    await this.#scanSql(table, shape, columns, onBatch, stopWhenAsked)
  }

  close(): void {
    this.#db.close()
    closeSync(this.#fd)
  }

  async #scanSql(
    table: string,
    { hasRowId }: TableShape,
    columns: readonly TableColumn[],
    onBatch: Parameters<TableSource['scan']>[2],
    stopWhenAsked: () => void,
  ): Promise<void> {
    const out = columns.map(() => new Float64Array(BATCH_ROWS))
    const rowIds = new Float64Array(BATCH_ROWS)
    const selected = [hasRowId ? '_rowid_' : 'NULL', ...columns.map(selectedColumn)].join(', ')
    let row = 0
    let seen = 0
    const flush = () => {
      if (row > 0) onBatch(out, rowIds, row)
      row = 0
    }
    try {
      for (const values of this.#db.arrays(`SELECT ${selected} FROM ${quoted(table)} NOT INDEXED`)) {
        const rowId = values[0]
        seen++
        rowIds[row] = typeof rowId === 'number' ? rowId : seen
        for (let i = 0; i < out.length; i++) {
          const value = values[i + 1]
          const column = out[i]
          if (column !== undefined) column[row] = typeof value === 'number' ? value : Number.NaN
        }
        if (++row === BATCH_ROWS) flush()
        if (seen % TURN_ROWS === 0) {
          await new Promise(resolve => setImmediate(resolve))
          stopWhenAsked()
        }
      }
    } catch (thrown) {
      if (thrown instanceof EngineError && thrown.code === 'CANCELLED') throw thrown
      if (sqliteCode(thrown) === undefined) throw thrown
      flush()
      throw damage(this.#db.path, table, `${toText(thrown)}; ${seen} rows read`)
    }
    flush()
  }

  #sayWhenChanged(): void {
    if (fstatSync(this.#fd).mtimeMs === this.#changedMs) return
    throw new EngineError('FORMAT_BROKEN', `${basename(this.#db.path)} was changed while it was read`, {
      where: this.#db.path,
      hint: 'Import it again when the program that writes it has ended.',
    })
  }
}

function shapesOf(db: SqlDatabase): Map<string, TableShape> {
  const shapes = new Map<string, TableShape>()
  for (const { name, rootpage, sql } of db.foreignRows(
    `SELECT name, rootpage, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  )) {
    const rootPage = Number(rootpage)
    // A virtual table has no pages, and its code is not run on foreign data.
    if (typeof name !== 'string' || typeof sql !== 'string' || !(rootPage > 1)) continue
    const info = [...db.foreignRows(`PRAGMA table_xinfo(${quoted(name)})`)]
    const keys = info.filter(column => Number(column.pk) > 0)
    const isAlias = keys.length === 1 && String(keys[0]?.type).toUpperCase() === 'INTEGER'
    const hasRowId = !/WITHOUT\s+ROWID/i.test(sql)
    shapes.set(name, {
      rootPage,
      hasRowId,
      columns: info
        .filter(column => Number(column.hidden) === 0)
        .map(column => ({
          name: String(column.name),
          isRowId: isAlias && hasRowId && column === keys[0],
          isReal: isReal(String(column.type)),
        })),
      onlySql:
        !hasRowId ||
        info.some(column => Number(column.hidden) !== 0 || column.dflt_value !== null) ||
        // "INTEGER PRIMARY KEY DESC" is stored like any column.
        (isAlias && /\bDESC\b/i.test(sql)),
    })
  }
  return shapes
}

/** Column affinity REAL: sqlite.org/datatype3.html §3.1. */
function isReal(type: string): boolean {
  return !/INT|CHAR|CLOB|TEXT|BLOB/i.test(type) && /REAL|FLOA|DOUB/i.test(type)
}

function recordColumn(shape: TableShape | undefined, table: string, wanted: TableColumn): RecordColumn {
  const name = typeof wanted === 'string' ? wanted : wanted.column
  const index = shape?.columns.findIndex(column => column.name === name) ?? -1
  const column = shape?.columns[index]
  if (column === undefined) throw new RangeError(`no column ${name} in ${table}`)
  return { index, isRowId: column.isRowId, isReal: column.isReal, wanted }
}

function selectedColumn(wanted: TableColumn): string {
  if (typeof wanted === 'string') return quoted(wanted)
  const { column, shift, bits } = wanted
  const name = quoted(column)
  return `CASE typeof(${name}) WHEN 'integer' THEN (${name} >> ${shift}) & ${2 ** bits - 1} END`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function plainRow(
  row: Record<string, string | number | bigint | null | Uint8Array>,
): Record<string, string | number | null> {
  const plain: Record<string, string | number | null> = {}
  for (const [name, value] of Object.entries(row)) {
    if (typeof value === 'bigint') plain[name] = Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    else plain[name] = value instanceof Uint8Array ? `${value.length} bytes` : value
  }
  return plain
}
