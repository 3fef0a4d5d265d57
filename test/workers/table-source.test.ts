import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { TableColumn } from '../../src-main/domain/trace-feed.ts'
import { SqlDatabase } from '../../src-main/sqlite.ts'
import { type OpenTables, openTables } from '../../src-main/workers/table-source.ts'
import { NSYS_DATABASES } from '../helpers/nsys/stats-csv.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const PARTS = [
  { shift: 24, bits: 40 },
  { shift: 24, bits: 24 },
  { shift: 0, bits: 24 },
  { shift: 3, bits: 45 },
  { shift: 40, bits: 20 },
]

function open(path: string, pageByPage: boolean): OpenTables {
  const tables = openTables(path, { pageByPage })
  onTestFinished(() => tables.close())
  return tables
}

async function scanned(tables: OpenTables, table: string, columns: readonly TableColumn[]): Promise<number[][]> {
  const rows: number[][] = []
  await tables.scan(table, columns, (batch, rowIds, count) => {
    for (let i = 0; i < count; i++) rows.push([rowIds[i] ?? 0, ...batch.map(column => column[i] ?? 0)])
  })
  return rows
}

/** Every table of a database by both ways, whole columns and parts of them. */
async function expectBothWaysAlike(path: string, parts = PARTS): Promise<number> {
  const [pages, sql] = [open(path, true), open(path, false)]
  let rows = 0
  expect([...pages.tables]).toEqual([...sql.tables])
  for (const [table, names] of pages.tables) {
    const columns = [...names, ...names.flatMap(column => parts.map(part => ({ column, ...part })))]
    const ours = await scanned(pages, table, columns)
    const theirs = await scanned(sql, table, columns)
    expect(ours.length).toBe(theirs.length)
    const different = ours.findIndex((row, i) => !row.every((value, at) => Object.is(value, theirs[i]?.[at])))
    expect(ours[different], `${table} row ${different}`).toEqual(theirs[different])
    rows += ours.length
  }
  return rows
}

function make(statements: readonly string[]): string {
  const path = join(tempFolder(), 'made.sqlite')
  const db = new SqlDatabase(path, { create: true })
  for (const statement of statements) db.exec(statement)
  db.close()
  return path
}

test.each(NSYS_DATABASES)('%s: page by page gives what SQLite gives', async path => {
  expect(open(path, true).slowBecause).toBeUndefined()
  expect(await expectBothWaysAlike(path, PARTS.slice(0, 1))).toBeGreaterThan(0)
})

const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  ...[0n, 1n, 127n, 128n, 32_767n, 8_388_607n, 2_147_483_647n, 140_737_488_355_327n].flatMap(edge =>
    [edge, edge + 1n, -edge - 1n].map(value => fc.constant(value)),
  ),
)
const literal = fc.oneof(
  { arbitrary: integer.map(String), weight: 5 },
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value.toExponential()),
  fc.constant('NULL'),
  fc.integer({ min: 0, max: 9000 }).map(length => `printf('%.*c', ${length}, 'x')`),
  fc.integer({ min: 0, max: 300 }).map(length => `zeroblob(${length})`),
)

test('any rows: integers of every size, reals, texts over several pages, blobs, NULLs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(512, 1024, 4096, 65_536),
      fc.array(fc.array(literal, { minLength: 4, maxLength: 4 }), { maxLength: 60 }),
      fc.constantFrom('id INTEGER PRIMARY KEY', 'id INTEGER', 'id INTEGER PRIMARY KEY DESC'),
      async (pageSize, rows, id) => {
        const path = make([
          `PRAGMA page_size = ${pageSize}`,
          `CREATE TABLE t (a, b INTEGER, ${id}, c TEXT, d REAL)`,
          'BEGIN',
          ...rows.map((row, i) => `INSERT INTO t VALUES (${row[0]}, ${row[1]}, ${i * 3 - 7}, ${row[2]}, ${row[3]})`),
          'DELETE FROM t WHERE rowid % 5 = 1',
          'ALTER TABLE t ADD COLUMN later INTEGER',
          'INSERT INTO t (a, later) VALUES (1, 2)',
          'COMMIT',
        ])
        await expectBothWaysAlike(path)
      },
    ),
    { numRuns: 40 },
  )
})

test('parts of 64-bit integers are exact', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(integer, { minLength: 1, maxLength: 50 }), async values => {
      const path = make(['CREATE TABLE t (v INTEGER)', ...values.map(value => `INSERT INTO t VALUES (${value})`)])
      const columns = PARTS.map(part => ({ column: 'v', ...part }))
      const expected = values.map((value, i) => [
        i + 1,
        ...PARTS.map(({ shift, bits }) => Number(BigInt.asUintN(bits, value >> BigInt(shift)))),
      ])
      for (const pageByPage of [true, false]) {
        expect(await scanned(open(path, pageByPage), 't', columns)).toEqual(expected)
      }
    }),
    { numRuns: 30 },
  )
})

test('a table of several levels comes whole and in order, in batches', async () => {
  const numbers = 'WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 49999)'
  const path = make([
    'PRAGMA page_size = 512',
    'CREATE TABLE t (i INTEGER)',
    'CREATE TABLE u (i INTEGER)',
    `${numbers} INSERT INTO t SELECT i FROM n`,
  ])
  const rows = await scanned(open(path, true), 't', ['i'])
  expect(rows.length).toBe(50_000)
  expect(rows.every(([rowId, i], at) => i === at && rowId === at + 1)).toBe(true)
  expect(await scanned(open(path, true), 'u', ['i'])).toEqual([])
})

