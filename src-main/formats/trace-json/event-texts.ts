import { NONE, type TraceSink } from '#domain/trace-feed.ts'
import { categoryOfName, type KnownCategory } from './category-table.ts'
import type { EventScanner } from './event-scanner.ts'
import { NUMBER, TEXT } from './fields.ts'
import { hasOnlyValidEscapes, plainText, unescapeJson } from './json-string.ts'
import type { Tallies } from './tallies.ts'
import { idText } from './tracks.ts'

/** Ids that no double holds get numbers from here on, in order of appearance. */
const TEXT_IDS_FROM = 2 ** 52
const UNNAMED = '(unnamed)'

/** Names, categories and ids of events as a sink takes them: numbers, with a text made only where there is no other way. */
export class EventTexts {
  readonly #sink: TraceSink
  readonly #tallies: Tallies
  readonly #textIds = new Map<string, number>()

  constructor(sink: TraceSink, tallies: Tallies) {
    this.#sink = sink
    this.#tallies = tallies
  }

  /** Id of the event's name. */
  name(event: EventScanner): number {
    const from = event.from[TEXT.name] ?? 0
    const to = event.to[TEXT.name] ?? 0
    if (from === to) return this.#sink.name(UNNAMED)
    if ((event.escaped & (1 << TEXT.name)) === 0) return this.#sink.nameOfBytes(event.bytes, from, to)
    const inside = plainText(event.bytes, from, to)
    if (!hasOnlyValidEscapes(inside)) this.#tallies.add('badEscape')
    return this.#sink.name(unescapeJson(inside) || UNNAMED)
  }

  /** '' where there is none. */
  text(event: EventScanner, field: number): string {
    const from = event.from[field] ?? 0
    const to = event.to[field] ?? 0
    return from === to ? '' : unescapeJson(plainText(event.bytes, from, to))
  }

  /** Position of the slice category: of the event's own, and for some of the name. */
  category(category: KnownCategory, name: number, event: EventScanner): number {
    const remembered = category.byName[name] ?? 0
    return remembered > 0 ? remembered - 1 : categoryOfName(category, name, () => this.text(event, TEXT.name))
  }

  /** Id of an op's input shapes as they stand, or NONE. */
  shapes(event: EventScanner): number {
    const from = event.from[TEXT.shapes] ?? 0
    const to = event.to[TEXT.shapes] ?? 0
    return from === to ? NONE : this.#sink.nameOfBytes(event.bytes, from, to)
  }

  correlation(event: EventScanner): number {
    return this.#id(event, NUMBER.correlation, TEXT.correlation)
  }

  operator(event: EventScanner): number {
    return this.#id(event, NUMBER.operator, TEXT.operator)
  }

  /** An id as a number from 1; those that no double holds are numbered by their text. */
  #id(event: EventScanner, field: number, text: number): number {
    const value = event.numbers[field] ?? Number.NaN
    if (value > 0 && Number.isInteger(value)) return value
    if (!Number.isNaN(value) || event.to[text] === 0) return NONE
    const raw = idText(event, text)
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(raw) || raw === 'null' || raw.startsWith('-')) return NONE
    let id = this.#textIds.get(raw)
    if (id === undefined) {
      id = TEXT_IDS_FROM + this.#textIds.size
      this.#textIds.set(raw, id)
    }
    return id
  }
}
