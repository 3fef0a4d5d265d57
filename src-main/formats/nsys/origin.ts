import type { DeviceSpec, TableSource, TraceOrigin, TraceSink } from '#domain/trace-feed.ts'
import { has } from './feed.ts'
import type { StringIds } from './string-ids.ts'
import type { ProcessNames } from './tracks.ts'

/** Rows of a small table that are looked at, at most: a hostile one may have millions. */
const MAX_ROWS = 100_000
const MAX_DIAGNOSTICS = 20

/** Of the target's environment only these are looked at: they tell the rank of a distributed job, never a secret. */
const RANK = ['RANK', 'OMPI_COMM_WORLD_RANK', 'PMI_RANK', 'SLURM_PROCID']
const WORLD_SIZE = ['WORLD_SIZE', 'OMPI_COMM_WORLD_SIZE', 'PMI_SIZE', 'SLURM_NTASKS']
const JOB = ['TORCHELASTIC_RUN_ID', 'SLURM_JOB_ID']

/** SQL: a row of META_DATA_CAPTURE is one of these variables, as `RANK="3"`. They may be kept where others are blanked. */
export const IS_RANK_VARIABLE = [...RANK, ...WORLD_SIZE, ...JOB].map(name => `value GLOB '${name}=*'`).join(' OR ')

/** What nsys says of itself, the machine and the capture. */
export function originOf(tables: TableSource): TraceOrigin {
  const meta = exportMeta(tables)
  const system = systemOf(tables)
  const capture = captureFacts(tables)
  const version = meta.get('EXPORT_PRODUCT_VERSION')
  const schema = meta.get('EXPORT_SCHEMA_VERSION')
  const epoch = has(tables, 'TARGET_INFO_SESSION_START_TIME', 'utcEpochNs')
    ? tables.rows('SELECT utcEpochNs FROM TARGET_INFO_SESSION_START_TIME LIMIT 1')[0]?.utcEpochNs
    : undefined
  const cuda = Number(system.get('CudaDriverVersion'))
  const facts: TraceOrigin['facts'] = {
    ...(schema === undefined ? {} : { schema }),
    ...(Number.isSafeInteger(cuda) && cuda >= 1000
      ? { cudaDriver: `${Math.floor(cuda / 1000)}.${Math.floor((cuda % 1000) / 10)}` }
      : {}),
    ...fact('driver', system.get('NvDriverVersion')),
    ...fact('os', system.get('OsDescription')),
    ...fact('cpu', system.get('CpuDescription')),
    ...capture.facts,
  }
  return {
    tool: 'Nsight Systems',
    ...(version === undefined ? {} : { toolVersion: version }),
    ...(epoch === undefined || epoch === null ? {} : { baseUnixNs: String(epoch) }),
    ...capture.rank,
    facts,
  }
}

function fact(name: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === '' || value === '0' ? {} : { [name]: value }
}

function exportMeta(tables: TableSource): Map<string, string> {
  const table = ['META_DATA_EXPORT', 'EXPORT_META_DATA'].find(
    name => has(tables, name, 'value') && has(tables, name, 'name'),
  )
  return table === undefined ? new Map() : pairs(tables, `SELECT name, value FROM ${table} LIMIT ${MAX_ROWS}`)
}

function systemOf(tables: TableSource): Map<string, string> {
  if (!has(tables, 'TARGET_INFO_SYSTEM_ENV', 'value') || !has(tables, 'TARGET_INFO_SYSTEM_ENV', 'name'))
    return new Map()
  return pairs(
    tables,
    `SELECT name, value FROM TARGET_INFO_SYSTEM_ENV
     WHERE name IN ('CudaDriverVersion', 'NvDriverVersion', 'OsDescription', 'CpuDescription') LIMIT ${MAX_ROWS}`,
  )
}

function captureFacts(tables: TableSource): {
  facts: TraceOrigin['facts']
  rank: Pick<TraceOrigin, 'rank' | 'worldSize' | 'job'>
} {
  if (!has(tables, 'META_DATA_CAPTURE', 'value') || !has(tables, 'META_DATA_CAPTURE', 'name'))
    return { facts: {}, rank: {} }
  const rows = tables.rows(
    `SELECT name, value FROM META_DATA_CAPTURE WHERE name NOT LIKE '%ENVIRONMENT%' LIMIT ${MAX_ROWS}`,
  )
  const all = (name: string) =>
    rows.filter(row => String(row.name).endsWith(name) && row.value !== null).map(row => String(row.value))
  const traced = all('CAPTURE_EVENT_TYPE')
  const graphs = all('CUDA_GRAPH_TRACE_OPTIONS:MODE')[0]?.toLowerCase()
  const program = all(':COMMAND')[0]
  return {
    facts: {
      ...(traced.length === 0 ? {} : { traced: traced.join(', '), deviceWorkAsked: traced.includes('Cuda') }),
      ...(graphs === undefined ? {} : { cudaGraphs: graphs }),
      ...(program === undefined ? {} : { program }),
    },
    rank: rankOf(tables),
  }
}

function rankOf(tables: TableSource): Pick<TraceOrigin, 'rank' | 'worldSize' | 'job'> {
  const values = new Map<string, string>()
  for (const { value } of tables.rows(
    `SELECT value FROM META_DATA_CAPTURE WHERE name LIKE '%ENVIRONMENT_VARIABLE%' AND (${IS_RANK_VARIABLE}) LIMIT 100`,
  )) {
    const [name = '', ...rest] = String(value).split('=')
    values.set(name, rest.join('=').replace(/^"(.*)"$/s, '$1'))
  }
  const whole = (names: readonly string[]) => {
    const text = names.map(name => values.get(name)).find(value => value !== undefined)
    return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : undefined
  }
  const rank = whole(RANK)
  const worldSize = whole(WORLD_SIZE)
  const job = JOB.map(name => values.get(name)).find(value => value !== undefined && value !== '')
  return {
    ...(rank === undefined ? {} : { rank }),
    ...(worldSize === undefined ? {} : { worldSize }),
    ...(job === undefined ? {} : { job }),
  }
}

