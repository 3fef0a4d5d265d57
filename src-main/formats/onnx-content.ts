import { DTYPES, type Dtype, type TensorSpec } from '#domain/model.ts'
import type { ModelContent } from './define.ts'
import { onnxType } from './onnx-types.ts'

/** A stored tensor, without its values. */
export interface OnnxWeight {
  name: string
  typeCode: number
  dims: readonly number[]
  /** Bytes of raw data in the file; absent when the values are stored as typed numbers or beside the file. */
  rawBytes?: number
  external?: { location: string; offset: number; length?: number }
}

/** Gathers what the reader meets, in any order, and sums it up. */
export class OnnxContent {
  irVersion: number | undefined
  producer = ''
  readonly opsets: ModelContent['opsets'] = []
  readonly inputs: TensorSpec[] = []
  readonly outputs: TensorSpec[] = []
  readonly #weightNames = new Set<string>()
  readonly #weights = new Map<string, { dtype: string; count: number; bytes: number }>()
  readonly #operators = new Map<string, number>()
  readonly #external = new Map<string, number>()

  addNode(type: string): void {
    this.#operators.set(type, (this.#operators.get(type) ?? 0) + 1)
  }

  /** @returns false when its size is not a possible one */
  addWeight({ name, typeCode, dims, rawBytes, external }: OnnxWeight, named: boolean): boolean {
    const { name: dtype, bits = 0 } = onnxType(typeCode)
    const count = dims.reduce((product, dim) => product * dim, 1)
    const bytes = rawBytes ?? external?.length ?? Math.ceil((count * bits) / 8)
    const sum = this.#weights.get(dtype) ?? { dtype, count: 0, bytes: 0 }
    sum.count += count
    sum.bytes += bytes
    if (dims.some(dim => dim < 0) || ![sum.count, sum.bytes].every(Number.isSafeInteger)) return false
    this.#weights.set(dtype, sum)
    if (named) this.#weightNames.add(name)
    if (external !== undefined) {
      const end = external.offset + bytes
      this.#external.set(external.location, Math.max(end, this.#external.get(external.location) ?? 0))
    }
    return true
  }

  /** A model's weights may be listed among its inputs (always before IR 4): what is stored is not asked for. */
  content(): ModelContent {
    const operators = [...this.#operators].map(([type, count]) => ({ type, count }))
    return {
      inputs: this.inputs.filter(({ name }) => !this.#weightNames.has(name)),
      outputs: this.outputs,
      weights: [...this.#weights.values()].toSorted((a, b) => b.bytes - a.bytes || b.count - a.count),
      nodeCount: operators.reduce((sum, { count }) => sum + count, 0),
      operators: operators.toSorted((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1)),
      opsets: this.opsets,
      externalFiles: [...this.#external].map(([location, needsBytes]) => ({ location, needsBytes })),
      ...(this.producer === '' ? {} : { producer: this.producer }),
      ...(this.irVersion === undefined ? {} : { irVersion: this.irVersion }),
    }
  }
}

/** The domain's dtype of an ONNX type number; absent for undefined and for what can't be fed (float8…). */
export function onnxDtype(code: number): Dtype | undefined {
  const { name } = onnxType(code)
  return DTYPES.find(dtype => dtype === name)
}
