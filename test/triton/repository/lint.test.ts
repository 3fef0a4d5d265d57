import { expect, test } from 'vitest'
import { Model, type TensorSpec } from '#domain/model.ts'
import { parseConfig } from '#formats/pbtxt/parse-config.ts'
import { type LintContext, lintModel } from '../../../src-main/triton/repository/lint.ts'

/**
 * Nothing to say about it. What lints call an error is refused by a real server in serve.test.ts; here each is raised
 * once, by the smallest change to a configuration that raises none.
 */
const GOOD = `backend: "onnxruntime"
max_batch_size: 8
input [
  { name: "x" data_type: TYPE_FP32 dims: [ 3, -1 ] },
  { name: "mask" data_type: TYPE_BOOL dims: 4 }
]
output { name: "y" data_type: TYPE_INT64 dims: 1 reshape { shape: [ ] } label_filename: "labels.txt" }
dynamic_batching { preferred_batch_size: [ 4, 8 ] }
instance_group { kind: KIND_CPU count: 2 }
model_warmup {
  name: "w" batch_size: 8
  inputs { key: "x" value { data_type: TYPE_FP32 dims: [ 3, 5 ] zero_data: true } }
  inputs { key: "mask" value { data_type: TYPE_BOOL dims: 4 zero_data: true } }
}
`
const X: TensorSpec = { name: 'x', kind: 'tensor', dtype: 'float32', shape: ['batch', 3, 'length'] }
const MASK: TensorSpec = { name: 'mask', kind: 'tensor', dtype: 'bool', shape: ['batch', 4] }
const Y: TensorSpec = { name: 'y', kind: 'tensor', dtype: 'int64', shape: ['batch'] }
const onnx = (inputs = [X, MASK]) =>
  Model.parse({
    path: '/m/1/model.onnx',
    name: 'model.onnx',
    format: 'onnx',
    bytes: 1,
    sha256: '',
    inputs,
    outputs: [Y],
  })

function lint(text: string, { noOnnx = false, ...more }: Partial<LintContext> & { noOnnx?: boolean } = {}): string[] {
  const { config = {}, problems } = parseConfig(text)
  expect(problems).toEqual([])
  const context: LintContext = {
    name: 'm',
    config,
    versions: [{ version: '1', files: ['model.onnx'] }],
    files: ['config.pbtxt', 'labels.txt'],
    models: new Map(),
    ...(noOnnx ? {} : { onnx: onnx() }),
    hasGpu: false,
    ...more,
  }
  return lintModel(context).map(({ severity, field, message }) => `${severity} ${field}: ${message}`)
}

test('a configuration that fits its model and its files is left alone', () => {
  expect(lint(GOOD)).toEqual([])
  expect(lint(`name: "m"\n${GOOD}`)).toEqual([])
  // Triton completes what is not written.
  expect(lint('backend: "onnxruntime"')).toEqual([])
  expect(lint('')).toEqual([])
})

test.each([
  [
    'max_batch_size: 8',
    'name: "other" max_batch_size: 8',
    ['error name: The name "other" is not that of the folder, "m"'],
  ],
  ['max_batch_size: 8', 'max_batch_size: 8 # KIND\n', []],
  [
    '[ 4, 8 ]',
    '[ 4, 9 ]',
    ['error dynamic_batching.preferred_batch_size: A preferred batch of 9 is more than max_batch_size 8'],
  ],
  ['count: 2', 'count: 1', []],
  ['KIND_CPU', 'KIND_GPU', ['warning instance_group[0].kind: KIND_GPU, and this machine shows no NVIDIA GPU']],
  [
    'dims: [ 3, -1 ]',
    'dims: [ 3, 0 ]',
    [
      'error input[0].dims: A size of "x" is neither positive nor −1',
      'error model_warmup[0].inputs: The warm-up feeds "x" as [3,5], the input is [3,0]',
    ],
  ],
  [
    'dims: [ 3, -1 ]',
    'dims: [ 4, -1 ]',
    [
      'error model_warmup[0].inputs: The warm-up feeds "x" as [3,5], the input is [4,-1]',
      'error input[0].dims: "x" is 3×length in the model (without the batch), 4×? here',
    ],
  ],
  [
    'TYPE_FP32 dims: [ 3, -1 ]',
    'TYPE_FP16 dims: [ 3, -1 ]',
    ['error input[0].data_type: "x" is TYPE_FP32 in the model'],
  ],
  ['data_type: TYPE_INT64', '', ['error output[0].data_type: "y" has no data_type']],
  ['name: "y"', 'name: "z"', ['error output[0].name: The model has no output "z"']],
  [
    'shape: [ ]',
    'shape: [ 2 ]',
    [
      'error output[0].reshape: The reshape of "y" has 2 elements, its dims 1',
      'error output[0].dims: "y" is scalar in the model (without the batch), 2 here',
    ],
  ],
  [
    'labels.txt',
    'words.txt',
    ["error output[0].label_filename: The label file words.txt is not in the model's folder"],
  ],
  [
    'name: "w" batch_size: 8',
    'name: "w" batch_size: 9',
    ['error model_warmup[0].batch_size: A warm-up of batch 9 is more than max_batch_size 8'],
  ],
  [
    'name: "w" batch_size: 8',
    'name: "w" batch_size: 0',
    ['info model_warmup[0].batch_size: A warm-up of batch 0 is not run'],
  ],
  [
    'dims: [ 3, 5 ]',
    'dims: [ 2, 5 ]',
    ['error model_warmup[0].inputs: The warm-up feeds "x" as [2,5], the input is [3,-1]'],
  ],
  [
    'key: "mask"',
    'key: "musk"',
    [
      'error model_warmup[0].inputs: The warm-up feeds "musk", which is no input',
      'error model_warmup[0].inputs: The warm-up does not feed "mask"',
    ],
  ],
  [
    '"onnxruntime"',
    '"onnxruntime" default_model_filename: "net.onnx"',
    ['error default_model_filename: Version 1 has no net.onnx'],
  ],
])('%s → %s', (from, to, said) => {
  const text = GOOD.replace(from, to)
  expect(text).not.toBe(GOOD)
  expect(lint(text)).toEqual(said)
})

