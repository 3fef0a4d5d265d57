import { MessageReader } from './protobuf.ts'

/** What a ModelStreamInferResponse says, as much as a load generator asks. */
export class StreamAnswer {
  /** Empty: no error. */
  error = ''
  hasOutputs = false
  /** Undefined: the server does not say. */
  final: boolean | undefined
  readonly #outer = new MessageReader(Buffer.alloc(0))
  readonly #inner = new MessageReader(Buffer.alloc(0))
  readonly #entry = new MessageReader(Buffer.alloc(0))
  readonly #value = new MessageReader(Buffer.alloc(0))

  /** error_message 1, infer_response 2. @throws BrokenMessage */
  read(bytes: Buffer, from: number, to: number): void {
    this.error = ''
    this.hasOutputs = false
    this.final = undefined
    const outer = this.#outer.start(bytes, from, to)
    while (outer.next()) {
      if (outer.field === 1) this.error = outer.text()
      else if (outer.field === 2) this.#readResponse(bytes, outer.from, outer.to)
    }
  }

  /** ModelInferResponse: parameters 4, outputs 5. */
  #readResponse(bytes: Buffer, from: number, to: number): void {
    const inner = this.#inner.start(bytes, from, to)
    while (inner.next()) {
      if (inner.field === 5) this.hasOutputs = true
      else if (inner.field === 4) this.#readParameter(bytes, inner.from, inner.to)
    }
  }

  /** A map entry: key 1, value 2 (InferParameter: bool 1; false is left out or 0). */
  #readParameter(bytes: Buffer, from: number, to: number): void {
    const entry = this.#entry.start(bytes, from, to)
    let isFinalFlag = false
    let flag = false
    while (entry.next()) {
      if (entry.field === 1) isFinalFlag = same(bytes, entry.from, entry.to, FINAL_FLAG)
      else if (entry.field === 2) {
        const value = this.#value.start(bytes, entry.from, entry.to)
        while (value.next()) if (value.field === 1) flag = value.value !== 0
      }
    }
    if (isFinalFlag) this.final = flag
  }
}

const FINAL_FLAG = Buffer.from('triton_final_response')

function same(bytes: Buffer, from: number, to: number, expected: Buffer): boolean {
  return to - from === expected.length && bytes.compare(expected, 0, expected.length, from, to) === 0
}
