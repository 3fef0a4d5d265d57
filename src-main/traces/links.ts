import { CATEGORY, DEVICE_WORK, type SliceCategory } from '#domain/trace-category.ts'
import { ColumnCursor, readU32 } from './columns-read.ts'
import { ColumnWriter } from './columns-write.ts'
import type { IndexStorage, Lane } from './define.ts'
import { countingUp, sortByRuns } from './lanes-order.ts'
import type { FlowLinks } from './links-flows.ts'
import { innermostAt } from './links-innermost.ts'
import { type EachKey, lowerBound, SliceByKey } from './links-keys.ts'

/** What readers told of each slice, in order of slice ids; here until links are made. */
export const TOLD = { correlation: 'told-correlation', operator: 'told-operator', detail: 'told-detail' } as const
/** Calls and what they launched, sorted by call: u32 slice ids. */
export const LAUNCHES = { call: 'launch-call', work: 'launch-work' } as const

/** A track as far as links go. */
export interface LinkedTrack {
  scope: string
  /** First slice, and how many: lanes of a track follow each other. */
  first: number
  slices: number
  lanes: readonly Lane[]
  /** Bit by category position: what is on it. */
  categories: number
}

const maskOf = (categories: readonly SliceCategory[]) =>
  categories.reduce((mask, category) => mask | (1 << CATEGORY[category]), 0)
const WORK = maskOf(DEVICE_WORK)
/** Synchronisation as the device saw it knows its call too, but is no work. */
const LAUNCHED = WORK | maskOf(['gpu-sync'])
const CALLS = maskOf(['runtime', 'sync'])
const OPERATORS = maskOf(['op', 'node', 'annotation'])
const holds = (mask: number, category: number) => (mask & (1 << category)) !== 0

/**
 * Joins device work with the call that launched it (link scope, correlation) and with the op it was done for, ops with
 * their forward ops, and writes columns `link` and `detail` and the launches by call.
 */
export class LinkWriter {
  linked = 0
  unlinked = 0
  readonly #storage: IndexStorage
  readonly #tracks: readonly LinkedTrack[]
  readonly #slices: number
  readonly #category: ColumnCursor
  readonly #correlation: ColumnCursor
  readonly #operator: ColumnCursor
  readonly #calls: ReadonlyMap<string, SliceByKey>
  readonly #operators: ReadonlyMap<string, SliceByKey>

  constructor(storage: IndexStorage, tracks: readonly LinkedTrack[], slices: number) {
    this.#storage = storage
    this.#tracks = tracks
    this.#slices = slices
    this.#category = new ColumnCursor(storage, 'category', 1, slices)
    this.#correlation = new ColumnCursor(storage, TOLD.correlation, 8, slices)
    this.#operator = new ColumnCursor(storage, TOLD.operator, 8, slices)
    this.#calls = this.#byKey(CALLS, TOLD.correlation)
    this.#operators = this.#byKey(OPERATORS, TOLD.operator)
  }

  /** Yields how much is done, 0..1. */
  *write(flows: FlowLinks): Generator<number, void> {
    yield 0.3
    const callsWithoutOp = this.#writeLinks(flows)
    yield 0.7
    this.#writeDetails(callsWithoutOp, this.#opsOf(callsWithoutOp))
    for (const section of Object.values(TOLD)) this.#storage.remove(section)
  }

