import { EngineError } from '#domain/errors.ts'
import { SLICE_CATEGORIES } from '#domain/trace-category.ts'
import { type DeviceSpec, NONE, type TraceOrigin, type TraceSink, type TrackSpec } from '#domain/trace-feed.ts'
import { finishIndex } from './builder-finish.ts'
import { TrackRows } from './columns.ts'
import { CounterSamples } from './counters.ts'
import type { IndexManifest, IndexStorage } from './define.ts'
import { LaunchSums } from './launch-facts.ts'
import { FlowEnds } from './links-flows.ts'
import { NameTable } from './name-table.ts'
import { PreviewDensity, type TracePreview } from './preview.ts'
import { clearSections } from './sections.ts'
import { UnreadCounts } from './unread.ts'

/** ns that a double holds exactly: 104 days. Kineto's largest honest times are of three months. */
const LATEST_NS = Number.MAX_SAFE_INTEGER
const MOST_SLICES = 2 ** 32 - 2

export interface BuilderOptions {
  /** Slices of a track kept in memory before they are written away. */
  chunkRows?: number
  /** Memory of all such buffers together. */
  bufferBytes?: number
}

/** Everything a reader told, before it is put in order. */
export interface Gathered {
  specs: TrackSpec[]
  rows: TrackRows[]
  names: NameTable
  flows: FlowEnds
  counters: CounterSamples
  launches: LaunchSums
  unread: UnreadCounts
  notices: string[]
  devices: DeviceSpec[]
  origin: TraceOrigin
  slices: number
  events: number
}

/**
 * Takes what a reader tells and makes an index of it in `storage`. Memory stays flat: rows are written away chunk by
 * chunk, and finishing works on one track after another.
 */
export class TraceBuilder implements TraceSink {
  readonly #storage: IndexStorage
  readonly #chunkRows: number
  readonly #bufferBytes: number
  readonly #trackOfKey = new Map<string, number>()
  readonly #preview = new PreviewDensity()
  readonly #gathered: Gathered
  #heldBytes = 0
  #releaseAtBytes: number
  #negative = 0
  #finished = false
  // What `bytes` and `launch` follow; undefined after a slice that was not taken.
  #lastRows: TrackRows | undefined
  #lastName = 0
  #lastDurationNs = 0

