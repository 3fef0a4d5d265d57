import { memoryKind } from '#domain/copy-kind.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import { NONE } from '#domain/trace-feed.ts'
import { at, durationOf, eachBatch, has, isTimed, known, type NsysFeed, PROCESS, readOr } from './feed.ts'
import { placesOf } from './places.ts'

const SAMPLE_BUCKET_NS = 10_000_000
const ALLOCATION = 0

/** What was measured over time: memory in use, GPU metrics, CPU samples; and page faults of unified memory. */
export async function readCounters(feed: NsysFeed): Promise<void> {
  await readMemoryUsage(feed)
  await readGpuMetrics(feed)
  await readCpuSamples(feed)
  await readPageFaults(feed)
}

/** Bytes in use a device and kind of memory: allocations less what was freed, in time order. */
async function readMemoryUsage(feed: NsysFeed): Promise<void> {
  const { sink, tracks } = feed
  const table = 'CUDA_GPU_MEMORY_USAGE_EVENTS'
  const memories = new Map<string, { device: number; kind: number; changes: MemoryChanges }>()
  const wanted = {
    start: 'start',
    device: 'deviceId',
    bytes: 'bytes',
    kind: 'memKind',
    operation: 'memoryOperationType',
  } as const
  await eachBatch(feed, table, wanted, (columns, rowIds, count) => {
    for (let i = 0; i < count; i++) {
      const atNs = at(columns.start, i)
      const bytes = at(columns.bytes, i)
      if (!isTimed(feed, table, at(rowIds, i), atNs, atNs)) continue
      if (!(bytes >= 0 && bytes <= Number.MAX_SAFE_INTEGER)) {
        sink.unread('no size', `${table} row ${rowIds[i]}`)
        continue
      }
      const device = at(columns.device, i)
      const kind = at(columns.kind, i)
      const { changes } = known(memories, `${device}/${kind}`, () => ({ device, kind, changes: new MemoryChanges() }))
      changes.add(atNs, at(columns.operation, i) === ALLOCATION ? bytes : -bytes)
    }
  })
  for (const { device, kind, changes } of memories.values()) {
    const title = `Memory in use (${memoryKind(kind) ?? `kind ${kind}`})`
    const isTold = Number.isSafeInteger(device) && device >= 0
    const group = isTold ? `GPU ${device}` : 'unknown GPU'
    const track = tracks.counter(`memory/${device}/${kind}`, title, group, 'bytes', isTold ? device : undefined)
    changes.tell((atNs, inUse) => sink.counter(track, atNs, inUse))
  }
}

/** Numbers only: a program may allocate millions of times. */
class MemoryChanges {
  readonly #atNs: number[] = []
  readonly #bytes: number[] = []
  #isSorted = true

  add(atNs: number, bytes: number): void {
    this.#isSorted &&= atNs >= (this.#atNs.at(-1) ?? Number.NEGATIVE_INFINITY)
    this.#atNs.push(atNs)
    this.#bytes.push(bytes)
  }

