import type { SqlValue } from '../../../src-main/sqlite.ts'
import { SqlDatabase } from '../../../src-main/sqlite.ts'
import type { DeviceEvent, HostEvent, Recording } from './machine.ts'

export interface NsysOptions {
  /** `--cuda-graph-trace`: kernels of graphs one by one, or each launch as a whole. */
  cudaGraphs?: 'node' | 'graph'
}

const PROCESS = 4242
const GLOBAL_PID = (1n << 48n) + (BigInt(PROCESS) << 24n)
const GLOBAL_TID = GLOBAL_PID + BigInt(PROCESS)
/** CONTEXT and NULL columns beyond these are left out, as a reader must bear: column lists vary with the version. */
const TABLES = [
  'StringIds (id INTEGER NOT NULL PRIMARY KEY, value TEXT NOT NULL)',
  'META_DATA_EXPORT (name TEXT NOT NULL, value TEXT)',
  'META_DATA_CAPTURE (name TEXT NOT NULL, value TEXT)',
  'PROCESSES (globalPid INTEGER, pid INTEGER, name TEXT)',
  'ThreadNames (nameId INTEGER NOT NULL, priority INTEGER, globalTid INTEGER)',
  'TARGET_INFO_SESSION_START_TIME (utcEpochNs INTEGER, utcTime TEXT, localTime TEXT)',
  'TARGET_INFO_GPU (vmId INTEGER NOT NULL, id INTEGER NOT NULL, name TEXT, totalMemory INTEGER, smCount INTEGER, maxWarpsPerSm INTEGER, threadsPerWarp INTEGER, computeMajor INTEGER, computeMinor INTEGER, cuDevice INTEGER)',
  'CUPTI_ACTIVITY_KIND_RUNTIME (start INTEGER NOT NULL, end INTEGER NOT NULL, eventClass INTEGER NOT NULL, globalTid INTEGER, correlationId INTEGER, nameId INTEGER NOT NULL, returnValue INTEGER NOT NULL, callchainId INTEGER)',
  'CUPTI_ACTIVITY_KIND_KERNEL (start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL, contextId INTEGER NOT NULL, greenContextId INTEGER, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER, demangledName INTEGER NOT NULL, shortName INTEGER NOT NULL, mangledName INTEGER, launchType INTEGER, registersPerThread INTEGER NOT NULL, gridX INTEGER NOT NULL, gridY INTEGER NOT NULL, gridZ INTEGER NOT NULL, blockX INTEGER NOT NULL, blockY INTEGER NOT NULL, blockZ INTEGER NOT NULL, staticSharedMemory INTEGER NOT NULL, dynamicSharedMemory INTEGER NOT NULL, graphNodeId INTEGER)',
  'CUPTI_ACTIVITY_KIND_MEMCPY (start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL, contextId INTEGER NOT NULL, greenContextId INTEGER, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER, bytes INTEGER NOT NULL, copyKind INTEGER NOT NULL, srcKind INTEGER, dstKind INTEGER, graphNodeId INTEGER)',
  'CUPTI_ACTIVITY_KIND_GRAPH_TRACE (start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL, contextId INTEGER NOT NULL, greenContextId INTEGER, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER, graphId INTEGER NOT NULL)',
  'NVTX_EVENTS (start INTEGER NOT NULL, end INTEGER, eventType INTEGER NOT NULL, rangeId INTEGER, category INTEGER, color INTEGER, text TEXT, globalTid INTEGER, endGlobalTid INTEGER, textId INTEGER, domainId INTEGER)',
  'PROFILER_OVERHEAD (start INTEGER NOT NULL, end INTEGER NOT NULL, globalTid INTEGER, nameId INTEGER NOT NULL, returnValue INTEGER NOT NULL)',
] as const
const COPY_KIND = { HtoD: 1, DtoH: 2 } as const
const MEMORY_KIND = { Pageable: 0, Pinned: 1, Device: 2 } as const

/** A recording as `nsys export --type sqlite` 2023.4.4 writes it (schema 3.7.2), lazily: tables with rows only. */
export function writeNsysDatabase(path: string, recording: Recording, { cudaGraphs = 'node' }: NsysOptions = {}): void {
  const db = new SqlDatabase(path, { create: true })
  try {
    db.transaction(() => new Writer(db).write(recording, cudaGraphs))
  } finally {
    db.close()
  }
}

/** The driver takes no bigint; ids of processes exceed 2^53, so they are spelled in SQL. */
const PID_SQL = GLOBAL_PID.toString()
const TID_SQL = GLOBAL_TID.toString()

class Writer {
  readonly #db: SqlDatabase
  readonly #strings = new Map<string, number>()
  readonly #tables = new Map<string, string>()

  constructor(db: SqlDatabase) {
    this.#db = db
    for (const table of TABLES) this.#tables.set(table.slice(0, table.indexOf(' ')), table)
  }

