import { EngineError } from '#domain/errors.ts'
import { CUT_OFF, type TraceSink } from '#domain/trace-feed.ts'
import { type Boundary, endOfList, indexOfText, nextEvent } from './boundary.ts'
import { ByteWindow } from './byte-window.ts'
import { dialectInHead } from './dialect.ts'
import { EventScanner } from './event-scanner.ts'
import { place } from './event-times.ts'
import { HEAD_MEMBERS, Head, MAX_HEAD_BYTES } from './head.ts'
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  skipSpace,
  stringEnd,
  valueEnd,
} from './json-bytes.ts'
import { plainText, unescapeJson } from './json-string.ts'
import type { Dialect } from './meanings.ts'
import { mendEvent, NO_EVENT, NO_JSON } from './mended-event.ts'
import { probe } from './probe.ts'
import { MAX_EVENT_BYTES } from './read-event.ts'
import { Teller } from './teller.ts'
import { Tracks } from './tracks.ts'
import { ValueSkipper } from './value-skipper.ts'

/**
 * Where in the file the reading is. `lost` and `lost-member`: in something broken, looking for the next event or the
 * list of events; `rest`: after the trace.
 */
type State = 'start' | 'members' | 'events' | 'skip-member' | 'skip-event' | 'lost' | 'lost-member' | 'rest'

const TOOLS: Readonly<Record<Dialect, string>> = {
  kineto: 'torch.profiler',
  ort: 'ONNX Runtime',
  chrome: 'Chrome trace',
}
const NEED_MORE = -1
const EVENTS_MEMBER = '"traceEvents"'
/** Kept of bytes that are being searched, so that what is looked for may lie across two parts. */
const OVERLAP_BYTES = 512
const TOO_LARGE = 'an event of more than 16 MiB'
/** Bytes that may be scanned in vain behind broken events before the search starts behind them instead. */
const MAX_VAIN_BYTES = 64 * 2 ** 20

/** A trace in Chrome's JSON format, read part by part as its bytes come. */
export class TraceDocument {
  readonly #sink: TraceSink
  readonly #tracks: Tracks
  readonly #head: Head
  readonly #window = new ByteWindow()
  readonly #scanner = new EventScanner()
  #dialect: Dialect | undefined
  #teller: Teller | undefined
  #state: State = 'start'
  #skipper = new ValueSkipper()
  /** Read on only when so many bytes are there: what was incomplete is not looked at again for every byte. */
  #wanted = 1
  #isObject = false
  #documents = 0
  #vainBytes = 0

  /** @param dialect what the file is known to be; undefined: told by what it holds */
  constructor(sink: TraceSink, dialect: Dialect | undefined) {
    this.#sink = sink
    this.#dialect = dialect
    this.#tracks = new Tracks(sink)
    this.#head = new Head(sink, this.#tracks)
    this.#scanner.use(this.#window.bytes)
  }

