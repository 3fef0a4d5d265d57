import { CATEGORY } from '#domain/trace-category.ts'
import { NONE, type TraceSink } from '#domain/trace-feed.ts'
import { CategoryTable, type KnownCategory } from './category-table.ts'
import type { Clock } from './clock.ts'
import { CounterTeller } from './counter-teller.ts'
import type { EventScanner } from './event-scanner.ts'
import { EventTexts } from './event-texts.ts'
import { EventTimes, place } from './event-times.ts'
import { NUMBER, ODD, TEXT } from './fields.ts'
import type { Dialect } from './meanings.ts'
import { membersOf, shownValue } from './members.ts'
import { type EventParts, RangeTeller } from './range-teller.ts'
import { Tallies } from './tallies.ts'
import { idText, type Tracks } from './tracks.ts'

/** Phases as bytes. Source: "Trace Event Format", the Chromium project. */
const letter = (text: string) => text.charCodeAt(0)
const X = letter('X')
const B = letter('B')
const E = letter('E')
const I = letter('I')
const i = letter('i')
const R = letter('R')
const C = letter('C')
const M = letter('M')
const b = letter('b')
const e = letter('e')
const n = letter('n')
const s = letter('s')
const t = letter('t')
const f = letter('f')

const ORT_SUFFIX = '_kernel_time'
const ORT_FENCE = /_fence_(?:before|after)$/
const MAX_NAME = 300
const MAX_PROVIDERS = 8

/** Tells a sink what the scanner found, event by event. */
export class Teller {
  readonly tallies = new Tallies()
  readonly #sink: TraceSink
  readonly #dialect: Dialect
  readonly #categories: CategoryTable
  readonly #tracks: Tracks
  readonly #times: EventTimes
  readonly #texts: EventTexts
  readonly #ranges: RangeTeller
  readonly #counters: CounterTeller
  readonly #providers = new Set<string>()

  constructor(sink: TraceSink, tracks: Tracks, dialect: Dialect) {
    this.#sink = sink
    this.#tracks = tracks
    this.#dialect = dialect
    this.#categories = new CategoryTable(dialect)
    this.#times = new EventTimes(sink, this.tallies)
    this.#texts = new EventTexts(sink, this.tallies)
    const parts: EventParts = { sink, tracks, texts: this.#texts, times: this.#times, tallies: this.tallies }
    this.#ranges = new RangeTeller(parts)
    this.#counters = new CounterTeller(parts)
  }

  get clock(): Clock {
    return this.#times.clock
  }

  /** @param source offset of the event in the stream */
  tell(event: EventScanner, source: number): void {
    const category = this.#categories.at(event.bytes, event.from[TEXT.category] ?? 0, event.to[TEXT.category] ?? 0)
    if (event.odd !== 0) this.#countOdd(event.odd)
    switch (event.phase) {
      case X:
        this.#complete(event, category, source)
        break
      case M:
        this.#metadata(event)
        break
      case s:
      case t:
      case f:
        if (category.meaning !== 'launch-flow') this.#flow(event, category, source)
        break
      case i:
      case I:
      case R:
        this.#instant(event, category, source)
        break
      case C:
        this.#counters.counter(event, source)
        break
      case B:
        this.#ranges.begin(event, category, source)
        break
      case E:
        this.#ranges.end(event, source)
        break
      case b:
        this.#ranges.beginOfId(event, category, source)
        break
      case e:
        this.#ranges.endOfId(event, category, source)
        break
      case n:
        this.#moment(this.#ranges.trackOfId(event, category), event, category, source)
        break
      default:
        this.#sink.unread(event.phase === 0 ? 'an event without a phase' : phaseReason(event.phase), place(source))
    }
  }

  #complete(event: EventScanner, category: KnownCategory, source: number): void {
    const startNs = this.#times.start(event, source)
    if (Number.isNaN(startNs)) return
    const durationNs = this.#times.duration(event, startNs, source)
    if (Number.isNaN(durationNs)) return
    switch (category.meaning) {
      case 'kernel':
      case 'memcpy':
      case 'memset':
        this.#deviceWork(event, category, startNs, durationNs, source)
        break
      case 'gpu-annotation':
      case 'gpu-sync':
        this.#slice(this.#tracks.device(category.meaning, event), startNs, durationNs, event, category, source)
        break
      case 'overhead':
        this.#slice(this.#tracks.overhead(), startNs, durationNs, event, category, source)
        break
      case 'span':
        this.#sink.origin({ facts: { recordedNs: durationNs } })
        break
      case 'node':
        this.#node(event, startNs, durationNs, source)
        break
      default:
        this.#slice(this.#tracks.thread(event), startNs, durationNs, event, category, source)
    }
  }

