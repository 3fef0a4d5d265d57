import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '../../src-main/domain/errors.ts'
import { nsysOverview } from '../../src-main/formats/nsys/overview.ts'
import { EVENT_TABLES, rowOf } from '../../src-main/formats/nsys/places.ts'
import { readNsys } from '../../src-main/formats/nsys/reader.ts'
import { SqlDatabase } from '../../src-main/sqlite.ts'
import { openTables } from '../../src-main/workers/table-source.ts'
import { columnsOf, TABLE_NAMES, type TableName } from '../helpers/nsys/tables.ts'
import { RecordingSink } from '../helpers/recording-sink.ts'
import { Dice, type FuzzTarget } from './define.ts'
import { damage, damagePages } from './mutate.ts'

const PAGE_BYTES = 512
/** Tables whose every row becomes a slice or is counted as unread. */
const ALL_OR_UNREAD: readonly TableName[] = [
  'CUPTI_ACTIVITY_KIND_KERNEL',
  'CUPTI_ACTIVITY_KIND_MEMCPY',
  'CUPTI_ACTIVITY_KIND_MEMSET',
  'CUPTI_ACTIVITY_KIND_SYNCHRONIZATION',
  'CUPTI_ACTIVITY_KIND_GRAPH_TRACE',
  'CUPTI_ACTIVITY_KIND_RUNTIME',
  'OSRT_API',
  'CUDNN_EVENTS',
]

/** Databases of nsys with any value in any column, damaged bytes and pages, cut off anywhere. */
export const nsysTarget: FuzzTarget = {
  id: 'nsys-sqlite',
  input: seed => caseOf(seed).bytes,
  run: async seed => {
    const { bytes, isWhole, rows } = caseOf(seed)
    const path = join(folder, 'fuzzed.sqlite')
    writeFileSync(path, bytes)
    return judge(path, isWhole, rows)
  },
}

