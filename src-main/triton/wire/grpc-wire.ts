import type { InferCall } from '../request.ts'
import { greetGrpc, openGreeted } from './grpc-caller.ts'
import type { GrpcLane } from './grpc-lane.ts'
import { FRAME_HEAD_BYTES } from './http2-frames.ts'
import type { OutgoingMessage } from './http2-sender.ts'
import { type EncodedMessage, encodeInfer, sequenceBytes, writeSequence } from './infer-message.ts'
import { SlottedWire } from './slotted-wire.ts'
import { StreamLane } from './stream-lane.ts'
import { UnaryLane } from './unary-lane.ts'
import type { SequenceFlags, WireOptions } from './wire.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** Small requests gather on a connection (fewer system calls); large ones would wait for each other. */
const SMALL_SLOTS_PER_CONNECTION = 4
const LARGE_BYTES = 64 * 1024

interface Variant {
  message: EncodedMessage
  /** Without a sequence the same for all slots. */
  outgoing: OutgoingMessage
  /** Sequences only: a slot's own flags, laid over the message. */
  own: (OutgoingMessage | undefined)[]
}

/** gRPC over own HTTP/2 framing: ModelInfer, or ModelStreamInfer with a stream a slot. */
export class GrpcWire extends SlottedWire {
  readonly #options: WireOptions
  readonly #variants: Variant[] = []
  readonly #lanes: GrpcLane[] = []
  readonly #plainHttp2: boolean
  #slotsPerLane = 1

  /** @param plainHttp2 for benches against a peer that is no gRPC server: HTTP status 200 is success, nothing is asked first */
  constructor(options: WireOptions, { plainHttp2 = false } = {}) {
    super(options.slots, options.requestTimeoutMs)
    this.#options = options
    this.#plainHttp2 = plainHttp2
  }

  get connections(): number {
    return this.#lanes.length
  }

  async connect(): Promise<void> {
    const { slots, slotsPerConnection } = this.#options
    const isLarge = this.#variants.some(({ message }) => message.bytes.length > LARGE_BYTES)
    this.#slotsPerLane = slotsPerConnection ?? (isLarge ? 1 : SMALL_SLOTS_PER_CONNECTION)
    for (let firstSlot = 0; firstSlot < slots; firstSlot += this.#slotsPerLane) {
      this.#lanes.push(this.#lane({ firstSlot, slots: Math.min(this.#slotsPerLane, slots - firstSlot) }))
    }
    if (!this.#plainHttp2) await greetGrpc(this.#options)
    await openGreeted(this.#options, () => Promise.all(this.#lanes.map(lane => lane.open())))
  }

  prepare(call: InferCall, { sequence = false } = {}): { variant: number; bytes: number } {
    const { streaming } = this.#options
    const asked = streaming ? { triton_enable_empty_final_response: true, ...call.parameters } : call.parameters
    const message = encodeInfer({ ...call, ...(asked === undefined ? {} : { parameters: asked }) }, { sequence })
    this.#variants.push({ message, outgoing: { bytes: message.bytes, overlay: undefined, overlayAt: 0 }, own: [] })
    return { variant: this.#variants.length - 1, bytes: message.bytes.length + FRAME_HEAD_BYTES }
  }

  send(slot: number, variant: number, sequence?: SequenceFlags): void {
    const prepared = this.#variants[variant]
    const lane = this.#lanes[Math.floor(slot / this.#slotsPerLane)]
    if (prepared === undefined || lane === undefined) throw new RangeError(`no slot ${slot} or variant ${variant}`)
    this.begin(slot)
    const { sequenceAt } = prepared.message
    const outgoing = sequenceAt < 0 ? prepared.outgoing : ownMessage(prepared, slot, sequence)
    lane.send(slot % this.#slotsPerLane, outgoing)
    this.sentMs[slot] = performance.now()
  }

  protected abandon(slot: number): void {
    this.#lanes[Math.floor(slot / this.#slotsPerLane)]?.cancel(slot % this.#slotsPerLane)
  }

  protected async closeConnections(): Promise<void> {
    for (const lane of this.#lanes) lane.close()
  }

  #lane(range: { firstSlot: number; slots: number }): GrpcLane {
    const timeoutMs = Math.min(this.#options.requestTimeoutMs, CONNECT_TIMEOUT_MS)
    if (this.#options.streaming) return new StreamLane(this, this.#options, range, { timeoutMs })
    return new UnaryLane(this, this.#options, range, { timeoutMs, plainHttp2: this.#plainHttp2 })
  }
}

/** The slot is free when it sends: its last flags are on the wire, the bytes may be written anew. */
function ownMessage(variant: Variant, slot: number, flags: SequenceFlags | undefined): OutgoingMessage {
  if (flags === undefined) throw new RangeError('this request was prepared for a sequence and needs its flags')
  const { bytes, sequenceAt } = variant.message
  variant.own[slot] ??= { bytes, overlay: sequenceBytes(flags), overlayAt: sequenceAt }
  const own = variant.own[slot]
  if (own.overlay !== undefined) writeSequence(own.overlay, flags)
  return own
}
