import { CATEGORY } from '#domain/trace-category.ts'
import { NONE, type TraceSink } from '#domain/trace-feed.ts'
import { CategoryTable, categoryOfName, type KnownCategory } from './category-table.ts'
import { Clock } from './clock.ts'
import type { EventScanner } from './event-scanner.ts'
import { NUMBER, ODD, TEXT } from './fields.ts'
import { hasOnlyValidEscapes, plainText, unescapeJson } from './json-string.ts'
import type { Dialect } from './meanings.ts'
import { membersOf, shownValue } from './members.ts'
import { type OpenRange, OpenRanges } from './open-ranges.ts'
import { Tallies } from './tallies.ts'
import { idText, type Tracks } from './tracks.ts'

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

/** Ids that no double holds get numbers from here on, in order of appearance. */
const TEXT_IDS_FROM = 2 ** 52
const ORT_SUFFIX = '_kernel_time'
const ORT_FENCE = /_fence_(?:before|after)$/
const MAX_RANGE_NS = 2 ** 53

/** Tells a sink what the scanner found, event by event. */
export class Teller {
  readonly tracks: Tracks
  readonly tallies = new Tallies()
  readonly clock = new Clock()
  readonly #sink: TraceSink
  readonly #dialect: Dialect
  readonly #categories: CategoryTable
  readonly #ranges = new OpenRanges()
  readonly #asyncRanges = new OpenRanges()
  readonly #textIds = new Map<string, number>()
  readonly #allocated = new Map<number, number>()
  readonly #providers = new Set<string>()
  #lastNs = 0

