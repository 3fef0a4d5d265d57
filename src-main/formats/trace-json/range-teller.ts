import type { TraceSink } from '#domain/trace-feed.ts'
import type { KnownCategory } from './category-table.ts'
import type { EventScanner } from './event-scanner.ts'
import type { EventTexts } from './event-texts.ts'
import { type EventTimes, place } from './event-times.ts'
import { TEXT } from './fields.ts'
import { type OpenRange, OpenRanges } from './open-ranges.ts'
import type { Tallies } from './tallies.ts'
import { idText, type Tracks } from './tracks.ts'

/** What tells the parts of an event. */
export interface EventParts {
  sink: TraceSink
  tracks: Tracks
  texts: EventTexts
  times: EventTimes
  tallies: Tallies
}

/** Slices told by two events: B and E of a thread, b and e of an id. */
export class RangeTeller {
  readonly #parts: EventParts
  readonly #ofThreads = new OpenRanges()
  readonly #ofIds = new OpenRanges()

  constructor(parts: EventParts) {
    this.#parts = parts
  }

  begin(event: EventScanner, category: KnownCategory, source: number): void {
    const { tracks, times } = this.#parts
    const startNs = times.start(event, source)
    if (Number.isNaN(startNs)) return
    const track = tracks.thread(event)
    if (!this.#ofThreads.begin(track, this.#open(track, startNs, event, category, source))) this.#tooMany(source)
  }

  end(event: EventScanner, source: number): void {
    const endNs = this.#parts.times.start(event, source)
    if (!Number.isNaN(endNs)) this.#close(this.#ofThreads.end(this.#parts.tracks.thread(event)), endNs, source)
  }

  beginOfId(event: EventScanner, category: KnownCategory, source: number): void {
    const startNs = this.#parts.times.start(event, source)
    if (Number.isNaN(startNs)) return
    const range = this.#open(this.trackOfId(event, category), startNs, event, category, source)
    if (!this.#ofIds.begin(keyOf(event, category), range)) this.#tooMany(source)
  }

  endOfId(event: EventScanner, category: KnownCategory, source: number): void {
    const endNs = this.#parts.times.start(event, source)
    if (!Number.isNaN(endNs)) this.#close(this.#ofIds.end(keyOf(event, category)), endNs, source)
  }

  trackOfId(event: EventScanner, category: KnownCategory): number {
    return this.#parts.tracks.async(idText(event, TEXT.pid), category.text || 'async')
  }

  /** Ends what is open at the end of the trace. */
  finish(): void {
    for (const range of [...this.#ofThreads.rest(), ...this.#ofIds.rest()]) {
      this.#parts.tallies.add('unended')
      this.#tell(range, Math.max(range.startNs, this.#parts.times.lastNs))
    }
  }

  #open(track: number, startNs: number, event: EventScanner, category: KnownCategory, source: number): OpenRange {
    const { texts } = this.#parts
    const name = texts.name(event)
    return {
      track,
      startNs,
      name,
      category: texts.category(category, name, event),
      correlation: texts.correlation(event),
      operator: texts.operator(event),
      detail: texts.shapes(event),
      source,
    }
  }

  #close(range: OpenRange | undefined, endNs: number, source: number): void {
    if (range) this.#tell(range, endNs)
    else this.#parts.sink.unread('an end without a begin', place(source))
  }

  #tell(range: OpenRange, endNs: number): void {
    const { track, startNs, name, category, correlation, operator, detail, source } = range
    if (endNs < startNs) this.#parts.tallies.add('endsFirst')
    const durationNs = Math.max(0, endNs - startNs)
    this.#parts.sink.slice(track, startNs, durationNs, name, category, correlation, operator, detail, source)
  }

  #tooMany(source: number): void {
    this.#parts.sink.unread('too many ranges without an end', place(source))
  }
}

function keyOf(event: EventScanner, category: KnownCategory): string {
  const process = idText(event, TEXT.pid)
  return `${category.text}\n${idText(event, TEXT.scope)}\n${process}\n${idText(event, TEXT.id)}`
}
