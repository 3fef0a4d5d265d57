import { copyWord, isPageableCopy } from '#domain/copy-kind.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { type CachedColumn, cachedColumn } from './cached-column.ts'
import type { Lane, TraceIndex } from './define.ts'
import { type DeviceListener, walkDevice } from './device-walk.ts'
import { Union } from './intervals.ts'
import type { LaneReader, Stretch } from './slice-reader.ts'
import { SpreadSums } from './spread.ts'

/** At most this long: a launch costs about as much. */
const TINY_NS = 10_000
const TENTHS = 10
const GRAPH_LAUNCH = /GraphLaunch/
const ASYNC = /Async/
/** Names that tell pinned from pageable memory; ROCm's "Host" does not. */
const TELLS_MEMORY = /Pageable|Pinned/

/** What rules ask of kernels and launches: over the work of all devices inside the stretch. */
export class WorkFacts {
  tiny = 0
  shorterThanLaunch = 0
  readonly kernels = new SpreadSums()
  readonly calls = new SpreadSums()
  readonly delays = new SpreadSums()
  launches = 0
  graphLaunches = 0
  /** Kernels that a graph launched, recorded one by one. */
  graphKernels = 0
  starved = 0
  linked = 0
  backlog = { count: 0, totalNs: 0 }
  readonly #index: TraceIndex
  readonly #stretch: Stretch
  readonly #seen: Uint8Array
  readonly #start: CachedColumn
  readonly #duration: CachedColumn
  readonly #name: CachedColumn
  readonly #isGraphLaunch = new Map<number, boolean>()

  constructor(index: TraceIndex, stretch: Stretch) {
    this.#index = index
    this.#stretch = stretch
    this.#seen = new Uint8Array(Math.ceil(index.manifest.slices / 8))
    this.#start = cachedColumn(index, 'start')
    this.#duration = cachedColumn(index, 'duration')
    this.#name = cachedColumn(index, 'name')
  }