test('the model against its configuration: an input that is not written, a batch the model does not have', () => {
  expect(lint(GOOD, { onnx: onnx([X, MASK, { ...MASK, name: 'more' }]) })).toEqual([
    'error input: The model\'s input "more" is not written',
  ])
  expect(lint(GOOD, { onnx: onnx([{ ...X, shape: [8, 3, 'length'] }, MASK]) })).toEqual([
    'error max_batch_size: max_batch_size 8, but the model has no free first dimension to batch over',
  ])
})

test('files: no version, no model file, an engine and who built it', () => {
  expect(lint(GOOD, { versions: [] })).toEqual(['error : There is no version folder'])
  expect(lint(GOOD, { versions: [{ version: '2', files: ['net.onnx'] }] })).toEqual([
    'error backend: Version 2 has no model.onnx',
  ])
  expect(lint('max_batch_size: 1', { versions: [{ version: '1', files: ['x.bin'] }], noOnnx: true })).toEqual([
    'error backend: Neither backend nor platform is set, and no file tells it',
  ])
  const plan = { versions: [{ version: '1', files: ['model.plan'] }], noOnnx: true }
  const engines = [{ version: '1', file: 'model.plan', tensorrt: '10.5.0.18' }]
  expect(lint('platform: "tensorrt_plan"', { ...plan, engines })).toEqual([
    'info backend: 1/model.plan was built by TensorRT 10.5.0.18',
  ])
  expect(lint('backend: "onnxruntime"', { engines })).toEqual([])
})

test('a batch with nothing to batch is said', () => {
  const text = 'backend: "onnxruntime" max_batch_size: 0 dynamic_batching { }'
  expect(lint(text, { noOnnx: true })).toEqual([
    'warning dynamic_batching: Dynamic batching does nothing at max_batch_size 0',
  ])
  expect(lint('max_batch_size: -1')).toContain('error max_batch_size: max_batch_size is negative')
  expect(lint(text.replace('0', '2'), { noOnnx: true })).toEqual([])
})

test('a scalar is reshaped where items are batched, and one element where nothing is', () => {
  const onnx = Model.parse({
    ...{ path: '/m/1/model.onnx', name: 'model.onnx', format: 'onnx', bytes: 1, sha256: '' },
    inputs: [{ ...X, shape: [] }],
    outputs: [{ ...Y, shape: [] }],
  })
  const text = (reshape: string) =>
    `backend: "onnxruntime" input { name: "x" data_type: TYPE_FP32 dims: 1 ${reshape} } output { name: "y" data_type: TYPE_INT64 dims: 1 }`
  expect(lint(text(''), { onnx })).toEqual([])
  expect(lint(text('reshape { shape: [ ] }'), { onnx })).toEqual([
    'error input[0].reshape: "x" cannot become a scalar: nothing is batched',
  ])
})

const PARTS = new Map([
  [
    'a',
    parseConfig('input { name: "IN" data_type: TYPE_FP32 dims: 1 } output { name: "OUT" data_type: TYPE_FP32 dims: 1 }')
      .config ?? {},
  ],
])
const ENSEMBLE = `platform: "ensemble" max_batch_size: 0
input { name: "I" data_type: TYPE_FP32 dims: 1 }
output { name: "O" data_type: TYPE_FP32 dims: 1 }
ensemble_scheduling { step [
  { model_name: "a" model_version: -1 input_map { key: "IN" value: "I" } output_map { key: "OUT" value: "t" } },
  { model_name: "a" model_version: -1 input_map { key: "IN" value: "t" } output_map { key: "OUT" value: "O" } }
] }
`
test.each([
  ['platform: "ensemble"', 'platform: "ensemble" # same\n', []],
  ['platform: "ensemble"', '', ['error ensemble_scheduling: Steps, but the platform is not "ensemble"']],
  [
    '{ model_name: "a"',
    '{ model_name: "b"',
    ['error ensemble_scheduling.step[0].model_name: There is no model "b" in this repository'],
  ],
  [
    'key: "OUT" value: "O"',
    'key: "AUS" value: "O"',
    ['error ensemble_scheduling.step[1].output_map: "a" has no output "AUS"'],
  ],
  [
    'key: "IN" value: "t"',
    'key: "IN" value: "u"',
    ['error ensemble_scheduling.step[1].input_map: No input and no step gives "u"'],
  ],
  [
    'input_map { key: "IN" value: "t" }',
    '',
    ['error ensemble_scheduling.step[1].input_map: The input "IN" of "a" is not fed'],
  ],
  ['value: "O"', 'value: "P"', ['error output[0].name: No step gives "O"']],
  [
    'max_batch_size: 0',
    'instance_group { count: 2 }',
    ['error instance_group: An ensemble has no instances of its own'],
  ],
])('an ensemble, %s → %s', (from, to, said) => {
  const versions = [{ version: '1', files: [] }]
  expect(lint(ENSEMBLE.replace(from, to), { models: PARTS, versions, noOnnx: true })).toEqual(said)
})
