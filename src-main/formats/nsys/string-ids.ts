import { EngineError } from '#domain/errors.ts'
import type { TableSource, TraceSink } from '#domain/trace-feed.ts'

/** Longer names are cut: template arguments run long, but not this long. */
const MAX_CHARS = 65_536
const IDS_PER_QUERY = 500
export const UNNAMED = 'unnamed'

/** Names of events, read from StringIds when first needed, so that a table of any size costs what is used of it. */
export class StringIds {
  readonly #tables: TableSource
  readonly #sink: Pick<TraceSink, 'unread'>
  readonly #texts = new Map<number, string>()
  /** The same for small ids, quicker to ask than the map: every row of every event does. */
  readonly #isLoaded = new Uint8Array(65_536)
  readonly #isThere: boolean

  constructor(tables: TableSource, sink: Pick<TraceSink, 'unread'>) {
    this.#tables = tables
    this.#sink = sink
    const columns = tables.tables.get('StringIds') ?? []
    this.#isThere = columns.includes('id') && columns.includes('value')
  }

  /** Reads the texts of a column's ids, those not yet known, a few hundred a query. */
  load(ids: Float64Array, count: number): void {
    const missing = new Set<number>()
    for (let i = 0; i < count; i++) {
      const id = ids[i] ?? Number.NaN
      if (this.#isLoaded[id] === 1) continue
      if (Number.isSafeInteger(id) && !this.#texts.has(id)) missing.add(id)
    }
    const wanted = [...missing]
    for (let from = 0; from < wanted.length; from += IDS_PER_QUERY)
      this.#query(wanted.slice(from, from + IDS_PER_QUERY))
  }

  /** After `load`. An id without text is named after itself. */
  text(id: number): string {
    return (this.#texts.get(id) ?? (Number.isNaN(id) ? '' : `string ${id}`)) || UNNAMED
  }

  /** One text; for small tables. */
  textOf(id: number): string {
    this.load(Float64Array.of(id), 1)
    return this.text(id)
  }

  #query(ids: readonly number[]): void {
    if (this.#isThere) {
      try {
        for (const { id, value } of this.#tables.rows(
          `SELECT id, substr(value, 1, ${MAX_CHARS}) AS value FROM StringIds WHERE id IN (${ids.join(',')})`,
        )) {
          if (typeof id === 'number' && value !== null) this.#texts.set(id, String(value))
        }
      } catch (thrown) {
        if (!(thrown instanceof EngineError) || thrown.code !== 'FORMAT_BROKEN') throw thrown
        this.#sink.unread('damaged part of the database', `StringIds: ${thrown.data.detail ?? thrown.message}`)
      }
    }
    for (const id of ids) {
      this.#isLoaded[id] = 1
      if (this.#texts.has(id)) continue
      this.#texts.set(id, `string ${id}`)
      this.#sink.unread('name is not in the database', `StringIds id ${id}`)
    }
  }
}
