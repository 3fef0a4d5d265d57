import { SLICE_CATEGORIES, type SliceCategory } from '../../src-main/domain/trace-category.ts'
import type { ByteStream, DeviceSpec, TraceOrigin, TraceSink, TrackSpec } from '../../src-main/domain/trace-feed.ts'

export interface RecordedSlice {
  track: number
  startNs: number
  durationNs: number
  name: string
  category: SliceCategory
  correlation: number
  operator: number
  detail: string
  source: number
  bytes?: number
  launch?: {
    blocks: number
    threadsPerBlock: number
    registersPerThread: number
    sharedBytes: number
    occupancy: number
  }
}

/** A sink that keeps everything it is told, as plain records: for tests of readers, small inputs only. */
export class RecordingSink implements TraceSink {
  /** By track number; the spec is the merge of all given under the key. */
  readonly tracks: { key: string; spec: TrackSpec }[] = []
  readonly slices: RecordedSlice[] = []
  readonly flows: { kind: string; id: string; end: 'start' | 'step' | 'end'; track: number; atNs: number }[] = []
  readonly counters: { track: number; atNs: number; value: number }[] = []
  readonly devices: DeviceSpec[] = []
  readonly unreadPlaces: { reason: string; where: string }[] = []
  readonly notices: string[] = []
  readonly told: Partial<TraceOrigin> = {}
  /** By id; 0 is no name. */
  readonly names: string[] = ['']
  readonly #ids = new Map<string, number>()
  readonly #trackNumbers = new Map<string, number>()
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

  track(key: string, spec: TrackSpec): number {
    const known = this.#trackNumbers.get(key)
    if (known !== undefined) {
      const track = this.tracks[known]
      if (track) track.spec = { ...track.spec, ...spec }
      return known
    }
    this.#trackNumbers.set(key, this.tracks.length)
    return this.tracks.push({ key, spec }) - 1
  }

  name(text: string): number {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    this.#ids.set(text, this.names.length)
    return this.names.push(text) - 1
  }

  nameOfBytes(bytes: Uint8Array, from: number, to: number): number {
    return this.name(this.#utf8.decode(bytes.subarray(from, to)))
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
    const word = SLICE_CATEGORIES[category]
    if (word === undefined) throw new RangeError(`no category ${category}`)
    if (!this.tracks[track]) throw new RangeError(`no track ${track}`)
    if (!(name > 0 && name < this.names.length)) throw new RangeError(`no name ${name}`)
    this.slices.push({
      track,
      startNs,
      durationNs,
      name: this.names[name] ?? '',
      category: word,
      correlation,
      operator,
      detail: this.names[detail] ?? '',
      source,
    })
  }

  bytes(bytes: number): void {
    this.#last().bytes = bytes
  }

  launch(
    blocks: number,
    threadsPerBlock: number,
    registersPerThread: number,
    sharedBytes: number,
    occupancy: number,
  ): void {
    this.#last().launch = { blocks, threadsPerBlock, registersPerThread, sharedBytes, occupancy }
  }

  flow(kind: string, id: string, end: 'start' | 'step' | 'end', track: number, atNs: number): void {
    this.flows.push({ kind, id, end, track, atNs })
  }

  counter(track: number, atNs: number, value: number): void {
    this.counters.push({ track, atNs, value })
  }

  device(device: DeviceSpec): void {
    this.devices.push(device)
  }

  origin(origin: Partial<TraceOrigin>): void {
    const facts = { ...this.told.facts, ...origin.facts }
    Object.assign(this.told, origin, { facts })
  }

  unread(reason: string, where: string): void {
    this.unreadPlaces.push({ reason, where })
  }

  notice(text: string): void {
    this.notices.push(text)
  }

  /** Slices of some categories, or of all. */
  of(...categories: SliceCategory[]): RecordedSlice[] {
    return this.slices.filter(slice => categories.includes(slice.category))
  }

  trackOf(slice: RecordedSlice): TrackSpec {
    const track = this.tracks[slice.track]
    if (!track) throw new RangeError(`no track ${slice.track}`)
    return track.spec
  }

  /** How many slices of each category, those present. */
  byCategory(): Partial<Record<SliceCategory, number>> {
    const counts: Partial<Record<SliceCategory, number>> = {}
    for (const { category } of this.slices) counts[category] = (counts[category] ?? 0) + 1
    return counts
  }

  #last(): RecordedSlice {
    const last = this.slices.at(-1)
    if (!last) throw new Error('bytes() or launch() before any slice()')
    return last
  }
}

/** Bytes in chunks of a size, each in memory of its own that is overwritten before the next comes, as a file reader's is. */
export async function* inChunks(bytes: Uint8Array, chunkBytes: number): ByteStream {
  const memory = new Uint8Array(Math.min(chunkBytes, bytes.length))
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes)
    memory.set(chunk)
    yield memory.subarray(0, chunk.length)
    memory.fill(0xff)
  }
}
