import type { EventScanner } from './event-scanner.ts'
import { place } from './event-times.ts'
import { NUMBER, TEXT } from './fields.ts'
import { membersOf, shownValue } from './members.ts'
import type { EventParts } from './range-teller.ts'
import { idText } from './tracks.ts'

/** Device types and ids are small; together they make one key. */
const DEVICE_IDS = 4096

/** Counters a program wrote, and memory as torch and ONNX Runtime tell it. */
export class CounterTeller {
  readonly #parts: EventParts
  readonly #allocated = new Map<number, number>()

  constructor(parts: EventParts) {
    this.#parts = parts
  }

  /** Each series of the event is a track. */
  counter(event: EventScanner, source: number): void {
    const { sink, tracks, texts, times } = this.#parts
    const atNs = times.start(event, source)
    if (Number.isNaN(atNs)) return
    const name = texts.text(event, TEXT.name) || 'counter'
    const id = idText(event, TEXT.id)
    const title = id === '' ? name : `${name} ${id}`
    const members = membersOf(event.bytes, event.view, event.from[TEXT.args] ?? 0)
    let told = 0
    for (const member of members) {
      const text = shownValue(member.raw).trim()
      const value = text === '' ? Number.NaN : Number(text)
      if (!Number.isFinite(value)) continue
      const isOnly = members.length === 1 && (member.name === 'value' || member.name === name)
      const track = tracks.counter(idText(event, TEXT.pid), isOnly ? title : `${title}: ${member.name}`)
      sink.counter(track, atNs, value)
      told++
    }
    if (told === 0) sink.unread('a counter without a value', place(source))
  }

  /** torch's `[memory]`. Before 1.10 only the change is told: it is added up. */
  memory(event: EventScanner, source: number): void {
    const { numbers } = event
    const { sink, tracks, times } = this.#parts
    const atNs = times.start(event, source)
    if (Number.isNaN(atNs)) return
    const type = numbers[NUMBER.deviceType] ?? 0
    const id = numbers[NUMBER.deviceId] ?? -1
    let total = numbers[NUMBER.allocated] ?? Number.NaN
    const isSum = Number.isNaN(total)
    const key = (type >= 0 ? type : 0) * DEVICE_IDS + id
    if (isSum) total = (this.#allocated.get(key) ?? 0) + (numbers[NUMBER.bytes] ?? 0)
    if (!Number.isFinite(total)) {
      sink.unread('an allocation without a size', place(source))
      return
    }
    if (isSum) this.#allocated.set(key, total)
    sink.counter(tracks.memory(type, id, isSum), atNs, total)
  }

  /** ONNX Runtime tells the memory of its arena after each node, in builds that keep count. */
  inUse({ numbers }: EventScanner, atNs: number): void {
    const bytes = numbers[NUMBER.allocated] ?? Number.NaN
    if (bytes >= 0) this.#parts.sink.counter(this.#parts.tracks.memory(0, -1, false), atNs, bytes)
  }
}