  constructor(sink: TraceSink, tracks: Tracks, dialect: Dialect) {
    this.#sink = sink
    this.#dialect = dialect
    this.#categories = new CategoryTable(dialect)
    this.tracks = tracks
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
        if (category.meaning === 'launch-flow') return
        this.#flow(event, category, source)
        break
      case i:
      case I:
      case R:
        this.#instant(event, category, source)
        break
      case C:
        this.#counter(event, source)
        break
      case B:
        this.#begin(event, category, source)
        break
      case E:
        this.#end(event, source)
        break
      case b:
      case n:
      case e:
        this.#async(event, category, source)
        break
      default:
        this.#sink.unread(event.phase === 0 ? 'an event without a phase' : phaseReason(event.phase), place(source))
    }
  }

  #complete(event: EventScanner, category: KnownCategory, source: number): void {
    const startNs = this.#start(event, source)
    if (Number.isNaN(startNs)) return
    const durationNs = this.#duration(event, source)
    if (Number.isNaN(durationNs)) return
    if (startNs + durationNs > this.#lastNs) this.#lastNs = startNs + durationNs
    switch (category.meaning) {
      case 'kernel':
      case 'memcpy':
      case 'memset':
        this.#deviceWork(event, category, startNs, durationNs, source)
        break
      case 'gpu-annotation':
      case 'gpu-sync':
        this.#slice(this.tracks.device(category.meaning, event), startNs, durationNs, event, category, source)
        break
      case 'overhead':
        this.#slice(this.tracks.overhead(), startNs, durationNs, event, category, source)
        break
      case 'span':
        this.#sink.origin({ facts: { recordedNs: durationNs } })
        break
      case 'node':
        this.#node(event, category, startNs, durationNs, source)
        break
      default:
        this.#slice(this.tracks.thread(event), startNs, durationNs, event, category, source)
        break
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
    const name = this.#name(event)
    this.#sink.slice(
      track,
      startNs,
      durationNs,
      name,
      this.#categoryOf(category, name, event),
      this.#id(event, NUMBER.correlation, TEXT.correlation),
      this.#id(event, NUMBER.operator, TEXT.operator),
      this.#shapes(event),
      source,
    )
  }

  #deviceWork(event: EventScanner, category: KnownCategory, startNs: number, durationNs: number, source: number): void {
    const { numbers } = event
    const sink = this.#sink
    // ONNX Runtime writes the process where others have the device; it uses one.
    if (this.#dialect === 'ort') numbers[NUMBER.device] = 0
    this.#slice(this.tracks.device('stream', event), startNs, durationNs, event, category, source)
    if (category.meaning === 'kernel') {
      const blocks = numbers[NUMBER.blocks] ?? Number.NaN
      const threads = numbers[NUMBER.threads] ?? Number.NaN
      const registers = numbers[NUMBER.registers] ?? Number.NaN
      const shared = numbers[NUMBER.sharedBytes] ?? Number.NaN
      const occupancy = (numbers[NUMBER.occupancyPercent] ?? Number.NaN) / 100
      if (blocks >= 0 || threads >= 0 || registers >= 0) sink.launch(blocks, threads, registers, shared, occupancy)
    } else {
      const bytes = numbers[NUMBER.bytes] ?? Number.NaN
      if (bytes >= 0) sink.bytes(bytes)
    }
  }

  /** ONNX Runtime writes three events a node; the fences around it last nothing. */
  #node(event: EventScanner, category: KnownCategory, startNs: number, durationNs: number, source: number): void {
    const text = this.#nameText(event)
    if (ORT_FENCE.test(text)) return
    const type = this.#textOf(event, TEXT.opType)
    const name = text.endsWith(ORT_SUFFIX) ? text.slice(0, -ORT_SUFFIX.length) : text
    const provider = this.#textOf(event, TEXT.provider)
    if (provider !== '' && this.#providers.size < 8) this.#providers.add(provider)
    this.#sink.slice(
      this.tracks.thread(event),
      startNs,
      durationNs,
      this.#sink.name(name || type || '(unnamed)'),
      CATEGORY[category.meaning === 'node' ? 'node' : 'other'],
      NONE,
      NONE,
      type === '' ? NONE : this.#sink.name(type),
      source,
    )
    const inUse = event.numbers[NUMBER.allocated] ?? Number.NaN
    if (!Number.isNaN(inUse)) this.#sink.counter(this.tracks.memory(0, -1, false), startNs + durationNs, inUse)
  }

  #instant(event: EventScanner, category: KnownCategory, source: number): void {
    const name = this.#nameText(event)
    if (this.#dialect === 'kineto' && /^(?:Iteration Start|Record Window End)/.test(name)) return
    const atNs = this.#start(event, source)
    if (Number.isNaN(atNs)) return
    if (name === '[memory]') this.#memory(event, atNs)
    else this.#slice(this.tracks.thread(event), atNs, 0, event, category, source)
  }

  /** Before torch 1.10 only the change is told. */
  #memory({ numbers }: EventScanner, atNs: number): void {
    const type = numbers[NUMBER.deviceType] ?? 0
    const id = numbers[NUMBER.deviceId] ?? -1
    let total = numbers[NUMBER.allocated] ?? Number.NaN
    const isSum = Number.isNaN(total)
    if (isSum) {
      const key = (type >= 0 ? type : 0) * 4096 + id
      total = (this.#allocated.get(key) ?? 0) + (numbers[NUMBER.bytes] ?? 0)
      this.#allocated.set(key, total)
    }
    if (Number.isFinite(total)) this.#sink.counter(this.tracks.memory(type, id, isSum), atNs, total)
  }

  #counter(event: EventScanner, source: number): void {
    const atNs = this.#start(event, source)
    if (Number.isNaN(atNs)) return
    const name = this.#nameText(event) || 'counter'
    const id = idText(event, TEXT.id)
    const title = id === '' ? name : `${name} ${id}`
    let told = 0
    const members = membersOf(event.bytes, event.view, event.from[TEXT.args] ?? 0)
    for (const member of members) {
      const text = shownValue(member.raw).trim()
      const value = text === '' ? Number.NaN : Number(text)
      if (!Number.isFinite(value)) continue
      const isOnly = members.length === 1 && (member.name === 'value' || member.name === name)
      const track = this.tracks.counter(idText(event, TEXT.pid), isOnly ? title : `${title}: ${member.name}`)
      this.#sink.counter(track, atNs, value)
      told++
    }
    if (told === 0) this.#sink.unread('a counter without a value', place(source))
  }

  #metadata(event: EventScanner): void {
    const what = this.#nameText(event)
    if (what !== 'process_name' && what !== 'thread_name') return
    const member = membersOf(event.bytes, event.view, event.from[TEXT.args] ?? 0).find(({ name }) => name === 'name')
    if (member === undefined) return
    const name = shownValue(member.raw).slice(0, 300)
    if (what === 'process_name') this.tracks.nameProcess(idText(event, TEXT.pid), name)
    else this.tracks.nameThread(idText(event, TEXT.pid), idText(event, TEXT.tid), name)
  }

  #flow(event: EventScanner, category: KnownCategory, source: number): void {
    const atNs = this.#start(event, source)
    if (Number.isNaN(atNs)) return
    const end = event.phase === s ? 'start' : event.phase === f ? 'end' : 'step'
    this.#sink.flow(category.text || 'flow', idText(event, TEXT.id), end, this.tracks.thread(event), atNs)
  }

  #begin(event: EventScanner, category: KnownCategory, source: number): void {
    const startNs = this.#start(event, source)
    if (Number.isNaN(startNs)) return
    const track = this.tracks.thread(event)
    if (!this.#ranges.begin(track, this.#open(track, startNs, event, category, source))) this.#tooManyOpen(source)
  }

  #end(event: EventScanner, source: number): void {
    const endNs = this.#start(event, source)
    if (Number.isNaN(endNs)) return
    const range = this.#ranges.end(this.tracks.thread(event))
    if (range) this.#close(range, endNs)
    else this.#sink.unread('an end without a begin', place(source))
  }

  #async(event: EventScanner, category: KnownCategory, source: number): void {
    const atNs = this.#start(event, source)
    if (Number.isNaN(atNs)) return
    const process = idText(event, TEXT.pid)
    const key = `${category.text}\n${idText(event, TEXT.scope)}\n${process}\n${idText(event, TEXT.id)}`
    if (event.phase === e) {
      const range = this.#asyncRanges.end(key)
      if (range) this.#close(range, atNs)
      else this.#sink.unread('an end without a begin', place(source))
      return
    }
    const track = this.tracks.async(process, category.text || 'async')
    if (event.phase === n) this.#slice(track, atNs, 0, event, category, source)
    else if (!this.#asyncRanges.begin(key, this.#open(track, atNs, event, category, source))) this.#tooManyOpen(source)
  }

  #open(track: number, startNs: number, event: EventScanner, category: KnownCategory, source: number): OpenRange {
    const name = this.#name(event)
    return {
      track,
      startNs,
      name,
      category: this.#categoryOf(category, name, event),
      correlation: this.#id(event, NUMBER.correlation, TEXT.correlation),
      operator: this.#id(event, NUMBER.operator, TEXT.operator),
      detail: this.#shapes(event),
      source,
    }
  }

  #close(range: OpenRange, endNs: number): void {
    if (endNs < range.startNs) this.tallies.add('endsFirst')
    const { track, startNs, name, category, correlation, operator, detail, source } = range
    const durationNs = Math.max(0, endNs - startNs)
    this.#sink.slice(track, startNs, durationNs, name, category, correlation, operator, detail, source)
  }

  #tooManyOpen(source: number): void {
    this.#sink.unread('too many ranges without an end', place(source))
  }

  /** Time of the event, or NaN after saying why. */
  #start(event: EventScanner, source: number): number {
    const { numbers } = event
    const us = numbers[NUMBER.startUs] ?? Number.NaN
    if (Number.isNaN(us)) {
      this.#sink.unread('an event without a time', place(source))
      return Number.NaN
    }
    const ns = this.clock.since(us, numbers[NUMBER.startNs] ?? 0)
    if (Number.isNaN(ns)) this.#sink.unread('a time too far from the others', place(source))
    else if (ns > this.#lastNs) this.#lastNs = ns
    return ns
  }

  #duration({ numbers }: EventScanner, source: number): number {
    const us = numbers[NUMBER.durationUs] ?? Number.NaN
    if (Number.isNaN(us)) {
      this.tallies.add('noDuration')
      return 0
    }
    const ns = us * 1000 + (numbers[NUMBER.durationNs] ?? 0) + 0
    if (ns < 0) {
      this.tallies.add('negative')
      return 0
    }
    if (ns < MAX_RANGE_NS) return ns
    this.#sink.unread('a duration beyond any trace', place(source))
    return Number.NaN
  }

  #name(event: EventScanner): number {
    const from = event.from[TEXT.name] ?? 0
    const to = event.to[TEXT.name] ?? 0
    if (from === to) return this.#sink.name('(unnamed)')
    if ((event.escaped & (1 << TEXT.name)) === 0) return this.#sink.nameOfBytes(event.bytes, from, to)
    const inside = plainText(event.bytes, from, to)
    if (!hasOnlyValidEscapes(inside)) this.tallies.add('badEscape')
    return this.#sink.name(unescapeJson(inside) || '(unnamed)')
  }

  #nameText(event: EventScanner): string {
    return this.#textOf(event, TEXT.name)
  }

  #textOf(event: EventScanner, field: number): string {
    const from = event.from[field] ?? 0
    const to = event.to[field] ?? 0
    return from === to ? '' : unescapeJson(plainText(event.bytes, from, to))
  }

  #categoryOf(category: KnownCategory, name: number, event: EventScanner): number {
    const remembered = category.byName[name] ?? 0
    return remembered > 0 ? remembered - 1 : categoryOfName(category, name, () => this.#nameText(event))
  }

  #shapes(event: EventScanner): number {
    const from = event.from[TEXT.shapes] ?? 0
    const to = event.to[TEXT.shapes] ?? 0
    return from === to ? NONE : this.#sink.nameOfBytes(event.bytes, from, to)
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

  #countOdd(odd: number): void {
    if (odd & ODD.notANumber) this.tallies.add('notANumber')
    if (odd & ODD.noValue) this.tallies.add('noValue')
  }

  /** Ends what is open and tells what is known only now. */
  end(): void {
    for (const range of [...this.#ranges.rest(), ...this.#asyncRanges.rest()]) {
      this.tallies.add('unended')
      this.#close(range, Math.max(range.startNs, this.#lastNs))
    }
    this.tracks.end()
    if (this.tracks.hasTooMany) this.#sink.notice('More tracks than can be shown: the rest stands together in one.')
    if (this.#providers.size > 0) this.#sink.origin({ facts: { providers: [...this.#providers].join(', ') } })
    this.tallies.tell(this.#sink)
  }
}

export const place = (offset: number) => `byte ${offset}`

function phaseReason(phase: number): string {
  const shown = phase > 0x20 && phase < 0x7f ? String.fromCharCode(phase) : `0x${phase.toString(16)}`
  return `events of phase ${shown}`
}
