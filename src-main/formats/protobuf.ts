import { EngineError } from '#domain/errors.ts'
import type { ByteSource } from './define.ts'

/** One field of a message as it lies in the file. For a varint `value` holds it; for the others bytes start..end do. */
export interface ProtobufField {
  number: number
  wire: number
  /** Offset of the field's tag, for messages. */
  at: number
  start: number
  end: number
  /** Signed 64-bit as a number: exact up to 2^53. */
  value: number
}

/** What to do with a field, by field number; the last one of a number that must not repeat wins, as protobuf says. */
export type ProtobufHandlers = Readonly<Record<number, (field: ProtobufField) => void | Promise<void>>>

/** What is wanted of a message: texts and integers by a name of ours, other fields by handler. The rest is not read. */
export interface ProtobufLayout<Text extends string, Int extends string> {
  texts?: Readonly<Record<Text, number>>
  ints?: Readonly<Record<Int, number>>
  each?: ProtobufHandlers
}

/** The texts and integers that were there. */
export interface ProtobufScalars<Text extends string, Int extends string> {
  texts: { [name in Text]?: string }
  ints: { [name in Int]?: number }
}

const VARINT = 0
const LENGTH = 2
/** Bytes after the tag by wire type: varint (read at once), fixed 64, fixed 32. Groups (3, 4) are not used by ONNX. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 8, 5: 4 }

/** Small, because skipping a weight throws the rest of it away. */
const WINDOW_BYTES = 16_384
/** A tag and a length at their longest. */
const HEADER_BYTES = 20
/** Nesting that no real model reaches (control flow in control flow counts three each). */
const MAX_DEPTH = 96
/** Names and file names; longer ones are an attack or damage. */
const MAX_TEXT_BYTES = 1_048_576

