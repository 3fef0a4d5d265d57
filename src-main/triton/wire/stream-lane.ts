import { GrpcLane } from './grpc-lane.ts'
import { statusError } from './grpc-status.ts'
import { MessageCutter } from './message-cutter.ts'
import { BrokenMessage } from './protobuf.ts'
import type { ResponseHead } from './response-head.ts'
import type { SlottedWire } from './slotted-wire.ts'
import { StreamAnswer } from './stream-answer.ts'
import { OUTCOME, type WireOptions } from './wire.ts'

interface SlotState {
  head: ResponseHead
  /** Of the request in flight: the server's first error. */
  error: string
  readonly cutter: MessageCutter
}

/**
 * ModelStreamInfer: one long-lived stream a slot, a message a request. A request ends with the response that carries
 * `triton_final_response`; its time is that of the last response with outputs, as perf_analyzer has it.
 */
export class StreamLane extends GrpcLane {
  readonly #answer = new StreamAnswer()
  readonly #states: SlotState[]

  constructor(
    wire: SlottedWire,
    options: WireOptions,
    range: { firstSlot: number; slots: number },
    { timeoutMs }: { timeoutMs: number },
  ) {
    super(wire, options, range, { method: 'ModelStreamInfer', endsWithMessage: false, timeoutMs })
    this.#states = Array.from({ length: range.slots }, (_, slot) => ({
      head: {},
      error: '',
      cutter: new MessageCutter((bytes, from, to) => this.#onMessage(slot, bytes, from, to)),
    }))
  }

  onHead(slot: number, head: ResponseHead): void {
    const state = this.#states[slot]
    if (state !== undefined) state.head = head
  }

  onData(slot: number, bytes: Buffer, from: number, to: number): void {
    this.#states[slot]?.cutter.push(bytes, from, to)
  }

  /** The server ended the stream: with a request in flight, that is its answer. */
  onStreamEnd(slot: number): void {
    const state = this.#states[slot]
    if (state === undefined) return
    state.cutter.reset()
    this.wire.finish(this.firstSlot + slot, OUTCOME.refused, statusError(state.head))
  }

  override cancel(slot: number): void {
    super.cancel(slot)
    this.#states[slot]?.cutter.reset()
  }

  override onLost(slot: number, reason: string): void {
    this.#states[slot]?.cutter.reset()
    super.onLost(slot, reason)
  }

  protected reset(slot: number): void {
    const state = this.#states[slot]
    if (state !== undefined) state.error = ''
    this.wire.endMs[this.firstSlot + slot] = 0
  }

  #onMessage(slot: number, bytes: Buffer, from: number, to: number): void {
    const { wire } = this
    const answer = this.#answer
    const state = this.#states[slot]
    const index = this.firstSlot + slot
    if (state === undefined || !wire.isInFlight(index)) return
    try {
      answer.read(bytes, from, to)
    } catch (error) {
      if (!(error instanceof BrokenMessage)) throw error
      answer.error = `The answer is no ModelStreamInferResponse: ${error.message}`
      answer.final = true
    }
    if (answer.error !== '' && state.error === '') state.error = answer.error
    if (answer.hasOutputs) {
      wire.responses[index] = (wire.responses[index] ?? 0) + 1
      this.#stamp(index)
    }
    if (answer.final === false) return
    if (wire.endMs[index] === 0) this.#stamp(index)
    if (state.error === '') wire.finish(index, OUTCOME.ok)
    else wire.finish(index, OUTCOME.refused, { message: state.error })
  }

  #stamp(index: number): void {
    this.wire.firstByteMs[index] = this.readMs
    this.wire.endMs[index] = performance.now()
  }
}
