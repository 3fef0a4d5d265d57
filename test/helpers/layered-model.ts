import { Network } from '../../resources/onnx-network.ts'
import { encodeModel } from '../../resources/onnx-writer.ts'

export interface LayeredModel {
  bytes: Uint8Array
  /** Outputs of the convolutions, in order. */
  convolutions: string[]
}

/**
 * Twelve convolutions with ways around them, then ten classes; `x` [batch, 3, 16, 16] to `scores`. Seeded.
 * @param damaged the convolution, from 0, in which one weight is wrong
 */
export function layeredModel({ damaged, output = 'scores' }: { damaged?: number; output?: string } = {}): LayeredModel {
  const net = new Network(12)
  const convolutions: string[] = []
  let layer = net.conv({ name: 'x', channels: 3 }, 8, 3)
  convolutions.push(layer.name)
  while (convolutions.length < 12) {
    const inner = net.conv(net.relu(layer), 8, 3)
    convolutions.push(inner.name)
    layer = net.add(inner, layer)
  }
  const scores = net.gemm(net.pool(layer), 10)
  const { name, weights, ...graph } = net.finish(
    'layered',
    scores,
    [{ name: 'x', dtype: 'float32', shape: ['batch', 3, 16, 16] }],
    { name: output, dtype: 'float32', shape: ['batch', 10] },
  )
  // A convolution has a weight and a bias.
  const wrong = damaged === undefined ? undefined : weights[2 * damaged]
  if (wrong?.raw !== undefined) {
    const raw = wrong.raw.slice()
    new DataView(raw.buffer).setFloat32(40, 3, true)
    weights[2 * (damaged ?? 0)] = { ...wrong, raw }
  }
  return {
    convolutions,
    bytes: encodeModel({
      producer: 'batchscope test',
      irVersion: 10,
      opsets: [{ domain: '', version: 21 }],
      graph: { ...graph, name, weights },
    }),
  }
}