  /** @param storage what it holds is removed; belongs to the builder until `finish` */
  constructor(storage: IndexStorage, { chunkRows = 1 << 16, bufferBytes = 64 * 2 ** 20 }: BuilderOptions = {}) {
    clearSections(storage)
    this.#storage = storage
    this.#chunkRows = chunkRows
    this.#bufferBytes = bufferBytes
    this.#releaseAtBytes = bufferBytes
    this.#gathered = {
      specs: [],
      rows: [],
      names: new NameTable(storage),
      flows: new FlowEnds(),
      counters: new CounterSamples(storage),
      launches: new LaunchSums(),
      unread: new UnreadCounts(),
      notices: [],
      devices: [],
      origin: { tool: 'unknown', facts: {} },
      slices: 0,
      events: 0,
    }
  }

  track(key: string, spec: TrackSpec): number {
    const { specs, rows } = this.#gathered
    const known = this.#trackOfKey.get(key)
    if (known !== undefined) {
      specs[known] = { ...specs[known], ...finite(spec) }
      return known
    }
    this.#trackOfKey.set(key, specs.length)
    rows.push(new TrackRows(this.#storage, this.#chunkRows))
    return specs.push(finite(spec)) - 1
  }

  name(text: string): number {
    return this.#gathered.names.ofText(text)
  }

  nameOfBytes(bytes: Uint8Array, from: number, to: number): number {
    return this.#gathered.names.ofBytes(bytes, from, to)
  }

  slice(
    track: number,
    startNs: number,
    durationNs: number,
    name: number,
    category: number,
    correlation: number,
    operator: number,
    detail: number,
    source: number,
  ): void {
    const gathered = this.#gathered
    const rows = gathered.rows[track]
    if (rows === undefined) throw new RangeError(`no track ${track}`)
    gathered.events++
    this.#lastRows = undefined
    // Written so that NaN fails too.
    const endNs = startNs + Math.max(0, durationNs)
    if (!(startNs >= -LATEST_NS && durationNs >= -LATEST_NS && endNs <= LATEST_NS)) {
      this.unread('the time of the event is no time a trace can have', `position ${source}`)
      return
    }
    if (gathered.slices === MOST_SLICES) {
      this.unread(`beyond ${MOST_SLICES} slices`, `position ${source}`)
      return
    }
    let duration = durationNs
    if (duration < 0) {
      duration = 0
      this.#negative++
    }
    gathered.slices++
    const named = this.#known(name)
    const before = rows.bufferBytes
    rows.push(
      startNs,
      duration,
      named,
      category >= 0 && category < SLICE_CATEGORIES.length ? category : 0,
      Number.isFinite(correlation) ? correlation : 0,
      Number.isFinite(operator) ? operator : 0,
      this.#known(detail),
      source,
    )
    if (rows.bufferBytes !== before) this.#grew(rows.bufferBytes - before)
    this.#preview.add(track, startNs, duration)
    this.#lastRows = rows
    this.#lastName = named
    this.#lastDurationNs = duration
  }

  bytes(bytes: number): void {
    if (bytes >= 0 && bytes <= Number.MAX_SAFE_INTEGER) this.#lastRows?.setMoved(bytes)
  }

  launch(
    blocks: number,
    threadsPerBlock: number,
    registersPerThread: number,
    sharedBytes: number,
    occupancy: number,
  ): void {
    if (this.#lastRows === undefined) return
    const values = [blocks, threadsPerBlock, registersPerThread, sharedBytes, occupancy] as const
    this.#gathered.launches.add(this.#lastName, this.#lastDurationNs, values)
  }

  flow(kind: string, id: string, end: 'start' | 'step' | 'end', track: number, atNs: number): void {
    this.#gathered.events++
    this.#gathered.flows.add(kind, id, end, track, atNs)
  }

  counter(track: number, atNs: number, value: number): void {
    this.#gathered.events++
    if (Number.isFinite(atNs) && Number.isFinite(value)) this.#gathered.counters.add(track, atNs, value)
    else this.unread('a counter without a number', `track ${this.#gathered.specs[track]?.title ?? track}`)
  }

  device(device: DeviceSpec): void {
    if (!Number.isFinite(device.id)) {
      this.unread('a device without a number', device.name ?? 'no name')
      return
    }
    const { devices } = this.#gathered
    const at = devices.findIndex(({ id }) => id === device.id)
    if (at < 0) devices.push(finite(device))
    else devices[at] = { ...devices[at], ...finite(device) }
  }

  origin(origin: Partial<TraceOrigin>): void {
    const known = this.#gathered.origin
    this.#gathered.origin = { ...known, ...finite(origin), facts: { ...known.facts, ...finite(origin.facts ?? {}) } }
  }

  unread(reason: string, where: string): void {
    this.#gathered.unread.add(reason, where)
  }

  notice(text: string): void {
    const { notices } = this.#gathered
    if (notices.length < 1000 && !notices.includes(text)) notices.push(text)
  }

  /** Slices taken so far. */
  get slices(): number {
    return this.#gathered.slices
  }

  /** A picture of what came so far; cheap. */
  preview(): TracePreview {
    return this.#preview.picture(this.#gathered.specs)
  }

  /**
   * Puts everything in order. The builder is used up then.
   * @param partial the reader was cancelled, or the file is cut off   @throws EngineError when storage fails
   */
  finish(options: { partial?: boolean } = {}): IndexManifest {
    const finishing = this.finishing(options)
    for (;;) {
      const step = finishing.next()
      if (step.done === true) return step.value
    }
  }

  /** As `finish`, in steps: yields how much is done, 0..1. An index that is not finished to the end is none. */
  *finishing({ partial = false }: { partial?: boolean } = {}): Generator<number, IndexManifest> {
    if (this.#finished) throw new EngineError('INTERNAL', 'The index was finished twice')
    this.#finished = true
    const { names } = this.#gathered
    if (this.#negative > 0) this.notice(`${this.#negative} slices had a negative duration, taken as 0`)
    if (names.cut > 0) this.notice(`${names.cut} names were longer than 16 KiB and are cut`)
    return yield* finishIndex(this.#storage, this.#gathered, partial)
  }

  /** The id of a name, or none. */
  #known(name: number): number {
    return name >= 1 && name <= this.#gathered.names.count ? name : NONE
  }

  #grew(bytes: number): void {
    this.#heldBytes += bytes
    if (this.#heldBytes <= this.#releaseAtBytes) return
    const { rows } = this.#gathered
    for (const each of rows) each.release()
    this.#heldBytes = rows.reduce((sum, each) => sum + each.bufferBytes, 0)
    // Very many tracks hold much with a slice each: going over them must not come with every one more.
    this.#releaseAtBytes = Math.max(this.#bufferBytes, this.#heldBytes * 2)
  }
}

/** Without fields that are no finite number: the manifest is JSON, which has no other. */
function finite<T extends object>(told: T): T {
  const kept = { ...told }
  for (const [key, value] of Object.entries(told))
    if (typeof value === 'number' && !Number.isFinite(value)) Reflect.deleteProperty(kept, key)
  return kept
}
