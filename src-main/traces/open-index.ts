import { readF64, readU8, readU32 } from './columns-read.ts'
import { groupsOf } from './counters.ts'
import {
  type ColumnOf,
  type IndexedTrack,
  type IndexManifest,
  type IndexStorage,
  type Lane,
  SLICE_COLUMNS,
  type SliceColumn,
  type TraceIndex,
} from './define.ts'
import { LEAF_BYTES, Leaves } from './leaves.ts'
import { LAUNCHES } from './links.ts'
import { indexDamaged, readManifest } from './manifest.ts'
import { WindowRows } from './query-rows.ts'
import type { WindowSource } from './query-source.ts'
import { NODE_BYTES, type Nodes } from './tree.ts'

/**
 * An index that a builder finished. Reads as it is asked; what storage reads again and again it should keep.
 * @throws EngineError FORMAT_BROKEN when it is damaged or of another version, FILE_UNREADABLE when a section is short
 */
export function openIndex(storage: IndexStorage): OpenIndex {
  return new OpenIndex(storage, readManifest(storage))
}

const NAMES_AT_A_TIME = 512

const READERS: {
  [C in SliceColumn]: (storage: IndexStorage, column: string, first: number, count: number) => ColumnOf<C>
} = {
  start: readF64,
  duration: readF64,
  name: readU32,
  category: readU8,
  link: readU32,
  detail: readU32,
  source: readF64,
}

/** Room for a single value of each column: those who search ask for very many, one by one. */
const ONE: Record<SliceColumn, { values: ColumnOf<SliceColumn>; bytes: Uint8Array }> = {
  start: one(new Float64Array(1)),
  duration: one(new Float64Array(1)),
  name: one(new Uint32Array(1)),
  category: one(new Uint8Array(1)),
  link: one(new Uint32Array(1)),
  detail: one(new Uint32Array(1)),
  source: one(new Float64Array(1)),
}

function one(values: ColumnOf<SliceColumn>) {
  return { values, bytes: new Uint8Array(values.buffer) }
}

export class OpenIndex implements TraceIndex, WindowSource {
  readonly manifest: IndexManifest
  readonly storage: IndexStorage
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #names = new Map<number, string>()
  /** First slice of each lane, for the search of a slice's lane. */
  readonly #firsts: Float64Array
  /** That of the slice asked for last: the next is often in the same. */
  #lastLane: Lane | undefined
  /** The copy whose bytes were asked for last. */
  #lastCopy = -1
  readonly buffers: WindowSource['buffers'] = { nodes: [], leaves: new Leaves(1024), rows: new WindowRows() }

  constructor(storage: IndexStorage, manifest: IndexManifest) {
    this.storage = storage
    this.manifest = manifest
    this.#firsts = Float64Array.from(manifest.lanes, ({ first }) => first)
    checkSections(storage, manifest)
  }

  name(id: number): string {
    const known = this.#names.get(id)
    if (known !== undefined) return known
    if (!(Number.isInteger(id) && id >= 1 && id <= this.manifest.names)) return ''
    const [from = 0, to = 0] = readF64(this.storage, 'name-offset', id - 1, 2)
    const text = this.#decoder.decode(this.#nameBytes(from, to))
    if (this.#names.size < 100_000) this.#names.set(id, text)
    return text
  }

  /** Decodes every name; none is kept. */
  namesWhere(matches: (name: string) => boolean): number[] {
    const ids: number[] = []
    const count = this.manifest.names
    for (let first = 0; first < count; first += NAMES_AT_A_TIME) {
      const offsets = readF64(this.storage, 'name-offset', first, Math.min(NAMES_AT_A_TIME, count - first) + 1)
      const begin = offsets[0] ?? 0
      const bytes = this.#nameBytes(begin, offsets.at(-1) ?? 0)
      for (let at = 0; at + 1 < offsets.length; at++) {
        const text = this.#decoder.decode(bytes.subarray((offsets[at] ?? 0) - begin, (offsets[at + 1] ?? 0) - begin))
        if (matches(text)) ids.push(first + at + 1)
      }
    }
    return ids
  }

  read<C extends SliceColumn>(column: C, first: number, count: number): ColumnOf<C> {
    return READERS[column](this.storage, column, first, count)
  }

  readInto<C extends SliceColumn>(column: C, first: number, count: number, into: ColumnOf<C>): void {
    const width = into.BYTES_PER_ELEMENT
    this.storage.read(column, first * width, new Uint8Array(into.buffer, into.byteOffset, count * width))
  }

  at(column: SliceColumn, slice: number): number {
    const { values, bytes } = ONE[column]
    this.storage.read(column, slice * bytes.length, bytes)
    return values[0] ?? Number.NaN
  }

  laneOf(slice: number): Lane {
    const last = this.#lastLane
    if (last !== undefined && slice >= last.first && slice < last.first + last.count) return last
    let low = 0
    let high = this.#firsts.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((this.#firsts[middle] ?? 0) <= slice) low = middle
      else high = middle
    }
    const lane = this.manifest.lanes[low]
    if (lane === undefined || !(slice >= lane.first && slice < lane.first + lane.count))
      throw new RangeError(`no slice ${slice}`)
    this.#lastLane = lane
    return lane
  }