/** Of this thread; making one for each input would take longer than reading it. */
const folder = mkdtempSync(join(tmpdir(), 'batchscope-fuzz-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

interface Case {
  bytes: Uint8Array
  isWhole: boolean
  /** How many rows each table was given. */
  rows: Map<string, number>
}

/** Making a database takes longer than reading it: some seeds share one. */
const SEEDS_A_DATABASE = 16
let last: { number: number; bytes: Uint8Array; rows: Map<string, number> } | undefined

function caseOf(seed: number): Case {
  const dice = new Dice(seed)
  const number = Math.floor(seed / SEEDS_A_DATABASE)
  if (last?.number !== number) last = { number, ...database(new Dice(number)) }
  const { bytes: whole, rows } = last
  const kind = dice.below(4)
  if (kind === 0) return { bytes: whole, isWhole: true, rows }
  if (kind === 1) return { bytes: damagePages(whole, PAGE_BYTES, dice), isWhole: false, rows }
  if (kind === 2) return { bytes: whole.subarray(0, dice.below(whole.length)), isWhole: false, rows }
  return { bytes: damage(whole, dice).bytes, isWhole: false, rows }
}

/** Some of the tables, some of their columns, a few rows. */
function database(dice: Dice): { bytes: Uint8Array; rows: Map<string, number> } {
  const path = join(folder, 'base.sqlite')
  rmSync(path, { force: true })
  const rows = new Map<string, number>()
  const db = new SqlDatabase(path, { create: true })
  const statements = [
    `PRAGMA page_size = ${PAGE_BYTES}`,
    'PRAGMA journal_mode = OFF',
    'PRAGMA synchronous = OFF',
    'BEGIN',
  ]
  const isAbsurd = dice.oneIn(2)
  for (const table of TABLE_NAMES) {
    if (table !== 'StringIds' && dice.oneIn(4)) continue
    const columns = columnsOf(table).filter(name => name === 'id' || name === 'value' || !dice.oneIn(20))
    if (columns.length === 0) continue
    const key = table === 'StringIds' && !dice.oneIn(5) ? 'INTEGER PRIMARY KEY' : ''
    statements.push(`CREATE TABLE ${table} (${columns.map((name, i) => `"${name}" ${i === 0 ? key : ''}`).join(', ')})`)
    const count = dice.below(dice.oneIn(4) ? 60 : 6)
    rows.set(table, count)
    for (let i = 0; i < count; i++) {
      const values = columns.map((name, at) => (at === 0 && key !== '' ? String(i + 1) : cellOf(name, dice, isAbsurd)))
      statements.push(`INSERT INTO ${table} VALUES (${values.join(', ')})`)
    }
  }
  db.exec([...statements, 'COMMIT'].join(';'))
  db.close()
  return { bytes: new Uint8Array(readFileSync(path)), rows }
}

const ABSURD = [
  'NULL',
  '-1',
  '1e300',
  '-0.5',
  "'text'",
  "''",
  "x'00ff'",
  '9223372036854775807',
  '-9223372036854775808',
  '9007199254740993',
  "printf('%.*c', 3000, 'é')",
]

function cellOf(column: string, dice: Dice, isAbsurd: boolean): string {
  if (isAbsurd && dice.oneIn(4)) return dice.of(ABSURD)
  if (/^(?:text|value|name|jsonText|typeName|metricName)$/.test(column))
    return dice.of(["'name'", "'a:b'", "'cudaMalloc_v3020'", 'NULL'])
  if (column === 'eventType') return dice.of(['59', '60', '34', '75', '33', '70'])
  if (/^global/.test(column)) return String((1n << 48n) | BigInt(dice.below(3) << 24) | BigInt(dice.below(3)))
  if (/(?:Id|Name|Kind|Type|Class)$/.test(column)) return String(dice.below(8))
  return String(dice.below(1_000_000))
}

async function read(path: string, pageByPage: boolean): Promise<RecordingSink | EngineError> {
  const sink = new RecordingSink()
  try {
    const tables = openTables(path, { pageByPage })
    try {
      await readNsys(tables, sink)
      for (const { source } of sink.slices.slice(0, 5)) rowOf(tables, source)
    } finally {
      tables.close()
    }
    return sink
  } catch (thrown) {
    if (thrown instanceof EngineError) return thrown
    throw thrown
  }
}

async function judge(path: string, isWhole: boolean, rows: ReadonlyMap<string, number>): Promise<string[]> {
  const sink = await read(path, true)
  if (sink instanceof EngineError) {
    // A row of a damaged table may be gone when it is looked for once more.
    const isExpected = !isWhole && /^(?:FORMAT_UNKNOWN|FORMAT_BROKEN|FILE_UNREADABLE|NOT_FOUND)$/.test(sink.code)
    const isNotNsys = sink.code === 'FORMAT_UNKNOWN' && !EVENT_TABLES.some(table => rows.has(table))
    return isExpected || isNotNsys ? [] : [`${sink.code}: ${sink.message} ${sink.data.detail ?? ''}`]
  }
  const problems = [...sane(sink), ...(await early(path, isWhole ? sink : undefined))]
  if (!isWhole) return problems
  const again = await read(path, false)
  const told = ({ slices, counters, unreadPlaces, notices, tracks }: RecordingSink) =>
    JSON.stringify({ slices, counters, unreadPlaces, notices, tracks })
  if (again instanceof EngineError || told(again) !== told(sink)) problems.push('SQLite tells otherwise')
  return [...problems, ...lost(sink, rows)]
}

function sane(sink: RecordingSink): string[] {
  const problems: string[] = []
  for (const slice of sink.slices) {
    const { startNs, durationNs, source, correlation, name, bytes } = slice
    const isWhole = [startNs, source, correlation].every(Number.isSafeInteger)
    if (!isWhole || !(durationNs >= 0 && Number.isInteger(durationNs)) || name === '')
      problems.push(JSON.stringify(slice))
    if (bytes !== undefined && !(bytes >= 0)) problems.push(`bytes ${bytes}`)
  }
  if (sink.counters.some(({ atNs, value }) => !Number.isSafeInteger(atNs) || !Number.isFinite(value)))
    problems.push('a counter without a number')
  return problems
}

/** What is told before the whole is read must be what the whole tells. @param sink absent: the database is damaged */
async function early(path: string, sink: RecordingSink | undefined): Promise<string[]> {
  const tables = openTables(path)
  try {
    const { kernels } = await nsysOverview(tables)
    if (sink === undefined) return []
    const whole = new Map<string, number>()
    for (const { name, durationNs } of sink.of('kernel', 'communication'))
      whole.set(name, (whole.get(name) ?? 0) + durationNs)
    const isSame = kernels.length === whole.size && kernels.every(({ name, totalNs }) => whole.get(name) === totalNs)
    return isSame
      ? []
      : [
          `early: ${JSON.stringify(kernels.map(({ name, totalNs }) => [name, totalNs])).slice(0, 500)}, whole: ${JSON.stringify([...whole])}`,
        ]
  } finally {
    tables.close()
  }
}

function lost(sink: RecordingSink, rows: ReadonlyMap<string, number>): string[] {
  return ALL_OR_UNREAD.flatMap(table => {
    const told = sink.slices.filter(({ source }) => EVENT_TABLES[Math.floor(source / 2 ** 40)] === table).length
    const unread = sink.unreadPlaces.filter(({ where }) => where.startsWith(`${table} row`)).length
    const given = rows.get(table) ?? 0
    return told + unread === given ? [] : [`${table}: ${given} rows, ${told} told, ${unread} unread`]
  })
}
