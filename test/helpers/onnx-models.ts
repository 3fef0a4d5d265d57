import type { Dtype } from '#domain/model.ts'
import { type Layer, Network } from '../../resources/onnx-network.ts'
import { encodeModel, type GraphSpec, rawBytes, type ValueSpec } from '../../resources/onnx-writer.ts'

/** Models for tests and benches. Each is checked against ONNX Runtime in `test/models/onnx-models.test.ts`. */

function model(graph: Omit<GraphSpec, 'name'>, name = 'test'): Uint8Array {
  return encodeModel({
    producer: 'batchscope test',
    irVersion: 10,
    opsets: [{ domain: '', version: 21 }],
    graph: { ...graph, name },
  })
}

const x = (dtype: Dtype, shape: ValueSpec['shape']): ValueSpec => ({ name: 'x', dtype, ...(shape && { shape }) })
const y = (dtype: Dtype, shape: ValueSpec['shape']): ValueSpec => ({ name: 'y', dtype, ...(shape && { shape }) })

/** y = x, for any dtype that ONNX Runtime copies; `shape` with the batch in front. */
export function identityModel(dtype: Dtype = 'float32', shape: ValueSpec['shape'] = ['batch', 4]): Uint8Array {
  return model({
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
    inputs: [x(dtype, shape)],
    outputs: [y(dtype, shape)],
  })
}

/** A small CNN that takes only this batch. */
export function staticBatchModel(batch: number): Uint8Array {
  const net = new Network(1)
  const hidden = net.relu(net.conv({ name: 'x', channels: 3 }, 8, 3, 2))
  const scores = net.gemm(net.pool(hidden), 4)
  const { name, ...graph } = net.finish('static', scores, [x('float32', [batch, 3, 16, 16])], y('float32', [batch, 4]))
  return model(graph, name)
}

/** y = x · scale: an input with a batch beside a scalar, as speech models have for their sampling rate. */
export function scalarInputModel(): Uint8Array {
  return model({
    nodes: [{ op: 'Mul', inputs: ['x', 'scale'], outputs: ['y'] }],
    inputs: [x('float32', ['batch', 8]), { name: 'scale', dtype: 'float32', shape: [] }],
    outputs: [y('float32', ['batch', 8])],
  })
}

/** Two inputs of other dtypes and a string beside: int64 ids are cast and added; `text` is passed on. */
export function mixedInputModel(): Uint8Array {
  return model({
    nodes: [
      { op: 'Cast', inputs: ['ids'], outputs: ['floats'], attributes: { to: 1 } },
      { op: 'Add', inputs: ['floats', 'x'], outputs: ['y'] },
      { op: 'Identity', inputs: ['text'], outputs: ['text_out'] },
    ],
    inputs: [
      { name: 'ids', dtype: 'int64', shape: ['batch', 'length'] },
      x('float32', ['batch', 'length']),
      { name: 'text', dtype: 'string', shape: ['batch'] },
    ],
    outputs: [y('float32', ['batch', 'length']), { name: 'text_out', dtype: 'string', shape: ['batch'] }],
  })
}

/** y = x + weight, the weight in a file beside the model: write both into one folder. */
export function externalDataModel(location = 'weights.bin'): { model: Uint8Array; weights: Uint8Array } {
  const weights = rawBytes(Float32Array.of(1, 2, 3, 4))
  const external = { location, offset: 0, length: weights.length }
  return {
    weights,
    model: model({
      nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
      inputs: [x('float32', ['batch', 4])],
      outputs: [y('float32', ['batch', 4])],
      weights: [{ name: 'w', dtype: 'float32', shape: [4], external }],
    }),
  }
}

/** Loads, and fails at every run: row 100 of a table of 2. */
export function failingModel(): Uint8Array {
  return model({
    nodes: [
      { op: 'Shape', inputs: ['x'], outputs: ['shape'] },
      { op: 'Add', inputs: ['shape', 'hundred'], outputs: ['row'] },
      { op: 'Gather', inputs: ['table', 'row'], outputs: ['y'] },
    ],
    inputs: [x('float32', ['batch'])],
    outputs: [y('float32', [1])],
    weights: [
      { name: 'hundred', dtype: 'int64', shape: [1], raw: rawBytes(BigInt64Array.of(100n)) },
      { name: 'table', dtype: 'float32', shape: [2], raw: rawBytes(Float32Array.of(1, 2)) },
    ],
  })
}

/** A node of an operator that no runtime has. */
export function unknownOperatorModel(): Uint8Array {
  return model({
    nodes: [{ op: 'Teleport', inputs: ['x'], outputs: ['y'] }],
    inputs: [x('float32', ['batch', 4])],
    outputs: [y('float32', ['batch', 4])],
  })
}

/** An input that cannot be fed: a sequence of tensors. */
export function sequenceInputModel(): Uint8Array {
  return model({
    nodes: [{ op: 'ConcatFromSequence', inputs: ['x'], outputs: ['y'], attributes: { axis: 0 } }],
    inputs: [{ name: 'x', dtype: 'float32', kind: 'sequence' }],
    outputs: [y('float32', undefined)],
  })
}

/**
 * The layers of ResNet-50 (He et al. 2015, stride in the 3×3 convolution, batch norms folded into biases) with random
 * weights: 25.5 million, 102 MB; `image` [batch, 3, 224, 224] to `y` [batch, 1000]. Its time is that of the real one.
 */
export function resnet50Model(): Uint8Array {
  const net = new Network(50)
  const bottleneck = (input: Layer, width: number, stride: number, isFirst: boolean) => {
    const shortcut = isFirst ? net.conv(input, 4 * width, 1, stride) : input
    const inner = net.relu(net.conv(net.relu(net.conv(input, width, 1)), width, 3, stride))
    return net.relu(net.add(net.conv(inner, 4 * width, 1), shortcut))
  }
  let layer = net.maxPool(net.relu(net.conv({ name: 'image', channels: 3 }, 64, 7, 2)), 3, 2)
  const stages = [
    { width: 64, blocks: 3, stride: 1 },
    { width: 128, blocks: 4, stride: 2 },
    { width: 256, blocks: 6, stride: 2 },
    { width: 512, blocks: 3, stride: 2 },
  ]
  for (const { width, blocks, stride } of stages) {
    for (let block = 0; block < blocks; block++) layer = bottleneck(layer, width, block === 0 ? stride : 1, block === 0)
  }
  const scores = net.gemm(net.pool(layer), 1000)
  const image: ValueSpec = { name: 'image', dtype: 'float32', shape: ['batch', 3, 224, 224] }
  const { name, ...graph } = net.finish('resnet50', scores, [image], y('float32', ['batch', 1000]))
  return model(graph, name)
}
