import type { Model } from '#domain/model.ts'
import { type TrtexecAbilities, trtexecAbilities } from '../../native-tools/trtexec-abilities.ts'
import { modelWith, tensor } from './models.ts'

/** First line of any run of trtexec, by version. */
const BANNERS = {
  '7.2': '&&&& RUNNING TensorRT.trtexec # trtexec --help',
  '8.0': '&&&& RUNNING TensorRT.trtexec [TensorRT v8003] # trtexec --help',
  '8.4': '&&&& RUNNING TensorRT.trtexec [TensorRT v8401] # trtexec --help',
  '8.6': '&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --help',
  '10.9': '&&&& RUNNING TensorRT.trtexec [TensorRT v100900] [b34] # trtexec --help',
  '11.0': '&&&& RUNNING TensorRT.trtexec [TensorRT v110000] [b114] # trtexec --help',
  '11.1': '&&&& RUNNING TensorRT.trtexec [TensorRT v110100] [b106] # trtexec --help',
} as const

export type TrtexecVersion = keyof typeof BANNERS

export function abilitiesOf(version: TrtexecVersion): TrtexecAbilities {
  return trtexecAbilities(BANNERS[version])
}

const WEIGHTS = {
  fp32: [{ dtype: 'float32', count: 100, bytes: 400 }],
  fp16: [{ dtype: 'float16', count: 100, bytes: 200 }],
  bf16: [{ dtype: 'bfloat16', count: 100, bytes: 200 }],
  fp8: [
    { dtype: 'float32', count: 100, bytes: 400 },
    { dtype: 'float8e4m3fn', count: 1, bytes: 1 },
  ],
}

function image(
  name: string,
  batch: number | string,
  weights: keyof typeof WEIGHTS,
  operators: Model['operators'] = [],
): Model {
  const dtype = weights === 'fp16' ? 'float16' : 'float32'
  return modelWith([tensor('x', [batch, 3, 224, 224], dtype)], {
    name,
    path: `/models/${name}`,
    outputs: [tensor('y', [batch, 1000], dtype)],
    weights: WEIGHTS[weights],
    operators,
  })
}

const QDQ = [
  { type: 'QuantizeLinear', count: 2 },
  { type: 'DequantizeLinear', count: 2 },
]

/** Models by what makes trtexec treat them differently. */
export const MODELS = {
  dynamic: image('resnet.onnx', 'batch', 'fp32'),
  fixed: image('fixed.onnx', 1, 'fp32'),
  half: image('half.onnx', 'batch', 'fp16'),
  bfloat: image('bfloat.onnx', 'batch', 'bf16'),
  quantized: image('qat.onnx', 'batch', 'fp32', QDQ),
  float8: image('fp8.onnx', 'batch', 'fp8', QDQ),
  text: modelWith([tensor('ids:0', ['batch', 'length'], 'int64'), tensor('mask', ['batch', 'length'], 'int64')], {
    name: 'bert.onnx',
    path: '/models/bert.onnx',
    outputs: [tensor('logits', ['batch', 2])],
    weights: WEIGHTS.fp32,
  }),
  resize: modelWith([tensor('image', [1, 3, 8, 8]), tensor('sizes', [4], 'int64')], {
    name: 'resize.onnx',
    path: '/models/resize.onnx',
    weights: WEIGHTS.fp32,
  }),
} satisfies Record<string, Model>
