const PREFIX_BYTES = 5

/** Cuts a gRPC stream into messages. One that lies whole in a chunk is passed on where it lies. */
export class MessageCutter {
  readonly #onMessage: (bytes: Buffer, from: number, to: number) => void
  #carry = Buffer.allocUnsafe(4096)
  #carried = 0

  constructor(onMessage: (bytes: Buffer, from: number, to: number) => void) {
    this.#onMessage = onMessage
  }

  /** Forgets what was begun. */
  reset(): void {
    this.#carried = 0
  }

  push(bytes: Buffer, from: number, to: number): void {
    let at = from
    while (at < to) {
      if (this.#carried === 0 && to - at >= PREFIX_BYTES) {
        const end = at + PREFIX_BYTES + bytes.readUInt32BE(at + 1)
        if (end <= to) {
          this.#onMessage(bytes, at + PREFIX_BYTES, end)
          at = end
          continue
        }
      }
      at = this.#carryOn(bytes, at, to)
    }
  }

  #carryOn(bytes: Buffer, from: number, to: number): number {
    const need = this.#carried < PREFIX_BYTES ? PREFIX_BYTES : PREFIX_BYTES + this.#carry.readUInt32BE(1)
    const taken = Math.min(need - this.#carried, to - from)
    if (need > this.#carry.length) {
      const larger = Buffer.allocUnsafe(need)
      this.#carry.copy(larger, 0, 0, this.#carried)
      this.#carry = larger
    }
    bytes.copy(this.#carry, this.#carried, from, from + taken)
    this.#carried += taken
    const isWhole = this.#carried >= PREFIX_BYTES && this.#carried === PREFIX_BYTES + this.#carry.readUInt32BE(1)
    if (isWhole) {
      const end = this.#carried
      this.#carried = 0
      this.#onMessage(this.#carry, PREFIX_BYTES, end)
    }
    return from + taken
  }
}