  /** Slices of some categories by a number told with them, for each scope in which there is device work. */
  #byKey(categories: number, column: string): Map<string, SliceByKey> {
    const scopes = new Set(this.#tracks.filter(track => (track.categories & LAUNCHED) !== 0).map(({ scope }) => scope))
    const maps = new Map<string, SliceByKey>()
    for (const scope of scopes) {
      const tracks = this.#tracks.filter(track => track.scope === scope && (track.categories & categories) !== 0)
      const keyOf = new ColumnCursor(this.#storage, column, 8, this.#slices)
      const each: EachKey = take => {
        for (const { first, slices } of tracks)
          for (let slice = first; slice < first + slices; slice++) {
            if (!holds(categories, this.#category.at(slice))) continue
            const key = keyOf.at(slice)
            if (key !== 0) take(slice, key)
          }
      }
      maps.set(scope, new SliceByKey(each))
    }
    return maps
  }

  /** @returns calls, ascending, that launched work which does not name its op */
  #writeLinks({ targets, origins }: FlowLinks): Uint32Array {
    const writer = new ColumnWriter(this.#storage, 'link', 4)
    const pairs = new LaunchPairs(this.#storage)
    const asked = new Uint32Array(Math.ceil(this.#slices / 32))
    let flow = 0
    for (const { scope, first, slices, categories } of this.#tracks) {
      const end = first + slices
      const calls = this.#calls.get(scope)
      const operators = this.#operators.get(scope)
      for (let slice = first; slice < end; slice++) {
        while ((targets[flow] ?? Number.POSITIVE_INFINITY) < slice) flow++
        const launched = (categories & LAUNCHED) !== 0
        if (!launched && targets[flow] !== slice) {
          // Nothing to say until the next target of a flow.
          const next = Math.min(end, targets[flow] ?? end)
          writer.zeros(next - slice)
          slice = next - 1
          continue
        }
        const category = this.#category.at(slice)
        if (!holds(LAUNCHED, category)) {
          writer.push(targets[flow] === slice ? (origins[flow] ?? 0) : 0)
          continue
        }
        const call = calls?.get(this.#correlation.at(slice)) ?? 0
        writer.push(call)
        if (!holds(WORK, category)) continue
        if (call === 0) this.unlinked++
        else {
          this.linked++
          pairs.add(call - 1, slice)
          if ((operators?.get(this.#operator.at(slice)) ?? 0) === 0) mark(asked, call - 1)
        }
      }
    }
    writer.flush()
    pairs.finish()
    return marked(asked)
  }

  /** The op a call was made for, as slice + 1: the one it names, else the deepest op around its start. */
  #opsOf(calls: Uint32Array): Uint32Array {
    const ops = new Uint32Array(calls.length)
    for (const track of this.#tracks) {
      const [from, to] = [lowerBound(calls, track.first), lowerBound(calls, track.first + track.slices)]
      if (from === to) continue
      const operators = this.#operators.get(track.scope)
      const unnamed: number[] = []
      for (let at = from; at < to; at++) {
        ops[at] = operators?.get(this.#operator.at(calls[at] ?? 0)) ?? 0
        if (ops[at] === 0) unnamed.push(at)
      }
      if (unnamed.length === 0 || !holds(track.categories, CATEGORY.op)) continue
      const startOf = new ColumnCursor(this.#storage, 'start', 8, this.#slices)
      const starts = Float64Array.from(unnamed, at => startOf.at(calls[at] ?? 0))
      const order = countingUp(unnamed.length)
      sortByRuns(order, new Uint32Array(order.length), starts)
      const times = Float64Array.from(order, at => starts[at] ?? 0)
      const found = innermostAt(this.#storage, track.lanes, times, category => category === CATEGORY.op)
      order.forEach((at, place) => {
        ops[unnamed[at] ?? 0] = found[place] ?? 0
      })
    }
    return ops
  }

  #writeDetails(calls: Uint32Array, ops: Uint32Array): void {
    const writer = new ColumnWriter(this.#storage, 'detail', 4)
    const told = new ColumnCursor(this.#storage, TOLD.detail, 4, this.#slices)
    const link = new ColumnCursor(this.#storage, 'link', 4, this.#slices)
    for (const { scope, first, slices, categories } of this.#tracks) {
      const operators = this.#operators.get(scope)
      const work = (categories & WORK) !== 0
      for (let slice = first; slice < first + slices; slice++) {
        if (!work || !holds(WORK, this.#category.at(slice))) {
          writer.push(told.at(slice))
          continue
        }
        const own = operators?.get(this.#operator.at(slice)) ?? 0
        const call = link.at(slice)
        writer.push(own > 0 || call === 0 ? own : opOf(calls, ops, call - 1))
      }
    }
    writer.flush()
  }
}

function opOf(calls: Uint32Array, ops: Uint32Array, call: number): number {
  const at = lowerBound(calls, call)
  return calls[at] === call ? (ops[at] ?? 0) : 0
}

function mark(bits: Uint32Array, at: number): void {
  bits[at >>> 5] = (bits[at >>> 5] ?? 0) | (1 << (at & 31))
}

function marked(bits: Uint32Array): Uint32Array {
  let count = 0
  for (let word of bits) for (; word !== 0; word &= word - 1) count++
  const found = new Uint32Array(count)
  let next = 0
  bits.forEach((word, at) => {
    for (let bit = 0; word !== 0 && bit < 32; bit++) if ((word & (1 << bit)) !== 0) found[next++] = at * 32 + bit
  })
  return found
}

const AS_FOUND = { call: 'found-call', work: 'found-work' } as const

/** Pairs as they are found, by work; written by call. */
class LaunchPairs {
  readonly #storage: IndexStorage
  readonly #call: ColumnWriter
  readonly #work: ColumnWriter

  constructor(storage: IndexStorage) {
    this.#storage = storage
    this.#call = new ColumnWriter(storage, AS_FOUND.call, 4)
    this.#work = new ColumnWriter(storage, AS_FOUND.work, 4)
  }

  add(call: number, work: number): void {
    this.#call.push(call)
    this.#work.push(work)
  }

  finish(): void {
    this.#call.flush()
    this.#work.flush()
    const { count } = this.#call
    const keys = Float64Array.from(readU32(this.#storage, AS_FOUND.call, 0, count))
    const order = countingUp(count)
    sortByRuns(order, new Uint32Array(count), keys)
    const values = new Uint32Array(keys.buffer, 0, count)
    for (const [found, section] of [
      [AS_FOUND.call, LAUNCHES.call],
      [AS_FOUND.work, LAUNCHES.work],
    ] as const) {
      this.#storage.read(found, 0, new Uint8Array(values.buffer, 0, count * 4))
      const writer = new ColumnWriter(this.#storage, section, 4)
      writer.pushAll(values, order)
      writer.flush()
    }
    for (const section of Object.values(AS_FOUND)) this.#storage.remove(section)
  }
}