/**
 * Pulls fields out of a protobuf file of any size through a small window: bodies that nobody asks for are never read,
 * nothing is allocated by a length that the file claims, and nesting is limited.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufReader {
  readonly #source: ByteSource
  readonly #signal: AbortSignal | undefined
  readonly #decoder = new TextDecoder('utf-8')
  #window: Uint8Array = new Uint8Array(0)
  #windowStart = 0
  #position = 0
  #depth = 0

  constructor(source: ByteSource, signal?: AbortSignal) {
    this.#source = source
    this.#signal = signal
  }

  /** The source as a field, so that it can be read like any message. */
  root(): ProtobufField {
    return { number: 0, wire: LENGTH, at: 0, start: 0, end: this.#source.size, value: 0 }
  }

  /** Reads a message. @throws EngineError MODEL_BROKEN, with the offset */
  async message<Text extends string = never, Int extends string = never>(
    field: ProtobufField,
    layout: ProtobufLayout<Text, Int>,
  ): Promise<ProtobufScalars<Text, Int>> {
    this.#expect(field, LENGTH)
    const found: ProtobufScalars<Text, Int> = { texts: {}, ints: {} }
    const handlers: Record<number, (field: ProtobufField) => void | Promise<void>> = { ...layout.each }
    for (const name in layout.texts) {
      handlers[layout.texts[name]] = async field => {
        found.texts[name] = await this.text(field)
      }
    }
    for (const name in layout.ints) {
      handlers[layout.ints[name]] = field => {
        found.ints[name] = this.int(field)
      }
    }
    await this.#fields(field.start, field.end, handlers)
    return found
  }

  /** @throws EngineError MODEL_BROKEN when it is no text, or too long for one */
  async text(field: ProtobufField): Promise<string> {
    this.#expect(field, LENGTH)
    const length = field.end - field.start
    if (length > MAX_TEXT_BYTES) throw this.broken(`A name of ${length} bytes`, field.at)
    await this.#fill(field.start, length)
    const from = field.start - this.#windowStart
    if (this.#window.length < from + length) throw this.broken('The file got shorter while it was read', field.at)
    return this.#decoder.decode(this.#window.subarray(from, from + length))
  }

  int(field: ProtobufField): number {
    this.#expect(field, VARINT)
    return field.value
  }

  /** A repeated integer, packed or not. `limit` of them at most. */
  async ints(field: ProtobufField, into: number[], limit: number): Promise<void> {
    const add = (value: number) => {
      if (into.length >= limit) throw this.broken(`More than ${limit} numbers`, field.at)
      into.push(value)
    }
    if (field.wire === VARINT) return add(field.value)
    this.#expect(field, LENGTH)
    this.#position = field.start
    while (this.#position < field.end) {
      await this.#fill(this.#position, HEADER_BYTES)
      add(this.#varint(field.end))
    }
  }

  broken(what: string, at: number): EngineError {
    return new EngineError('MODEL_BROKEN', `${what} at byte ${at}`, {
      where: this.#source.name,
      hint: 'The file is damaged or cut short. Copy, download or export it again.',
    })
  }

  async #fields(start: number, end: number, handlers: ProtobufHandlers): Promise<void> {
    if (++this.#depth > MAX_DEPTH) throw this.broken(`Nested more than ${MAX_DEPTH} levels deep`, start)
    this.#position = start
    while (this.#position < end) {
      if (!this.#holds(this.#position, HEADER_BYTES)) await this.#fill(this.#position, HEADER_BYTES)
      const field = this.#next(end)
      const done = handlers[field.number]?.(field)
      if (done !== undefined) await done
      this.#position = field.end
    }
    this.#depth--
  }

  #next(limit: number): ProtobufField {
    const at = this.#position
    const tag = this.#varint(limit)
    const [number, wire] = [Math.floor(tag / 8), tag & 7]
    if (number < 1 || number >= 2 ** 29) throw this.broken(`No protobuf field`, at)
    const value = wire === VARINT ? this.#varint(limit) : 0
    const length = wire === LENGTH ? this.#varint(limit) : FIXED_BYTES[wire]
    if (length === undefined) throw this.broken(`Field ${number} has the unknown wire type ${wire}`, at)
    const start = this.#position
    if (length < 0 || start + length > limit) {
      const rest = limit === this.#source.size ? 'the file ends before it' : 'it runs past the end of what holds it'
      throw this.broken(`Field ${number} of ${length} bytes does not fit: ${rest},`, at)
    }
    return { number, wire, at, start, end: start + length, value }
  }

  /** Reads base-128 from the window; the caller has filled it. */
  #varint(limit: number): number {
    const at = this.#position
    let value = 0
    for (let i = 0; i < 7; i++) {
      const byte = this.#byte(limit, at)
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    let big = BigInt(value)
    for (let i = 7n; i < 10n; i++) {
      const byte = this.#byte(limit, at)
      big |= BigInt(byte & 0x7f) << (7n * i)
      if (byte < 0x80) return Number(BigInt.asIntN(64, big))
    }
    throw this.broken('A number of more than 10 bytes', at)
  }

  #byte(limit: number, at: number): number {
    const byte = this.#position < limit ? this.#window[this.#position - this.#windowStart] : undefined
    if (byte === undefined) throw this.broken('The file ends inside a number', at)
    this.#position++
    return byte
  }

  #holds(start: number, length: number): boolean {
    const end = Math.min(start + length, this.#source.size)
    return start >= this.#windowStart && end <= this.#windowStart + this.#window.length
  }

  async #fill(start: number, length: number): Promise<void> {
    if (this.#holds(start, length)) return
    this.#signal?.throwIfAborted()
    this.#window = await this.#source.read(start, Math.max(length, WINDOW_BYTES))
    this.#windowStart = start
  }

  #expect(field: ProtobufField, wire: number): void {
    if (field.wire === wire) return
    throw this.broken(`Field ${field.number} has wire type ${field.wire} instead of ${wire}`, field.at)
  }
}
