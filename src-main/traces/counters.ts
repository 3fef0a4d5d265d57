import { ColumnWriter } from './columns-write.ts'
import type { IndexedTrack, IndexStorage } from './define.ts'
import { countingUp, sortByRuns } from './lanes-order.ts'

/** Samples that one group stands for when many lie within a pixel. */
export const GROUP_SAMPLES = 64

/** Whole groups only: samples after the last are few. */
export const groupsOf = (samples: number) => Math.floor(samples / GROUP_SAMPLES)

/** Samples held per track before they are written away. */
const CHUNK_SAMPLES = 8192
const TEMPORARY = 'counter-rows'

interface Samples {
  /** Interleaved time and value. */
  buffer: Float64Array<ArrayBuffer>
  used: number
  chunks: { offset: number; bytes: number }[]
  count: number
}

/** Samples of counters as they come, in time order once finished. */
export class CounterSamples {
  readonly #storage: IndexStorage
  readonly #byTrack = new Map<number, Samples>()

  constructor(storage: IndexStorage) {
    this.#storage = storage
  }

  add(track: number, atNs: number, value: number): void {
    let samples = this.#byTrack.get(track)
    if (samples === undefined) {
      samples = { buffer: new Float64Array(64), used: 0, chunks: [], count: 0 }
      this.#byTrack.set(track, samples)
    }
    if (samples.used === samples.buffer.length) this.#makeRoom(samples)
    samples.buffer[samples.used++] = atNs
    samples.buffer[samples.used++] = value
    samples.count++
  }

  /** Writes sections `counter` and `counter-group`, track by track in time order. */
  finish(): Map<number, NonNullable<IndexedTrack['samples']>> {
    const writer = new ColumnWriter(this.#storage, 'counter', 8)
    const groups = new ColumnWriter(this.#storage, 'counter-group', 8)
    const written = new Map<number, NonNullable<IndexedTrack['samples']>>()
    for (const [track, samples] of [...this.#byTrack].toSorted(([a], [b]) => a - b)) {
      const { times, values } = this.#inOrder(samples)
      const { count } = samples
      const [first, firstGroup] = [writer.count / 2, groups.count / 4]
      let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      for (let at = 0; at < count; at++) {
        const value = values[at] ?? 0
        min = Math.min(min, value)
        max = Math.max(max, value)
        writer.push(times[at] ?? 0)
        writer.push(value)
      }
      written.set(track, { first, count, min, max, firstGroup })
      for (let group = 0; group < groupsOf(count); group++) {
        const [from, to] = [group * GROUP_SAMPLES, (group + 1) * GROUP_SAMPLES]
        groups.push(times[from] ?? 0)
        groups.push(Math.max(...values.subarray(from, to)))
        groups.push(times[to - 1] ?? 0)
        groups.push(values[to - 1] ?? 0)
      }
    }
    writer.flush()
    groups.flush()
    this.#storage.remove(TEMPORARY)
    return written
  }

  #inOrder(samples: Samples): { times: Float64Array; values: Float64Array } {
    const { count } = samples
    const all = this.#load(samples)
    const [times, values] = [new Float64Array(count), new Float64Array(count)]
    for (let at = 0; at < count; at++) times[at] = all[at * 2] ?? 0
    const order = countingUp(count)
    sortByRuns(order, new Uint32Array(count), times)
    for (let at = 0; at < count; at++) {
      times[at] = all[(order[at] ?? 0) * 2] ?? 0
      values[at] = all[(order[at] ?? 0) * 2 + 1] ?? 0
    }
    return { times, values }
  }

  #makeRoom(samples: Samples): void {
    if (samples.buffer.length < CHUNK_SAMPLES * 2) {
      const grown = new Float64Array(samples.buffer.length * 2)
      grown.set(samples.buffer)
      samples.buffer = grown
      return
    }
    samples.chunks.push({ offset: this.#storage.size(TEMPORARY), bytes: samples.used * 8 })
    this.#storage.append(TEMPORARY, new Uint8Array(samples.buffer.buffer, 0, samples.used * 8))
    samples.used = 0
  }

  #load({ buffer, used, chunks, count }: Samples): Float64Array {
    const all = new Float64Array(count * 2)
    let at = 0
    for (const { offset, bytes } of chunks) {
      this.#storage.read(TEMPORARY, offset, new Uint8Array(all.buffer, at, bytes))
      at += bytes
    }
    all.set(buffer.subarray(0, used), at / 8)
    return all
  }
}
