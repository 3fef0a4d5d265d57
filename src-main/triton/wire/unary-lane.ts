import { GrpcLane } from './grpc-lane.ts'
import { statusError } from './grpc-status.ts'
import type { ResponseHead } from './response-head.ts'
import type { SlottedWire } from './slotted-wire.ts'
import { OUTCOME, type WireOptions } from './wire.ts'

const NO_HEAD: ResponseHead = {}

/** ModelInfer: a stream a request. Its tensors are counted by flow control and otherwise left alone. */
export class UnaryLane extends GrpcLane {
  readonly #head: ResponseHead[]
  readonly #plainHttp2: boolean

  /** @param plainHttp2 the peer knows nothing of gRPC (a bench against a plain HTTP/2 server): status 200 is success */
  constructor(
    wire: SlottedWire,
    options: WireOptions,
    range: { firstSlot: number; slots: number },
    { timeoutMs, plainHttp2 }: { timeoutMs: number; plainHttp2: boolean },
  ) {
    super(wire, options, range, { method: 'ModelInfer', endsWithMessage: true, timeoutMs })
    this.#head = new Array<ResponseHead>(range.slots).fill(NO_HEAD)
    this.#plainHttp2 = plainHttp2
  }

  onHead(slot: number, head: ResponseHead): void {
    // Trailers say it; headers alone where the server refused at once.
    const { grpcStatus } = head
    if (grpcStatus !== undefined || this.#head[slot] === NO_HEAD) this.#head[slot] = head
  }

  onData(): void {}

  onStreamEnd(slot: number): void {
    const { wire } = this
    const index = this.firstSlot + slot
    const head = this.#head[slot] ?? NO_HEAD
    wire.firstByteMs[index] = this.readMs
    wire.endMs[index] = performance.now()
    // The next answer of this read is begun now: its receive is its own reading, not that of those before it.
    this.readMs = wire.endMs[index]
    wire.responses[index] = 1
    const ok = head.grpcStatus === 0 || (this.#plainHttp2 && head.status === 200)
    if (ok) wire.finish(index, OUTCOME.ok)
    else wire.finish(index, OUTCOME.refused, statusError(head))
  }

  protected reset(slot: number): void {
    this.#head[slot] = NO_HEAD
  }
}
