import { EngineError } from '#domain/errors.ts'
import type { TableColumn, TableSource, TraceSink } from '#domain/trace-feed.ts'
import { type EventTable, MAX_ROWS } from './places.ts'
import type { StringIds } from './string-ids.ts'
import type { Tracks } from './tracks.ts'

/** globalTid and globalPid: the process (with machine) in the upper 40 bits, the thread in the lower 24. */
export const PROCESS = { shift: 24, bits: 40 } as const
export const THREAD = { shift: 0, bits: 24 } as const

/** What every part of the reader works with. */
export interface NsysFeed {
  tables: TableSource
  sink: TraceSink
  strings: StringIds
  tracks: Tracks
  /** Counted and said at the end. */
  tally: Tally
  signal?: AbortSignal
}

/** Things worth one sentence however often they happen. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(what: string, count = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + count)
  }

  say(sink: TraceSink): void {
    for (const [what, count] of this.#counts) sink.notice(`${count} ${what}`)
  }
}

/** A wanted column; the first of several names that the table has. */
export type Wanted = string | { column: string; shift: number; bits: number } | readonly string[]

export function has(tables: TableSource, table: string, column: string): boolean {
  return tables.tables.get(table)?.includes(column) === true
}

/** A column for SQL, or NULL where this version of nsys does not have it. */
export function columnOr(tables: TableSource, table: string, column: string): string {
  return has(tables, table, column) ? `"${column}"` : 'NULL'
}

/** What `read` gives; a damaged table costs what it says, not the trace. */
export function readOr<T>(sink: Pick<TraceSink, 'unread'>, read: () => T, otherwise: T): T {
  try {
    return read()
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.code !== 'FORMAT_BROKEN') throw thrown
    sink.unread('damaged part of the database', thrown.data.detail ?? thrown.message)
    return otherwise
  }
}

/**
 * Every row of an event table by columns; a column that this version of nsys does not have is all NaN. A damaged table
 * is read as far as that goes, the rest counted.
 */
export async function eachBatch<Key extends string>(
  { tables, sink, signal }: Pick<NsysFeed, 'tables' | 'signal'> & { sink: Pick<TraceSink, 'unread'> },
  table: EventTable,
  wanted: Readonly<Record<Key, Wanted>>,
  onBatch: (columns: Readonly<Record<Key, Float64Array>>, rowIds: Float64Array, count: number) => void,
): Promise<void> {
  const names = tables.tables.get(table)
  if (names === undefined) return
  const keys = Object.keys(wanted) as Key[]
  const present: TableColumn[] = []
  const place = new Map<Key, number>()
  for (const key of keys) {
    const column = columnIn(names, wanted[key])
    if (column !== undefined) place.set(key, present.push(column) - 1)
  }
  let absent = new Float64Array(0)
  try {
    await tables.scan(
      table,
      present,
      (columns, rowIds, count) => {
        for (let i = 0; i < count; i++) {
          // What a damaged page gives; such a row cannot be found again.
          if (!(at(rowIds, i) >= 0 && at(rowIds, i) < MAX_ROWS)) rowIds[i] = 0
        }
        if (absent.length < count) absent = new Float64Array(count).fill(Number.NaN)
        const byKey = {} as Record<Key, Float64Array>
        for (const key of keys) byKey[key] = columns[place.get(key) ?? -1] ?? absent
        onBatch(byKey, rowIds, count)
      },
      signal,
    )
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.code !== 'FORMAT_BROKEN') throw thrown
    sink.unread('damaged part of the database', `${table}: ${thrown.data.detail ?? thrown.message}`)
  }
}

function columnIn(names: readonly string[], wanted: Wanted): TableColumn | undefined {
  if (typeof wanted === 'string') return names.includes(wanted) ? wanted : undefined
  // Not `'shift' in wanted`: arrays have a method of that name.
  if ('column' in wanted) return names.includes(wanted.column) ? wanted : undefined
  return wanted.find(name => names.includes(name))
}

const MAX_TIME = Number.MAX_SAFE_INTEGER

export function isTime(start: number, end: number): boolean {
  if (!Number.isInteger(start) || !Number.isInteger(end)) return false
  return start >= -MAX_TIME && start <= MAX_TIME && end >= -MAX_TIME && end <= MAX_TIME
}

/** Whether a row has a time that can be drawn; else it is counted as unread. */
export function isTimed({ sink }: NsysFeed, table: EventTable, rowId: number, start: number, end: number): boolean {
  if (isTime(start, end)) return true
  const hasNone = Number.isNaN(start) || Number.isNaN(end)
  sink.unread(hasNone ? 'no start or end' : 'time out of range', `${table} row ${rowId}`)
  return false
}

export function durationOf({ tally }: NsysFeed, start: number, end: number): number {
  if (end >= start) return end - start
  tally.add('events end before they start; they are shown without length')
  return 0
}

/** 0, which is no correlation, for whatever is no id: NULL, text, a fraction. */
export function idOf(value: number): number {
  return value > 0 && Number.isSafeInteger(value) ? value : 0
}

export function at(column: Float64Array, i: number): number {
  return column[i] ?? Number.NaN
}

/** What the map has for the key, made when it has nothing. */
export function known<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key)
  if (value !== undefined) return value
  const made = make()
  map.set(key, made)
  return made
}
