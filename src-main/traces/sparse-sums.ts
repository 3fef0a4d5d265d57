const PAGE = 4096

/** A number for some slices of many: pages come into being where something is added. */
export class SparseSums {
  readonly #pages = new Map<number, Float64Array>()

  add(slice: number, value: number): void {
    const number = Math.floor(slice / PAGE)
    let page = this.#pages.get(number)
    if (page === undefined) {
      page = new Float64Array(PAGE)
      this.#pages.set(number, page)
    }
    const at = slice - number * PAGE
    page[at] = (page[at] ?? 0) + value
  }

  /** 0 where nothing was added. */
  at(slice: number): number {
    const number = Math.floor(slice / PAGE)
    return this.#pages.get(number)?.[slice - number * PAGE] ?? 0
  }
}
