import { type Random, seededRandom } from '#stats/random.ts'
import { type Attribute, type NodeSpec, rawBytes, type ValueSpec, type WeightSpec } from './onnx-writer.ts'

/** A value of the network under construction: its name and its channels (or features). */
export interface Layer {
  name: string
  channels: number
}

/**
 * Lays nodes and seeded float32 weights one after another. Each method adds a layer behind its first argument and
 * gives the new one. Weights are uniform in ±√(6 ÷ fan-in) (He et al. 2015), so signals keep their size through ReLUs
 * and never become subnormal; only multiplications and a square root, so the bytes are the same on every machine.
 */
export class Network {
  readonly nodes: NodeSpec[] = []
  readonly weights: WeightSpec[] = []
  readonly #random: Random

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  conv(input: Layer, channels: number, kernel: number, stride = 1): Layer {
    const fanIn = input.channels * kernel * kernel
    const weight = this.#weight([channels, input.channels, kernel, kernel], fanIn)
    const bias = this.#weight([channels], fanIn)
    const pad = (kernel - 1) >> 1
    const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] }
    return this.#add('Conv', [input.name, weight, bias], channels, attributes)
  }

  gemm(input: Layer, features: number): Layer {
    const weight = this.#weight([features, input.channels], input.channels)
    const bias = this.#weight([features], input.channels)
    return this.#add('Gemm', [input.name, weight, bias], features, { transB: 1 })
  }

  relu(input: Layer): Layer {
    return this.#add('Relu', [input.name], input.channels)
  }

  add(input: Layer, other: Layer): Layer {
    return this.#add('Add', [input.name, other.name], input.channels)
  }

  maxPool(input: Layer, kernel: number, stride: number): Layer {
    const pad = (kernel - 1) >> 1
    const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] }
    return this.#add('MaxPool', [input.name], input.channels, attributes)
  }

  /** Mean over height and width, then [batch, channels]. */
  pool(input: Layer): Layer {
    const mean = this.#add('GlobalAveragePool', [input.name], input.channels)
    return this.#add('Flatten', [mean.name], input.channels, { axis: 1 })
  }

  softmax(input: Layer): Layer {
    return this.#add('Softmax', [input.name], input.channels, { axis: 1 })
  }

  /** Gives the last layer the output's name, and the graph's parts. */
  finish(name: string, last: Layer, inputs: readonly ValueSpec[], output: ValueSpec) {
    const nodes = [...this.nodes, { op: 'Identity', inputs: [last.name], outputs: [output.name] }]
    return { name, nodes, weights: this.weights, inputs, outputs: [output] }
  }

  #add(op: string, inputs: string[], channels: number, attributes: Record<string, Attribute> = {}): Layer {
    const name = `${op.toLowerCase()}_${this.nodes.length}`
    this.nodes.push({ op, inputs, outputs: [name], attributes })
    return { name, channels }
  }

  #weight(shape: number[], fanIn: number): string {
    const name = `weight_${this.weights.length}`
    const limit = Math.sqrt(6 / fanIn)
    const data = new Float32Array(shape.reduce((count, dim) => count * dim, 1))
    for (let i = 0; i < data.length; i++) data[i] = (2 * this.#random.uniform() - 1) * limit
    this.weights.push({ name, dtype: 'float32', shape, raw: rawBytes(data) })
    return name
  }
}
