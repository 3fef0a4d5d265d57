import type { SliceColumn, TraceIndex } from './define.ts'

const PAGE_SLICES = 4096
const PAGES = 64

/** Single values of a column, where most asked one after another lie near each other: a call and its launch. */
export class CachedColumn {
  readonly #index: TraceIndex
  readonly #column: SliceColumn
  readonly #pages: (ArrayLike<number> | undefined)[] = new Array<undefined>(PAGES)
  readonly #numbers = new Int32Array(PAGES).fill(-1)

  constructor(index: TraceIndex, column: SliceColumn) {
    this.#index = index
    this.#column = column
  }

  at(slice: number): number {
    const number = Math.floor(slice / PAGE_SLICES)
    const place = number % PAGES
    let page = this.#numbers[place] === number ? this.#pages[place] : undefined
    if (page === undefined) {
      const first = number * PAGE_SLICES
      page = this.#index.read(this.#column, first, Math.min(PAGE_SLICES, this.#index.manifest.slices - first))
      this.#pages[place] = page
      this.#numbers[place] = number
    }
    return page[slice - number * PAGE_SLICES] ?? 0
  }
}
