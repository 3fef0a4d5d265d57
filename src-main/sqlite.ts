import { statfsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import BetterSqlite, { type Statement } from 'better-sqlite3'
import type { z } from 'zod'
import { EngineError } from '#domain/errors.ts'

/**
 * The one door to better-sqlite3. It runs only under Node ≥ 22: on Node 20 loading it is a segmentation fault.
 * Trap for every caller on Linux and macOS: closing any descriptor of a file drops all POSIX locks this process holds
 * on it, SQLite's too. So a file that SQLite has open here is never read with node:fs.
 */
export type SqlValue = string | number | null | Uint8Array
export type SqlRow = Record<string, SqlValue>

export interface OpenOptions {
  readOnly?: boolean
  /** Makes the file when it is not there; otherwise that is FILE_NOT_FOUND. */
  create?: boolean
  /** How long a call waits for another process's lock. */
  busyTimeoutMs?: number
}

/** An open database. Every method throws EngineError for what can happen to a file, the driver's error for our own bugs. */
export class SqlDatabase {
  readonly path: string
  readonly #db: BetterSqlite.Database
  readonly #statements = new Map<string, Statement<unknown[], SqlRow>>()

  /** @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE, FILE_UNWRITABLE, DISK_FULL */
  constructor(path: string, { readOnly = false, create = false, busyTimeoutMs = 1000 }: OpenOptions = {}) {
    this.path = path
    // The driver trims file names; a name that ends in white space would silently become another file.
    if (path !== path.trim()) {
      throw new EngineError('FORBIDDEN', 'A file name that begins or ends with white space cannot be used', {
        where: path,
        hint: 'Rename the file.',
      })
    }
    this.#db = translated(path, () => {
      const db = new BetterSqlite(path, { readonly: readOnly, fileMustExist: !create, timeout: busyTimeoutMs })
      db.pragma('trusted_schema = OFF')
      db.pragma('cell_size_check = ON')
      return db
    })
  }

  /** Runs statements without parameters or rows. */
  exec(sql: string): void {
    translated(this.path, () => this.#db.exec(sql))
  }

  /** Runs one statement that gives no rows. @returns the rowid last inserted on this connection */
  run(sql: string, ...params: SqlValue[]): number {
    return translated(this.path, () => Number(this.#statement(sql).run(...params).lastInsertRowid))
  }

  /** Rows as the driver gives them, one by one; for checksums, which need every column as it stands in the file. */
  *rawRows(sql: string, ...params: SqlValue[]): Generator<SqlRow> {
    try {
      yield* this.#statement(sql).iterate(...params)
    } catch (thrown) {
      throw translate(this.path, thrown)
    }
  }

  rawRow(sql: string, ...params: SqlValue[]): SqlRow | undefined {
    return translated(this.path, () => this.#statement(sql).get(...params))
  }

  /** Rows of another program's database, integers as bigint: they may exceed 2^53. */
  *foreignRows(sql: string): Generator<Record<string, SqlValue | bigint>> {
    try {
      yield* this.#db.prepare<unknown[], Record<string, SqlValue | bigint>>(sql).safeIntegers(true).iterate()
    } catch (thrown) {
      throw translate(this.path, thrown)
    }
  }

  /** Rows as arrays in the order of the columns, integers rounded to doubles: the fastest way through a large table. */
  *arrays(sql: string): Generator<SqlValue[]> {
    try {
      yield* this.#db.prepare<unknown[], SqlValue[]>(sql).raw(true).iterate()
    } catch (thrown) {
      throw translate(this.path, thrown)
    }
  }

  /** Rows checked against `schema`. @throws ZodError when a row does not fit */
  rows<T>(schema: z.ZodType<T>, sql: string, ...params: SqlValue[]): T[] {
    return translated(this.path, () => this.#statement(sql).all(...params)).map(row => schema.parse(row))
  }

  row<T>(schema: z.ZodType<T>, sql: string, ...params: SqlValue[]): T | undefined {
    const row = this.rawRow(sql, ...params)
    return row === undefined ? undefined : schema.parse(row)
  }

  /** First column of a pragma's first row: `pragma('user_version')`, `pragma('journal_mode = WAL')`. */
  pragma(text: string): unknown {
    return translated(this.path, () => this.#db.pragma(text, { simple: true }))
  }

  /** All or nothing, and the write lock from the start, so that it cannot fail half-way for want of it. */
  transaction<T>(work: () => T): T {
    return translated(this.path, () => this.#db.transaction(work).immediate())
  }

  /** Several reads of one and the same state, whatever a writer elsewhere commits meanwhile. */
  snapshot<T>(work: () => T): T {
    return translated(this.path, () => this.#db.transaction(work).deferred())
  }

  /** From now on a damaged file is read as far as it goes, instead of being refused whole. Only for read-only databases. */
  tolerateDamage(): void {
    translated(this.path, () => {
      this.#db.unsafeMode(true)
      this.#db.pragma('writable_schema = ON')
    })
  }

  close(): void {
    this.#db.close()
  }

  #statement(sql: string): Statement<unknown[], SqlRow> {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare<unknown[], SqlRow>(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

/** SQLite's own code behind an error of this room: 'SQLITE_BUSY', 'SQLITE_IOERR_WRITE'… */
export function sqliteCode(thrown: unknown): string | undefined {
  if (thrown instanceof BetterSqlite.SqliteError) return thrown.code
  return thrown instanceof EngineError ? sqliteCode(thrown.cause) : undefined
}

function translated<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (thrown) {
    throw translate(path, thrown)
  }
}

function translate(path: string, thrown: unknown): unknown {
  return thrown instanceof BetterSqlite.SqliteError ? (asEngineError(path, thrown) ?? thrown) : thrown
}

function asEngineError(path: string, cause: InstanceType<typeof BetterSqlite.SqliteError>): EngineError | undefined {
  const name = basename(path)
  const make = (code: ConstructorParameters<typeof EngineError>[0], message: string, hint: string) =>
    new EngineError(code, message, { where: path, hint, detail: `${cause.code}: ${cause.message}` }, { cause })
  const diskFull = () =>
    make('DISK_FULL', `The disk is full: nothing more was written to ${name}`, 'Free some space and try again.')

  switch (primaryCode(cause.code)) {
    case 'SQLITE_FULL':
      return diskFull()
    case 'SQLITE_CORRUPT':
      return make('SESSION_DAMAGED', `${name} is damaged`, 'Use a copy or a backup of the file.')
    case 'SQLITE_NOTADB':
      return make('NOT_A_SESSION', `${name} is not a session`, 'Choose a file that Batchscope wrote.')
    case 'SQLITE_READONLY':
      return make('SESSION_READ_ONLY', `${name} can only be read here`, 'Save a copy in a folder you can write to.')
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
    case 'SQLITE_PROTOCOL':
      return make('FILE_UNWRITABLE', `Another program is using ${name}`, 'Close it there and try again.')
    case 'SQLITE_CANTOPEN':
      return make('FILE_UNREADABLE', `${name} cannot be opened`, 'Check that the file is there and may be read.')
    case 'SQLITE_PERM':
    case 'SQLITE_AUTH':
      return make('FILE_UNWRITABLE', `${name} may not be written`, 'Check the permissions of the file.')
    case 'SQLITE_IOERR':
      // A full disk shows as an I/O error where SQLite grows its shared memory or truncates.
      if (isFull(path)) return diskFull()
      return cause.code.startsWith('SQLITE_IOERR_READ') || cause.code === 'SQLITE_IOERR_SHORT_READ'
        ? make('FILE_UNREADABLE', `Reading ${name} failed`, 'Check the disk.')
        : make('FILE_UNWRITABLE', `Writing ${name} failed`, 'Check the disk, or save a copy elsewhere.')
    default:
      return undefined
  }
}

/** 'SQLITE_IOERR_WRITE' → 'SQLITE_IOERR'. */
function primaryCode(code: string): string {
  return code.split('_').slice(0, 2).join('_')
}

function isFull(path: string): boolean {
  try {
    return statfsSync(dirname(path)).bavail === 0
  } catch {
    return false // the folder is gone: not a question of space
  }
}