  write(recording: Recording, cudaGraphs: 'node' | 'graph'): void {
    this.#insert('META_DATA_EXPORT', ['name', 'value'], ['EXPORT_PRODUCT_NAME', 'NVIDIA Nsight Systems'])
    this.#insert('META_DATA_EXPORT', ['name', 'value'], ['EXPORT_PRODUCT_VERSION', '2023.4.4.54'])
    this.#insert('META_DATA_EXPORT', ['name', 'value'], ['EXPORT_SCHEMA_VERSION', '3.7.2'])
    this.#insert('TARGET_INFO_SESSION_START_TIME', ['utcEpochNs'], [1_751_410_836_000_000_000])
    this.#insert('PROCESSES', ['pid', 'name'], [PROCESS, 'python'], { globalPid: PID_SQL })
    this.#insert('ThreadNames', ['nameId', 'priority'], [this.#string('python'), 20], { globalTid: TID_SQL })
    this.#insert(
      'TARGET_INFO_GPU',
      [
        'vmId',
        'id',
        'name',
        'totalMemory',
        'smCount',
        'maxWarpsPerSm',
        'threadsPerWarp',
        'computeMajor',
        'computeMinor',
        'cuDevice',
      ],
      [0, 0, 'NVIDIA A100-SXM4-80GB', 85_899_345_920, 108, 64, 32, 8, 0, 0],
    )
    for (const event of recording.host) this.#host(event)
    const whole = cudaGraphs === 'graph' ? recording.device.filter(({ graphNode }) => graphNode !== undefined) : []
    for (const launch of Map.groupBy(whole, ({ correlation }) => correlation).values()) this.#graph(launch)
    for (const event of recording.device) if (!whole.includes(event)) this.#device(event)
  }

  #host({ kind, name, startUs, durationUs, correlation = 0 }: HostEvent): void {
    const times = [ns(startUs), ns(startUs + durationUs)]
    if (kind === 'runtime' || kind === 'sync') {
      this.#insert(
        'CUPTI_ACTIVITY_KIND_RUNTIME',
        ['start', 'end', 'eventClass', 'correlationId', 'nameId', 'returnValue'],
        [...times, 0, correlation, this.#string(`${name}_v3020`), 0],
        { globalTid: TID_SQL },
      )
    } else if (kind === 'overhead') {
      this.#insert(
        'PROFILER_OVERHEAD',
        ['start', 'end', 'nameId', 'returnValue'],
        [...times, this.#string('CUDA profiling data flush overhead'), 0],
        { globalTid: TID_SQL },
      )
    } else if (kind === 'annotation' || kind === 'data-loading') {
      this.#insert('NVTX_EVENTS', ['start', 'end', 'eventType', 'text', 'domainId'], [...times, 59, name, 0], {
        globalTid: TID_SQL,
      })
    }
  }

  #device(event: DeviceEvent): void {
    const { kind, name, bytes = 0, blocks = 1, threads = 1, graphNode } = event
    if (kind === 'memcpy') {
      const [, direction = '', from = '', to = ''] = /^Memcpy (\w+) \((\w+) -> (\w+)\)$/.exec(name) ?? []
      this.#work('CUPTI_ACTIVITY_KIND_MEMCPY', event, {
        bytes,
        copyKind: COPY_KIND[direction as keyof typeof COPY_KIND],
        srcKind: MEMORY_KIND[from as keyof typeof MEMORY_KIND],
        dstKind: MEMORY_KIND[to as keyof typeof MEMORY_KIND],
      })
      return
    }
    const id = this.#string(name)
    this.#work('CUPTI_ACTIVITY_KIND_KERNEL', event, {
      demangledName: id,
      shortName: id,
      launchType: 1,
      registersPerThread: 32,
      gridX: blocks,
      gridY: 1,
      gridZ: 1,
      blockX: threads,
      blockY: 1,
      blockZ: 1,
      staticSharedMemory: 0,
      dynamicSharedMemory: 0,
      graphNodeId: graphNode === undefined ? null : graphNode + 1,
    })
  }

  #graph(kernels: readonly DeviceEvent[]): void {
    const [first] = kernels
    if (first === undefined) return
    const endUs = Math.max(...kernels.map(({ startUs, durationUs }) => startUs + durationUs))
    const whole = { ...first, durationUs: endUs - first.startUs }
    this.#work('CUPTI_ACTIVITY_KIND_GRAPH_TRACE', whole, { graphId: 1 })
  }

  #work(table: string, event: DeviceEvent, more: Record<string, SqlValue>): void {
    const { startUs, durationUs, stream, correlation } = event
    const values = {
      start: ns(startUs),
      end: ns(startUs + durationUs),
      deviceId: 0,
      contextId: 1,
      greenContextId: 0,
      streamId: stream,
      correlationId: correlation,
      ...more,
    }
    this.#insert(table, Object.keys(values), Object.values(values), { globalPid: PID_SQL })
  }

  #string(text: string): number {
    const known = this.#strings.get(text)
    if (known !== undefined) return known
    const id = this.#strings.size + 1
    this.#strings.set(text, id)
    this.#insert('StringIds', ['id', 'value'], [id, text])
    return id
  }

  #insert(table: string, columns: string[], values: SqlValue[], spelled: Record<string, string> = {}): void {
    const definition = this.#tables.get(table)
    if (definition !== undefined) {
      this.#db.exec(`CREATE TABLE ${definition}`)
      this.#tables.delete(table)
    }
    const all = [...columns, ...Object.keys(spelled)].map(column => `"${column}"`).join(', ')
    const places = [...columns.map(() => '?'), ...Object.values(spelled)].join(', ')
    this.#db.run(`INSERT INTO ${table} (${all}) VALUES (${places})`, ...values)
  }
}

function ns(us: number): number {
  return Math.round(us * 1000)
}
