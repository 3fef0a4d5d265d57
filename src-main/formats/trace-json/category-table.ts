import { CATEGORY } from '#domain/trace-category.ts'
import { plainText } from './json-string.ts'
import { type Dialect, type Meaning, meaningOf, sliceCategory } from './meanings.ts'

const SLOTS = 1024
const MAX_KNOWN = SLOTS / 2

/** A category as it stands in the file. */
export interface KnownCategory {
  text: string
  meaning: Meaning
  /** Slice category + 1 by name id; 0: not looked at yet. */
  byName: Uint8Array
}

/** Categories by their bytes: each is decoded and looked up once. */
export class CategoryTable {
  readonly none: KnownCategory
  readonly #dialect: Dialect
  readonly #slots: ({ bytes: Uint8Array; known: KnownCategory } | undefined)[] = new Array(SLOTS).fill(undefined)
  #count = 0

  constructor(dialect: Dialect) {
    this.#dialect = dialect
    this.none = { text: '', meaning: 'other', byName: new Uint8Array(0) }
  }

  at(bytes: Uint8Array, from: number, to: number): KnownCategory {
    const length = to - from
    if (length <= 0) return this.none
    const first = bytes[from] ?? 0
    const middle = bytes[from + (length >> 1)] ?? 0
    const last = bytes[to - 1] ?? 0
    let slot = (length * 131 + first * 31 + middle * 7 + last) & (SLOTS - 1)
    for (;;) {
      const entry = this.#slots[slot]
      if (entry === undefined) return this.#learn(slot, bytes, from, to)
      if (entry.bytes.length === length && isSame(entry.bytes, bytes, from)) return entry.known
      slot = (slot + 1) & (SLOTS - 1)
    }
  }

  #learn(slot: number, bytes: Uint8Array, from: number, to: number): KnownCategory {
    const text = plainText(bytes, from, to)
    const known = { text, meaning: meaningOf(text, this.#dialect), byName: new Uint8Array(0) }
    if (this.#count < MAX_KNOWN && to - from < 200) {
      this.#count++
      this.#slots[slot] = { bytes: bytes.slice(from, to), known }
    }
    return known
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false
  return true
}

/** Ids beyond are looked up each time: a file with so many names has few of each. */
const MAX_REMEMBERED = 2 ** 22

/** Position in SLICE_CATEGORIES for a name under a category. */
export function categoryOfName(known: KnownCategory, name: number, text: () => string): number {
  const remembered = known.byName[name] ?? 0
  if (remembered > 0) return remembered - 1
  const category = CATEGORY[sliceCategory(known.meaning, text())]
  if (name < MAX_REMEMBERED) {
    if (name >= known.byName.length) {
      const larger = new Uint8Array(Math.max(256, 2 ** Math.ceil(Math.log2(name + 1))))
      larger.set(known.byName)
      known.byName = larger
    }
    known.byName[name] = category + 1
  }
  return category
}