  #slice(
    track: number,
    startNs: number,
    durationNs: number,
    event: EventScanner,
    category: KnownCategory,
    source: number,
  ): void {
    const texts = this.#texts
    const name = texts.name(event)
    this.#sink.slice(
      track,
      startNs,
      durationNs,
      name,
      texts.category(category, name, event),
      texts.correlation(event),
      texts.operator(event),
      texts.shapes(event),
      source,
    )
  }

  #deviceWork(event: EventScanner, category: KnownCategory, startNs: number, durationNs: number, source: number): void {
    const { numbers } = event
    // ONNX Runtime writes the process where others have the device; it uses one.
    if (this.#dialect === 'ort') numbers[NUMBER.device] = 0
    this.#slice(this.#tracks.device('stream', event), startNs, durationNs, event, category, source)
    if (category.meaning === 'kernel') {
      const blocks = numbers[NUMBER.blocks] ?? Number.NaN
      const threads = numbers[NUMBER.threads] ?? Number.NaN
      const registers = numbers[NUMBER.registers] ?? Number.NaN
      const shared = numbers[NUMBER.sharedBytes] ?? Number.NaN
      const occupancy = (numbers[NUMBER.occupancyPercent] ?? Number.NaN) / 100
      if (blocks >= 0 || threads >= 0 || registers >= 0)
        this.#sink.launch(blocks, threads, registers, shared, occupancy)
    } else {
      const bytes = numbers[NUMBER.bytes] ?? Number.NaN
      if (bytes >= 0) this.#sink.bytes(bytes)
    }
  }

  /** Older ONNX Runtime writes three events a node; the fences around it last nothing. */
  #node(event: EventScanner, startNs: number, durationNs: number, source: number): void {
    const text = this.#texts.text(event, TEXT.name)
    if (ORT_FENCE.test(text)) return
    const type = this.#texts.text(event, TEXT.opType)
    const name = text.endsWith(ORT_SUFFIX) ? text.slice(0, -ORT_SUFFIX.length) : text
    const provider = this.#texts.text(event, TEXT.provider)
    if (provider !== '' && this.#providers.size < MAX_PROVIDERS) this.#providers.add(provider)
    this.#sink.slice(
      this.#tracks.thread(event),
      startNs,
      durationNs,
      this.#sink.name(name || type || '(unnamed)'),
      CATEGORY.node,
      NONE,
      NONE,
      type === '' ? NONE : this.#sink.name(type),
      source,
    )
    this.#counters.inUse(event, startNs + durationNs)
  }

  #instant(event: EventScanner, category: KnownCategory, source: number): void {
    const name = this.#texts.text(event, TEXT.name)
    // Kineto's own, with stamps that may lie days away.
    if (this.#dialect === 'kineto' && /^(?:Iteration Start|Record Window End)/.test(name)) return
    if (name === '[memory]') this.#counters.memory(event, source)
    else this.#moment(this.#tracks.thread(event), event, category, source)
  }

  #moment(track: number, event: EventScanner, category: KnownCategory, source: number): void {
    const atNs = this.#times.start(event, source)
    if (!Number.isNaN(atNs)) this.#slice(track, atNs, 0, event, category, source)
  }

  #metadata(event: EventScanner): void {
    const what = this.#texts.text(event, TEXT.name)
    if (what !== 'process_name' && what !== 'thread_name') return
    const member = membersOf(event.bytes, event.view, event.from[TEXT.args] ?? 0).find(({ name }) => name === 'name')
    if (member === undefined) return
    const name = shownValue(member.raw).slice(0, MAX_NAME)
    if (what === 'process_name') this.#tracks.nameProcess(idText(event, TEXT.pid), name)
    else this.#tracks.nameThread(idText(event, TEXT.pid), idText(event, TEXT.tid), name)
  }

  #flow(event: EventScanner, category: KnownCategory, source: number): void {
    const atNs = this.#times.start(event, source)
    if (Number.isNaN(atNs)) return
    const end = event.phase === s ? 'start' : event.phase === f ? 'end' : 'step'
    this.#sink.flow(category.text || 'flow', idText(event, TEXT.id), end, this.#tracks.thread(event), atNs)
  }

  #countOdd(odd: number): void {
    if (odd & ODD.notANumber) this.tallies.add('notANumber')
    if (odd & ODD.noValue) this.tallies.add('noValue')
  }

  /** Ends what is open and tells what is known only now. */
  end(): void {
    this.#ranges.finish()
    this.#tracks.end()
    if (this.#tracks.hasTooMany) this.#sink.notice('More tracks than can be shown: the rest stands together in one.')
    if (this.#providers.size > 0) this.#sink.origin({ facts: { providers: [...this.#providers].join(', ') } })
    this.tallies.tell(this.#sink)
  }
}

function phaseReason(phase: number): string {
  const shown = phase > 0x20 && phase < 0x7f ? String.fromCharCode(phase) : `0x${phase.toString(16)}`
  return `events of phase ${shown}`
}
