import { EngineError } from '#domain/errors.ts'
import type { TableSource, TraceSink } from '#domain/trace-feed.ts'
import { readCalls } from './calls.ts'
import { readCounters } from './counters.ts'
import { readDeviceWork } from './device-work.ts'
import { type NsysFeed, readOr, Tally } from './feed.ts'
import { readNvtx } from './nvtx.ts'
import { devicesOf, originOf, processNames, tellDiagnostics } from './origin.ts'
import { EVENT_TABLES } from './places.ts'
import { StringIds } from './string-ids.ts'
import { Tracks } from './tracks.ts'

/**
 * A database that nsys exported, of any schema from 2021 to 2026 (up to 3.24): a table or column that is not there was
 * not recorded. Times are ns of the report's own clock; stamps before its start are negative and stay so.
 * @throws EngineError FORMAT_UNKNOWN for another program's database, FORMAT_BROKEN, CANCELLED
 */
export async function readNsys(tables: TableSource, sink: TraceSink, signal?: AbortSignal): Promise<void> {
  refuseOthers(tables)
  const strings = new StringIds(tables, sink)
  const spared = <T>(read: () => T, otherwise: T) => readOr(sink, read, otherwise)
  sink.origin(spared(() => originOf(tables), { tool: 'Nsight Systems', facts: {} }))
  const names = spared(() => processNames(tables, strings), { processes: new Map(), threads: new Map() })
  const devices = spared(() => devicesOf(tables), new Map())
  const tracks = new Tracks(sink, names, devices)
  const feed: NsysFeed = {
    tables,
    sink,
    strings,
    tracks,
    tally: new Tally(),
    ...(signal === undefined ? {} : { signal }),
  }
  await readDeviceWork(feed)
  await readCalls(feed)
  await readNvtx(feed)
  await readCounters(feed)
  tracks.finish()
  feed.tally.say(sink)
  spared(() => tellDiagnostics(tables, sink), undefined)
  spared(() => tellNotShown(tables, sink), undefined)
}

function refuseOthers({ tables }: TableSource): void {
  const has = (name: string) => tables.has(name)
  const isNsys =
    has('StringIds') &&
    ['META_DATA_EXPORT', 'EXPORT_META_DATA', 'ThreadNames', 'ProcessStreams', ...EVENT_TABLES].some(has)
  if (isNsys) return
  throw new EngineError('FORMAT_UNKNOWN', `This SQLite database is ${kindOf(tables)}, not an export of nsys`, {
    hint: 'Traces in SQLite are read from Nsight Systems: nsys export --type=sqlite REPORT.nsys-rep',
    detail: `Its tables: ${[...tables.keys()].slice(0, 30).join(', ') || 'none'}`,
  })
}

function kindOf(tables: ReadonlyMap<string, readonly string[]>): string {
  const names = [...tables.keys()]
  if (names.some(name => name.startsWith('rocpd_'))) return 'a recording of rocprofv3'
  if (names.some(name => name.startsWith('CUPTI_ACTIVITY_KIND_'))) return 'a recording of nvprof'
  if (names.length === 0) return 'empty'
  return `of another program (${names.slice(0, 3).join(', ')}…)`
}

/** Call stacks, names and enums belong to events of other tables. */
const ATTACHMENTS = /^(?:ENUM_|TARGET_INFO_|META_DATA_|sqlite_|.*_?CALLCHAINS$|PMU_EVENT_REQUESTS$)/
const KNOWN: ReadonlySet<string> = new Set([
  ...EVENT_TABLES,
  'StringIds',
  'ThreadNames',
  'PROCESSES',
  'ProcessStreams',
  'ANALYSIS_DETAILS',
  'ANALYSIS_FILE',
  'EXPORT_META_DATA',
  'DIAGNOSTIC_EVENT',
  'UnwindMethodType',
  'CUPTI_ACTIVITY_KIND_CUDA_EVENT',
  'OSRT_FILE_ACCESS_DESCRIPTORS',
  'MPI_RANKS',
  'MPI_COMMUNICATORS',
  'NIC_ID_MAP',
  'GENERIC_EVENT_SOURCES',
  'GENERIC_EVENT_TYPES',
])

function tellNotShown(tables: TableSource, sink: TraceSink): void {
  for (const table of tables.tables.keys()) {
    if (KNOWN.has(table) || ATTACHMENTS.test(table) || !/^\w+$/.test(table)) continue
    const rows = Number(tables.rows(`SELECT count(*) AS rows FROM "${table}"`)[0]?.rows ?? 0)
    if (rows > 0) sink.notice(`${rows} rows of ${table} are not shown`)
  }
}