function pairs(tables: TableSource, sql: string): Map<string, string> {
  return new Map(tables.rows(sql).flatMap(({ name, value }) => (value === null ? [] : [[String(name), String(value)]])))
}

/** GPUs by the number CUDA gives them. */
export function devicesOf(tables: TableSource): Map<number, DeviceSpec> {
  const devices = new Map<number, DeviceSpec>()
  const table = ['TARGET_INFO_GPU', 'TARGET_INFO_CUDA_GPU'].find(name => tables.tables.has(name))
  if (table === undefined) return devices
  const byGpu = cudaIds(tables)
  for (const row of tables.rows(`SELECT * FROM ${table} LIMIT ${MAX_ROWS}`)) {
    const number = (...names: string[]) => names.map(name => row[name]).find(value => typeof value === 'number')
    const gpu = number('id')
    const id = (gpu === undefined ? undefined : byGpu.get(gpu)) ?? number('cuDevice', 'deviceId', 'id')
    if (id === undefined || devices.has(id)) continue
    const memory = number('totalMemory') ?? mebibytes(number('globalMemorySize'))
    const warps = number('maxWarpsPerSm', 'maxWarpsPerMultiprocessor')
    const lanes = number('threadsPerWarp', 'numThreadsPerWarp')
    const multiprocessors = number('smCount', 'numMultiprocessors')
    const major = number('computeMajor', 'computeCapabilityMajor')
    const minor = number('computeMinor', 'computeCapabilityMinor')
    devices.set(id, {
      id,
      ...(typeof row.name === 'string' && row.name !== '' ? { name: row.name } : {}),
      ...(memory === undefined ? {} : { memoryBytes: memory }),
      ...(multiprocessors === undefined ? {} : { multiprocessors }),
      ...(warps === undefined || lanes === undefined ? {} : { maxThreadsPerMultiprocessor: warps * lanes }),
      ...(major === undefined || minor === undefined ? {} : { computeCapability: `${major}.${minor}` }),
    })
  }
  return devices
}

/** Since 2025.1 a table says which GPU is which device of CUDA. */
function cudaIds(tables: TableSource): Map<number, number> {
  const ids = new Map<number, number>()
  if (!has(tables, 'TARGET_INFO_CUDA_DEVICE', 'cudaId') || !has(tables, 'TARGET_INFO_CUDA_DEVICE', 'gpuId')) return ids
  for (const { gpuId, cudaId } of tables.rows(`SELECT gpuId, cudaId FROM TARGET_INFO_CUDA_DEVICE LIMIT ${MAX_ROWS}`)) {
    if (typeof gpuId === 'number' && typeof cudaId === 'number') ids.set(gpuId, cudaId)
  }
  return ids
}

/** Before 2022 the memory of a GPU stood in MiB: 32510 for a V100 of 32 GB. */
function mebibytes(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value * 2 ** 20
}

/** Names of processes and threads. A thread may have several: the lowest priority number wins. */
export function processNames(tables: TableSource, strings: StringIds): ProcessNames {
  const processes = new Map<number, string>()
  if (has(tables, 'PROCESSES', 'globalPid') && has(tables, 'PROCESSES', 'name')) {
    for (const { scope, name } of tables.rows(
      `SELECT globalPid >> 24 AS scope, name FROM PROCESSES WHERE name <> '' LIMIT ${MAX_ROWS}`,
    )) {
      if (typeof scope === 'number' && name !== null) processes.set(scope, String(name))
    }
  }
  const threads = new Map<number, Map<number, string>>()
  if (has(tables, 'ThreadNames', 'nameId') && has(tables, 'ThreadNames', 'globalTid')) {
    const order = has(tables, 'ThreadNames', 'priority') ? 'ORDER BY priority DESC' : ''
    const rows = tables.rows(
      `SELECT globalTid >> 24 AS scope, globalTid & 16777215 AS thread, nameId FROM ThreadNames ${order} LIMIT ${MAX_ROWS}`,
    )
    strings.load(
      Float64Array.from(rows, ({ nameId }) => Number(nameId ?? Number.NaN)),
      rows.length,
    )
    for (const { scope, thread, nameId } of rows) {
      if (typeof scope !== 'number' || typeof thread !== 'number' || typeof nameId !== 'number') continue
      const ofProcess = threads.get(scope) ?? new Map<number, string>()
      threads.set(scope, ofProcess.set(thread, strings.text(nameId)))
    }
  }
  return { processes, threads }
}

/** Warnings and errors that nsys wrote into the database (since 2024). */
export function tellDiagnostics(tables: TableSource, sink: TraceSink): void {
  if (!has(tables, 'DIAGNOSTIC_EVENT', 'text') || !has(tables, 'DIAGNOSTIC_EVENT', 'severity')) return
  const rows = tables.rows(
    `SELECT DISTINCT substr(text, 1, 2000) AS text FROM DIAGNOSTIC_EVENT WHERE severity IN (2, 3) LIMIT ${MAX_DIAGNOSTICS + 1}`,
  )
  for (const { text } of rows.slice(0, MAX_DIAGNOSTICS)) sink.notice(`nsys: ${String(text).replaceAll(/\s+/g, ' ')}`)
  if (rows.length > MAX_DIAGNOSTICS) sink.notice('nsys: more warnings stand in DIAGNOSTIC_EVENT')
}
