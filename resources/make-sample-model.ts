/**
 * Writes `sample-model.onnx`, the model that a newcomer benchmarks first: a residual CNN over 3×32×32 images with a
 * free batch, 79,658 float32 weights from seed 32, about 10 million multiply-adds per image.
 * Run: `node resources/make-sample-model.ts` (the bytes are the same every time; a test compares them).
 */
import { writeFileSync } from 'node:fs'
import { Network } from './onnx-network.ts'
import { encodeModel } from './onnx-writer.ts'

export function sampleModel(): Uint8Array {
  const net = new Network(32)
  const stem = net.relu(net.conv({ name: 'image', channels: 3 }, 16, 3))
  const first = net.relu(net.conv(stem, 32, 3, 2))
  const inner = net.relu(net.conv(first, 32, 3))
  const block = net.relu(net.add(net.conv(inner, 32, 3), first))
  const wide = net.relu(net.conv(net.maxPool(block, 3, 2), 64, 3))
  const deep = net.relu(net.conv(wide, 64, 3))
  const scores = net.softmax(net.gemm(net.pool(deep), 10))
  return encodeModel({
    producer: 'batchscope',
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    graph: net.finish('sample', scores, [{ name: 'image', dtype: 'float32', shape: ['batch', 3, 32, 32] }], {
      name: 'scores',
      dtype: 'float32',
      shape: ['batch', 10],
    }),
  })
}

if (import.meta.main) writeFileSync(new URL('sample-model.onnx', import.meta.url), sampleModel())