  add(chunk: Uint8Array): void {
    if (this.#window.append(chunk)) this.#scanner.use(this.#window.bytes)
    if (this.#window.pending >= this.#wanted) this.#advance(false)
  }

  /** No more bytes come. @throws EngineError FORMAT_BROKEN where there are no events */
  end(): void {
    this.#advance(true)
    const where = place(this.#window.offset + this.#window.start)
    const teller = this.#teller
    if (teller === undefined) {
      throw new EngineError('FORMAT_BROKEN', 'There are no trace events in this file', {
        where,
        hint: 'A trace holds a list "traceEvents", or is such a list. Was it written to its end?',
      })
    }
    const isClosed = this.#state === 'start' || this.#state === 'rest'
    if (!isClosed) {
      const isBareEnd = !this.#isObject && this.#state === 'events' && this.#window.pending === 0
      if (isBareEnd) this.#sink.notice('The list of events is not closed: the file may be cut off.')
      else {
        this.#sink.unread(CUT_OFF, where)
        this.#sink.notice(`The file is cut off at ${where}: what stands before it was read.`)
      }
    }
    this.cancel()
  }

  /** Tells what is known only after the last event; what was read stands. */
  cancel(): void {
    const teller = this.#teller
    if (teller === undefined) return
    teller.end()
    const baseUnixNs = teller.clock.unixNs(this.#head.baseNs)
    this.#sink.origin({ ...(baseUnixNs === undefined ? {} : { baseUnixNs }) })
  }

  #advance(isLast: boolean): void {
    for (;;) {
      const next = this.#step(this.#window.start, isLast)
      if (next === NEED_MORE) break
      this.#window.start = next
    }
    const { pending } = this.#window
    this.#wanted = Math.max(pending + 1, Math.min(2 * pending, MAX_EVENT_BYTES + 1))
  }

  /** Reads from `p` on. @returns where to go on, or NEED_MORE with the window's start at what is kept */
  #step(p: number, isLast: boolean): number {
    switch (this.#state) {
      case 'start':
        return this.#start(p)
      case 'members':
        return this.#member(p, isLast)
      case 'events':
        return this.#teller === undefined && !this.#startTelling(p, isLast) ? NEED_MORE : this.#events(p, isLast)
      case 'skip-member':
        return this.#skipRest(p, 'members')
      case 'skip-event':
        return this.#skipRest(p, 'events')
      case 'lost': {
        const { view } = this.#scanner
        const boundary = nextEvent(view, p, this.#window.end)
        if (boundary === undefined) return this.#keep(OVERLAP_BYTES)
        this.#state = 'events'
        return boundary.next
      }
      case 'lost-member': {
        const at = indexOfText(this.#scanner.view, EVENTS_MEMBER, p, this.#window.end)
        if (at < 0) return this.#keep(EVENTS_MEMBER.length)
        this.#state = 'members'
        return at
      }
      case 'rest':
        return this.#keep(0)
    }
  }

  #keep(bytes: number): number {
    this.#window.start = Math.max(this.#window.start, this.#window.end - bytes)
    return NEED_MORE
  }

  #skipRest(p: number, after: State): number {
    const end = this.#skipper.skip(this.#window.bytes, p, this.#window.end)
    if (end < 0) return this.#keep(0)
    this.#state = after
    return end
  }

  #start(at: number): number {
    const { view } = this.#scanner
    const end = this.#window.end
    let p = at
    if (view.getUint8(p) === 0xef && p + 3 <= end) p += 3
    p = skipSpace(view, p)
    if (p >= end) return this.#documents === 0 && p - at < OVERLAP_BYTES ? NEED_MORE : this.#keep(0)
    const c = view.getUint8(p)
    if (c === OPEN_OBJECT || c === OPEN_LIST) {
      if (++this.#documents === 2) this.#sink.notice('More than one trace in this file: all were read as one.')
      this.#isObject = c === OPEN_OBJECT
      this.#state = this.#isObject ? 'members' : 'events'
      return p + 1
    }
    if (this.#documents === 0 && c !== 0xef) {
      throw new EngineError('FORMAT_BROKEN', 'This is not JSON', { where: place(this.#window.offset + p) })
    }
    if (this.#documents === 0) return NEED_MORE
    this.#sink.unread('bytes after the end of the trace', place(this.#window.offset + p))
    this.#state = 'rest'
    return p
  }

  /** A member of the trace's object, or its end. */
  #member(at: number, isLast: boolean): number {
    const { view, bytes } = this.#scanner
    const { end } = this.#window
    let p = skipSpace(view, at)
    while (view.getUint8(p) === COMMA) p = skipSpace(view, p + 1)
    if (p >= end) return NEED_MORE
    if (view.getUint8(p) === CLOSE_OBJECT) {
      this.#state = 'start'
      return p + 1
    }
    if (view.getUint8(p) !== QUOTE) return this.#lostMember(p)
    const nameEnd = stringEnd(view, p + 1)
    const colon = skipSpace(view, nameEnd + 1)
    const from = skipSpace(view, colon + 1)
    if (from >= end) return this.#incompleteMember(p, isLast)
    if (view.getUint8(colon) !== COLON) return this.#lostMember(p)
    const name = unescapeJson(plainText(bytes, p + 1, nameEnd))
    this.#dialect ??= dialectInHead(name)
    if (name === 'traceEvents' && view.getUint8(from) === OPEN_LIST) {
      this.#state = 'events'
      return from + 1
    }
    const valueTo = valueEnd(view, from)
    if (valueTo < 0 ? -1 - valueTo >= end : valueTo >= end) return this.#incompleteMember(from, isLast)
    if (valueTo < 0) return this.#lostMember(from)
    const next = view.getUint8(skipSpace(view, valueTo))
    if (next !== COMMA && next !== CLOSE_OBJECT && skipSpace(view, valueTo) < end) return this.#lostMember(from)
    if (HEAD_MEMBERS.has(name) && valueTo - from <= MAX_HEAD_BYTES) {
      this.#head.member(name, plainText(bytes, from, valueTo))
    }
    return valueTo
  }

  #incompleteMember(valueFrom: number, isLast: boolean): number {
    if (isLast || this.#window.pending <= MAX_EVENT_BYTES) return NEED_MORE
    this.#skipper = new ValueSkipper()
    this.#state = 'skip-member'
    return valueFrom
  }

  #lostMember(p: number): number {
    this.#sink.unread('what stands beside the events is broken JSON', place(this.#window.offset + p))
    this.#state = this.#teller === undefined ? 'lost-member' : 'rest'
    return p + 1
  }

  /** @returns false when more bytes are needed */
  #startTelling(from: number, isLast: boolean): boolean {
    const probed = probe(this.#scanner, from, this.#window.end, isLast)
    if (probed === undefined) return false
    const dialect = this.#dialect ?? probed.dialect ?? 'chrome'
    this.#sink.origin({ tool: TOOLS[dialect], facts: {} })
    this.#teller = new Teller(this.#sink, this.#tracks, dialect)
    this.#teller.clock.set(probed.stampsUs)
    return true
  }

  /** The hot loop: event after event, as long as whole ones are there. */
  #events(from: number, isLast: boolean): number {
    const scanner = this.#scanner
    const teller = this.#teller
    const { view } = scanner
    const { end, offset } = this.#window
    let p = from
    for (;;) {
      const c = view.getUint8(p)
      if (c === OPEN_OBJECT) {
        const next = scanner.scan(p)
        if (next < 0) return scanner.stop >= end ? this.#incompleteEvent(p, isLast) : this.#broken(p, isLast)
        if (next - p > MAX_EVENT_BYTES) this.#sink.unread(TOO_LARGE, place(offset + p))
        else teller?.tell(scanner, offset + p)
        p = next
      } else if (c === COMMA) p++
      else if (c <= 0x20) p = Math.max(p + 1, skipSpace(view, p))
      else if (p >= end) {
        this.#window.start = end
        return NEED_MORE
      } else if (c === CLOSE_LIST) {
        this.#state = this.#isObject ? 'members' : 'start'
        return p + 1
      } else if (c === CLOSE_OBJECT && this.#isObject) {
        this.#state = 'members'
        return p
      } else {
        const next = valueEnd(view, p)
        if (next < 0 ? -1 - next >= end : next >= end) return this.#incompleteEvent(p, isLast)
        if (next < 0) return this.#broken(p, isLast)
        this.#sink.unread(NO_EVENT, place(offset + p))
        p = Math.max(next, p + 1)
      }
    }
  }

  #incompleteEvent(p: number, isLast: boolean): number {
    this.#window.start = p
    if (isLast || this.#window.end - p <= MAX_EVENT_BYTES) return NEED_MORE
    this.#sink.unread(TOO_LARGE, place(this.#window.offset + p))
    this.#skipper = new ValueSkipper()
    this.#state = 'skip-event'
    return p
  }

  /** An event whose JSON is broken at the scanner's stop: mends it, or counts it and goes on after it. */
  #broken(p: number, isLast: boolean): number {
    const { view, bytes } = this.#scanner
    const { end } = this.#window
    const stop = Math.min(end, Math.max(p + 1, this.#scanner.stop))
    const boundary = this.#boundary(p, stop, isLast)
    if (boundary === undefined) {
      this.#window.start = p
      if (isLast) return this.#cutInside(p)
      if (end - p <= MAX_EVENT_BYTES) return NEED_MORE
      this.#sink.unread(TOO_LARGE, place(this.#window.offset + p))
      this.#state = 'lost'
      return p + 1
    }
    const source = this.#window.offset + p
    const mended = mendEvent(bytes, view, p, boundary.end)
    const next = mended.next ?? boundary.next
    this.#vainBytes += Math.max(0, Math.max(stop, boundary.end) - next)
    for (const reason of mended.unread) this.#sink.unread(reason, place(source))
    if (mended.event) {
      this.#teller?.tallies.add('mended')
      this.#teller?.tell(mended.event, source)
    }
    return next
  }

  #boundary(p: number, stop: number, isLast: boolean): Boundary | undefined {
    const { view } = this.#scanner
    const { end } = this.#window
    const found = nextEvent(view, this.#vainBytes > MAX_VAIN_BYTES ? stop : p + 1, end)
    if (found !== undefined || (!isLast && end - p <= MAX_EVENT_BYTES)) return found
    return endOfList(view, stop, end) ?? endOfList(view, p + 1, end)
  }

  #cutInside(p: number): number {
    this.#sink.unread(NO_JSON, place(this.#window.offset + p))
    return this.#keep(0)
  }
}
