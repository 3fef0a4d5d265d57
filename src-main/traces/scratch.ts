/**
 * Memory that one track after another works in, so that finishing an index needs as much as its largest track and no
 * more. What a slot held is gone once it is asked for again.
 */
export class Scratch {
  readonly #slots: ArrayBuffer[] = []

  f64(slot: number, length: number): Float64Array {
    return new Float64Array(this.#atLeast(slot, length * 8), 0, length)
  }

  u32(slot: number, length: number): Uint32Array {
    return new Uint32Array(this.#atLeast(slot, length * 4), 0, length)
  }

  u8(slot: number, length: number): Uint8Array {
    return new Uint8Array(this.#atLeast(slot, length), 0, length)
  }

  #atLeast(slot: number, bytes: number): ArrayBuffer {
    let buffer = this.#slots[slot]
    if (buffer === undefined || buffer.byteLength < bytes) {
      buffer = new ArrayBuffer(bytes)
      this.#slots[slot] = buffer
    }
    return buffer
  }
}