describe('where pages cannot be read directly', () => {
  test.each([
    ['UTF-16 text', ['PRAGMA encoding = "UTF-16"', 'CREATE TABLE t (a)', "INSERT INTO t VALUES ('x'), (7)"]],
    ['no rowid', ['CREATE TABLE t (a INTEGER PRIMARY KEY, b) WITHOUT ROWID', 'INSERT INTO t VALUES (5, 7)']],
    [
      'a column with a default',
      ['CREATE TABLE t (a)', 'INSERT INTO t VALUES (1)', 'ALTER TABLE t ADD COLUMN b DEFAULT 9'],
    ],
    ['a generated column', ['CREATE TABLE t (a, g AS (a + 1), b)', 'INSERT INTO t VALUES (1, 2)']],
  ])('%s: SQLite reads it', async (_, statements) => {
    expect(await expectBothWaysAlike(make(statements))).toBeGreaterThan(0)
  })

  test('a journal beside the file: said, and read through SQLite', async () => {
    const path = make(['CREATE TABLE t (a)', 'INSERT INTO t VALUES (3)'])
    writeFileSync(`${path}-journal`, '')
    const tables = open(path, true)
    expect(tables.slowBecause).toContain('journal')
    expect(await scanned(tables, 't', ['a'])).toEqual([[1, 3]])
  })
})

test('integers beyond 2^53 come as text from small tables, bytes as their number', () => {
  const path = make(['CREATE TABLE t (a, b, c)', "INSERT INTO t VALUES (9007199254740993, 5, x'0102')"])
  expect(open(path, true).rows('SELECT * FROM t')).toEqual([{ a: '9007199254740993', b: 5, c: '2 bytes' }])
})

test('views, virtual tables and tables of SQLite itself are not offered', () => {
  const path = make(['CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)', 'CREATE VIEW v AS SELECT a FROM t'])
  expect([...open(path, true).tables.keys()]).toEqual(['t'])
})

test('what is no database, or a table that is not there, is said', async () => {
  const path = join(tempFolder(), 'text.sqlite')
  writeFileSync(path, 'no database at all, but long enough to look at'.repeat(40))
  expect(() => openTables(path)).toThrowError(expect.objectContaining({ code: 'FORMAT_UNKNOWN' }))
  const tables = open(make(['CREATE TABLE t (a)']), true)
  await expect(tables.scan('nope', [], () => {})).rejects.toThrow(RangeError)
  await expect(tables.scan('t', ['b'], () => {})).rejects.toThrow(RangeError)
})

test('a database that a program works with is refused before SQLite writes beside it', () => {
  const path = make(['PRAGMA journal_mode = WAL', 'CREATE TABLE t (a)'])
  expect(() => openTables(path)).toThrowError(expect.objectContaining({ code: 'FORMAT_UNKNOWN' }))
  expect(existsSync(`${path}-shm`)).toBe(false)
})

test('a file that is not there is said', () => {
  const path = join(tempFolder(), 'nope.sqlite')
  expect(() => openTables(path)).toThrowError(expect.objectContaining({ code: 'FILE_NOT_FOUND' }))
})

test('a scan ends when it is told to', async () => {
  const tables = open(make(['CREATE TABLE t (a)', 'INSERT INTO t VALUES (1)']), true)
  await expect(tables.scan('t', ['a'], () => {}, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' })
})

describe('a damaged page', () => {
  const numbers = 'WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 19999)'
  const damaged = (change: (bytes: Buffer) => void) => {
    const path = make(['CREATE TABLE t (i INTEGER)', `${numbers} INSERT INTO t SELECT i FROM n`])
    const bytes = readFileSync(path)
    change(bytes)
    writeFileSync(path, bytes)
    return path
  }

  test.each([
    true,
    false,
  ])('costs its own rows; the rest comes, then the damage is said (page by page: %s)', async pageByPage => {
    const path = damaged(bytes => bytes.fill(0xff, 20 * 4096, 21 * 4096))
    const rows: number[] = []
    const scan = open(path, pageByPage).scan('t', ['i'], (columns, _, count) => {
      rows.push(...(columns[0]?.subarray(0, count) ?? []))
    })
    await expect(scan).rejects.toMatchObject({ code: 'FORMAT_BROKEN' })
    expect(rows.length).toBeGreaterThan(5000)
    expect(rows.length).toBeLessThan(20_000)
    // SQLite stops at the damage; page by page goes on behind it.
    if (pageByPage) expect(rows.at(-1)).toBe(19_999)
  })

  test('a tree that points in circles ends', async () => {
    const path = damaged(bytes => {
      // Every child of the root becomes the root itself.
      const view = new DataView(bytes.buffer, bytes.byteOffset + 4096, 4096)
      for (let i = 0; i < view.getUint16(3); i++)
        view.setUint32(view.getUint16(12 + 2 * i), i === 0 ? view.getUint32(view.getUint16(12)) : 2)
      view.setUint32(8, 2)
    })
    const scan = open(path, true).scan('t', ['i'], () => {})
    await expect(scan).rejects.toMatchObject({ code: 'FORMAT_BROKEN' })
  })

  test('a file cut anywhere reads or says why', async () => {
    const path = make(['CREATE TABLE t (i INTEGER)', `${numbers} INSERT INTO t SELECT i FROM n`])
    const bytes = readFileSync(path)
    for (let length = 0; length < bytes.length; length += 7919) {
      writeFileSync(path, bytes.subarray(0, length))
      try {
        const tables = openTables(path)
        try {
          for (const table of tables.tables.keys()) await tables.scan(table, ['i'], () => {})
        } finally {
          tables.close()
        }
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: expect.stringMatching(/^FORMAT_/) })
      }
    }
  })
})