  within(lane: Lane, startNs: number, endNs: number): { from: number; to: number } {
    // Ends ascend in a lane, as starts do: its slices never overlap.
    const from = this.#firstWhere(lane, slice => {
      const start = this.at('start', slice)
      return start >= startNs || start + this.at('duration', slice) > startNs
    })
    const to = this.#firstWhere(lane, slice => this.at('start', slice) >= endNs)
    return { from, to: Math.max(from, to) }
  }

  launchedBy(call: number): number[] {
    const count = this.storage.size(LAUNCHES.call) / 4
    let low = 0
    let high = count
    const callAt = (at: number) => readU32(this.storage, LAUNCHES.call, at, 1)[0] ?? 0
    while (low < high) {
      const middle = (low + high) >>> 1
      if (callAt(middle) < call) low = middle + 1
      else high = middle
    }
    let end = low
    while (end < count && callAt(end) === call) end++
    return [...readU32(this.storage, LAUNCHES.work, low, end - low)]
  }

  bytesOf(slice: number): number {
    const copy = this.#copyOf(slice)
    if (copy === undefined) return Number.NaN
    this.#lastCopy = copy
    return readF64(this.storage, 'copy-bytes', copy, 1)[0] ?? Number.NaN
  }

  #copyOf(slice: number): number | undefined {
    const sliceAt = (copy: number) => readU32(this.storage, 'copy-slice', copy, 1)[0] ?? 0
    const { copies } = this.manifest
    // Tables ask in order: then it is the next one.
    const next = this.#lastCopy + 1
    if (next < copies && sliceAt(next) === slice) return next
    let low = 0
    let high = copies
    while (low < high) {
      const middle = (low + high) >>> 1
      const found = sliceAt(middle)
      if (found === slice) return middle
      if (found < slice) low = middle + 1
      else high = middle
    }
    return undefined
  }

  samplesOf(track: number): Float64Array {
    const samples = this.manifest.tracks[track]?.samples
    return samples === undefined ? new Float64Array(0) : this.readSamples(samples.first, samples.count)
  }

  get lanes(): readonly Lane[] {
    return this.manifest.lanes
  }

  get tracks(): readonly IndexedTrack[] {
    return this.manifest.tracks
  }

  hasSlices(): boolean {
    return true
  }

  readNodes(into: Nodes, firstNode: number, count: number): void {
    this.storage.read('nodes', firstNode * NODE_BYTES, into.bytesFor(count))
  }

  readSlices(into: Leaves, first: number, count: number): void {
    into.read(this.storage, first, count)
  }

  readSamples(first: number, count: number): Float64Array {
    return readF64(this.storage, 'counter', first * 2, count * 2)
  }

  readGroups(first: number, count: number): Float64Array {
    return readF64(this.storage, 'counter-group', first * 4, count * 4)
  }

  #nameBytes(from: number, to: number): Uint8Array {
    if (!(from >= 0 && from <= to && to <= this.storage.size('name-text')))
      throw indexDamaged('names point outside their text')
    const bytes = new Uint8Array(to - from)
    this.storage.read('name-text', from, bytes)
    return bytes
  }

  #firstWhere({ first, count }: Lane, holds: (slice: number) => boolean): number {
    let low = first
    let high = first + count
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (holds(middle)) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** A section that is shorter than the manifest says is found now, not in the middle of a drawing. */
function checkSections(storage: IndexStorage, manifest: IndexManifest): void {
  const samples = manifest.tracks.reduce((sum, { samples }) => sum + (samples?.count ?? 0), 0)
  const groups = manifest.tracks.reduce((sum, { samples }) => sum + groupsOf(samples?.count ?? 0), 0)
  const wanted: [string, number][] = [
    ...Object.entries(SLICE_COLUMNS).map(([column, { BYTES_PER_ELEMENT }]): [string, number] => [
      column,
      manifest.slices * BYTES_PER_ELEMENT,
    ]),
    ['leaf', manifest.slices * LEAF_BYTES],
    ['nodes', manifest.nodes * NODE_BYTES],
    ['name-offset', (manifest.names + 1) * 8],
    ['copy-slice', manifest.copies * 4],
    ['copy-bytes', manifest.copies * 8],
    [LAUNCHES.call, manifest.linked * 4],
    [LAUNCHES.work, manifest.linked * 4],
    ['counter', samples * 16],
    ['counter-group', groups * 32],
  ]
  for (const [section, bytes] of wanted)
    if (storage.size(section) !== bytes)
      throw indexDamaged(`section ${section} has ${storage.size(section)} bytes instead of ${bytes}`)
  if (storage.size('name-text') !== readF64(storage, 'name-offset', manifest.names, 1)[0])
    throw indexDamaged('the text of names is not as long as it must be')
}
