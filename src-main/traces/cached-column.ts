import { type ColumnOf, SLICE_COLUMNS, type SliceColumn, type TraceIndex } from './define.ts'

const PAGE_SLICES = 1024
/** Two pages each: calls of two lanes that go side by side must not push each other out. */
const SETS = 128

const shared = new WeakMap<TraceIndex, Map<SliceColumn, CachedColumn>>()

/** The one that all who ask this index share: the figures of many steps ask for the same pages. */
export function cachedColumn(index: TraceIndex, column: SliceColumn): CachedColumn {
  let columns = shared.get(index)
  if (columns === undefined) {
    columns = new Map()
    shared.set(index, columns)
  }
  let found = columns.get(column)
  if (found === undefined) {
    found = new CachedColumn(index, column)
    columns.set(column, found)
  }
  return found
}

/** Single values of a column, where most asked one after another lie near each other: a call and its launch. */
export class CachedColumn {
  readonly #index: TraceIndex
  readonly #column: SliceColumn
  readonly #pages: ColumnOf<SliceColumn>[] = []
  readonly #numbers = new Int32Array(2 * SETS).fill(-1)
  /** Of each set, which of its two pages was asked last. */
  readonly #latest = new Uint8Array(SETS)

  constructor(index: TraceIndex, column: SliceColumn) {
    this.#index = index
    this.#column = column
  }

  at(slice: number): number {
    const number = Math.floor(slice / PAGE_SLICES)
    const set = number % SETS
    let place = 2 * set + (this.#latest[set] ?? 0)
    if (this.#numbers[place] !== number) {
      place ^= 1
      this.#latest[set] = place & 1
      if (this.#numbers[place] !== number) this.#load(number, place)
    }
    return this.#pages[place]?.[slice - number * PAGE_SLICES] ?? 0
  }

  #load(number: number, place: number): void {
    const first = number * PAGE_SLICES
    const page = this.#pages[place] ?? new SLICE_COLUMNS[this.#column](PAGE_SLICES)
    this.#index.readInto(this.#column, first, Math.min(PAGE_SLICES, this.#index.manifest.slices - first), page)
    this.#pages[place] = page
    this.#numbers[place] = number
  }
}