  tell(counter: (atNs: number, inUse: number) => void): void {
    const order = Uint32Array.from(this.#atNs.keys())
    if (!this.#isSorted) order.sort((a, b) => (this.#atNs[a] ?? 0) - (this.#atNs[b] ?? 0))
    let inUse = 0
    for (const i of order) {
      inUse += this.#bytes[i] ?? 0
      counter(this.#atNs[i] ?? 0, inUse)
    }
  }
}

/** `--gpu-metrics-device`: one counter a metric and sampled GPU. Names say the unit: "SMs Active [Throughput %]". */
async function readGpuMetrics(feed: NsysFeed): Promise<void> {
  const { tables, sink, tracks } = feed
  const names = new Map<string, string>()
  const table = 'TARGET_INFO_GPU_METRICS'
  if (['typeId', 'metricId', 'metricName'].every(column => has(tables, table, column))) {
    const sql = `SELECT typeId, metricId, metricName FROM ${table} WHERE metricName <> '' LIMIT 100000`
    for (const row of readOr(sink, () => tables.rows(sql), [])) {
      names.set(`${row.typeId}/${row.metricId}`, String(row.metricName))
    }
  }
  const counters = new Map<number, Map<number, number>>()
  const wanted = { time: 'timestamp', type: 'typeId', metric: 'metricId', value: 'value' } as const
  await eachBatch(feed, 'GPU_METRICS', wanted, (columns, rowIds, count) => {
    for (let i = 0; i < count; i++) {
      const atNs = at(columns.time, i)
      if (!isTimed(feed, 'GPU_METRICS', at(rowIds, i), atNs, atNs)) continue
      const type = at(columns.type, i)
      const metric = at(columns.metric, i)
      const track = known(
        known(counters, type, () => new Map<number, number>()),
        metric,
        () => {
          const name = names.get(`${type}/${metric}`) ?? `metric ${metric}`
          const unit = /\[(.+)\]/.exec(name)?.[1]
          return tracks.counter(`metric/${type}/${metric}`, name, 'GPU metrics', unit?.includes('%') ? '%' : unit)
        },
      )
      const value = at(columns.value, i)
      if (!Number.isFinite(value)) sink.unread('no value', `GPU_METRICS row ${rowIds[i]}`)
      else sink.counter(track, atNs, value)
    }
  })
}

/** CPU samples as a rate: samples a second of each process, over 10 ms. Their stacks are not shown. */
async function readCpuSamples(feed: NsysFeed): Promise<void> {
  const buckets = new Map<number, Map<number, number>>()
  let samples = 0
  const wanted = { start: 'start', scope: { column: 'globalTid', ...PROCESS } } as const
  await eachBatch(feed, 'COMPOSITE_EVENTS', wanted, ({ start, scope }, rowIds, count) => {
    for (let i = 0; i < count; i++) {
      const atNs = at(start, i)
      if (!isTimed(feed, 'COMPOSITE_EVENTS', at(rowIds, i), atNs, atNs)) continue
      samples++
      const ofProcess = known(buckets, at(scope, i), () => new Map<number, number>())
      const bucket = Math.floor(atNs / SAMPLE_BUCKET_NS)
      ofProcess.set(bucket, (ofProcess.get(bucket) ?? 0) + 1)
    }
  })
  if (samples === 0) return
  feed.tally.add('CPU samples are shown as samples a second; their call stacks are not', samples)
  for (const [scope, counts] of buckets) {
    const track = feed.tracks.counter(`samples/${scope}`, 'CPU samples', feed.tracks.processTitle(scope), '1/s')
    const perSec = 1e9 / SAMPLE_BUCKET_NS
    for (const bucket of [...counts.keys()].sort((a, b) => a - b)) {
      feed.sink.counter(track, bucket * SAMPLE_BUCKET_NS, (counts.get(bucket) ?? 0) * perSec)
      if (!counts.has(bucket + 1)) feed.sink.counter(track, (bucket + 1) * SAMPLE_BUCKET_NS, 0)
    }
  }
}

/** Page faults of unified memory, of the CPU as points. */
async function readPageFaults(feed: NsysFeed): Promise<void> {
  const { sink, tracks } = feed
  const scope = { column: 'globalPid', ...PROCESS } as const
  const cpu = 'CUDA_UM_CPU_PAGE_FAULT_EVENTS'
  await eachBatch(feed, cpu, { start: 'start', scope }, (columns, rowIds, count) => {
    for (let i = 0; i < count; i++) {
      const atNs = at(columns.start, i)
      if (!isTimed(feed, cpu, at(rowIds, i), atNs, atNs)) continue
      const track = tracks.ofThread('page-fault', at(columns.scope, i), Number.NaN)
      const name = sink.name('CPU page fault')
      sink.slice(track, atNs, 0, name, CATEGORY.other, NONE, NONE, NONE, placesOf(cpu) + at(rowIds, i))
    }
  })
  const gpu = 'CUDA_UM_GPU_PAGE_FAULT_EVENTS'
  await eachBatch(feed, gpu, { start: 'start', end: 'end', device: 'deviceId', scope }, (columns, rowIds, count) => {
    for (let i = 0; i < count; i++) {
      const from = at(columns.start, i)
      const to = at(columns.end, i)
      if (!isTimed(feed, gpu, at(rowIds, i), from, to)) continue
      const track = tracks.ofStream('page-fault', at(columns.scope, i), at(columns.device, i), Number.NaN, Number.NaN)
      const name = sink.name('GPU page fault')
      const place = placesOf(gpu) + at(rowIds, i)
      sink.slice(track, from, durationOf(feed, from, to), name, CATEGORY.other, NONE, NONE, NONE, place)
    }
  })
}