  /** @param also told of the same walk */
  addDevice(lanes: readonly Lane[], also: Required<DeviceListener>): void {
    // End of all work that began before, on any stream.
    let earlierEndNs = this.#stretch.startNs
    const early = { count: 0, totalNs: 0, isOver: false }
    walkDevice(
      this.#index,
      lanes,
      this.#stretch,
      {
        work: (reader, startNs, endNs) => {
          also.work(reader, startNs, endNs)
          const link = reader.link[reader.i] ?? 0
          if (link === 0 && !early.isOver) {
            early.count++
            early.totalNs += endNs - startNs
          }
          if (link !== 0) {
            early.isOver = true
            this.linked++
            if (this.#start.at(link - 1) >= earlierEndNs) this.starved++
          }
          if (endNs > earlierEndNs) earlierEndNs = endNs
          this.#addKernel(reader, link)
        },
        idle: (startNs, endNs, before, after) => also.idle(startNs, endNs, before, after),
      },
      ['name'],
    )
    // Without any launch of this device in the trace nothing says that these came from before.
    if (!early.isOver) return
    this.backlog.count += early.count
    this.backlog.totalNs += early.totalNs
  }

  #addKernel(reader: LaneReader, link: number): void {
    const { i } = reader
    const category = reader.category[i] ?? 0
    const isKernel = category === CATEGORY.kernel || category === CATEGORY.communication
    if (!isKernel && category !== CATEGORY.graph) return
    const ns = reader.duration[i] ?? 0
    if (isKernel) {
      this.kernels.add(ns)
      if (ns <= TINY_NS) this.tiny++
    }
    if (link === 0) return
    const call = link - 1
    const callNs = this.#duration.at(call)
    const isGraph = category === CATEGORY.graph || this.#launchesGraph(call)
    if (isKernel && isGraph) this.graphKernels++
    if (isKernel && ns < callNs) this.shorterThanLaunch++
    if (this.#wasSeen(call)) return
    this.launches++
    if (isGraph) this.graphLaunches++
    this.calls.add(callNs)
    this.delays.add(Math.max(0, (reader.start[i] ?? 0) - this.#start.at(call) - callNs))
  }

  #launchesGraph(call: number): boolean {
    const name = this.#name.at(call)
    const known = this.#isGraphLaunch.get(name)
    if (known !== undefined) return known
    const is = GRAPH_LAUNCH.test(this.#index.name(name))
    this.#isGraphLaunch.set(name, is)
    return is
  }

  /** Marks the call. @returns whether it was marked before */
  #wasSeen(call: number): boolean {
    const bit = 1 << (call & 7)
    const before = this.#seen[call >>> 3] ?? 0
    this.#seen[call >>> 3] = before | bit
    return (before & bit) !== 0
  }
}

interface Direction {
  count: number
  union: Union
  bytes: number | undefined
}

/** What rules ask of one device alone: its course over the stretch, its copies. */
export class CourseFacts implements DeviceListener {
  readonly #index: TraceIndex
  readonly #stretch: Stretch
  readonly #tenths = new Float64Array(TENTHS)
  readonly #busy = new Union()
  readonly #directions = new Map<string, Direction>()
  readonly #pageable: Direction = { count: 0, union: new Union(), bytes: undefined }
  #tellsMemory = false
  #pageableAsync = 0

  constructor(index: TraceIndex, stretch: Stretch) {
    this.#index = index
    this.#stretch = stretch
  }

  work(reader: LaneReader, startNs: number, endNs: number): void {
    const newNs = this.#busy.add(startNs, endNs)
    if (newNs > 0) this.#spread(endNs - newNs, endNs)
    if (reader.category[reader.i] === CATEGORY.memcpy) this.#addCopy(reader, startNs, endNs)
  }

  /** Busy share of each tenth; none in an empty stretch. */
  busyByTenth(): number[] {
    const tenthNs = (this.#stretch.endNs - this.#stretch.startNs) / TENTHS
    return tenthNs > 0 ? Array.from(this.#tenths, ns => ns / tenthNs) : []
  }

  copies(): TraceFacts['copies'] {
    const told = ({ count, union: { totalNs }, bytes }: Direction) => ({
      count,
      totalNs,
      ...(bytes !== undefined && { bytes }),
    })
    return {
      byDirection: Object.fromEntries([...this.#directions].map(([word, direction]) => [word, told(direction)])),
      ...(this.#tellsMemory && { pageable: told(this.#pageable), pageableAsync: this.#pageableAsync }),
    }
  }

  #spread(startNs: number, endNs: number): void {
    const { startNs: fromNs, endNs: toNs } = this.#stretch
    const tenthNs = (toNs - fromNs) / TENTHS
    let tenth = Math.min(TENTHS - 1, Math.floor((startNs - fromNs) / tenthNs))
    let atNs = startNs
    for (; atNs < endNs && tenth < TENTHS; tenth++) {
      const edgeNs = tenth === TENTHS - 1 ? toNs : fromNs + (tenth + 1) * tenthNs
      const stopNs = Math.min(endNs, edgeNs)
      if (stopNs <= atNs) continue
      this.#tenths[tenth] = (this.#tenths[tenth] ?? 0) + stopNs - atNs
      atNs = stopNs
    }
  }

  #addCopy(reader: LaneReader, startNs: number, endNs: number): void {
    const name = this.#index.name(reader.name[reader.i] ?? 0)
    const bytes = this.#index.bytesOf(reader.slice)
    const word = directionOf(name)
    let direction = this.#directions.get(word)
    if (direction === undefined) {
      direction = { count: 0, union: new Union(), bytes: undefined }
      this.#directions.set(word, direction)
    }
    count(direction, startNs, endNs, bytes)
    if (TELLS_MEMORY.test(name)) this.#tellsMemory = true
    if (!isPageableCopy(name)) return
    count(this.#pageable, startNs, endNs, bytes)
    const link = reader.link[reader.i] ?? 0
    if (link !== 0 && ASYNC.test(this.#index.name(this.#index.at('name', link - 1)))) this.#pageableAsync++
  }
}

function count(direction: Direction, startNs: number, endNs: number, bytes: number): void {
  direction.count++
  direction.union.add(startNs, endNs)
  if (!Number.isNaN(bytes)) direction.bytes = (direction.bytes ?? 0) + bytes
}

const DIRECTIONS = new Set(['HtoD', 'DtoH', 'DtoD', 'PtoP'])

/** 'HtoD'… also where unified memory migrates; 'other' for arrays and what the name does not tell. */
function directionOf(name: string): string {
  const word = copyWord(name)?.replace(/^Unified /, '') ?? ''
  return DIRECTIONS.has(word) ? word : 'other'
}
