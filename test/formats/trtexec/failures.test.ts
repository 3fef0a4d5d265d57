import { describe, expect, test } from 'vitest'
import { failuresOf } from '#formats/trtexec/failures.ts'
import { TrtexecLogReader } from '#formats/trtexec/log.ts'
import { sampleText, withoutSamples } from '../../helpers/samples.ts'

type Exit = Parameters<TrtexecLogReader['end']>[0]

function failures(log: string, exit?: Exit) {
  const reader = new TrtexecLogReader()
  for (const line of log.split('\n')) reader.line('stdout', line)
  return reader.end(exit).runs.flatMap(failuresOf)
}

/** An error as trtexec writes it, with what always follows. */
const failing = (
  text: string,
  version = '101601',
) => `&&&& RUNNING TensorRT.trtexec [TensorRT v${version}] # trtexec --onnx=a.onnx
[07/07/2026-02:10:45] [E] ${text}
[07/07/2026-02:10:45] [E] Engine could not be created from network
[07/07/2026-02:10:45] [E] Building engine failed
[07/07/2026-02:10:45] [E] Failed to create engine from model or file.
[07/07/2026-02:10:45] [E] Engine set up failed
&&&& FAILED TensorRT.trtexec [TensorRT v${version}] # trtexec --onnx=a.onnx`

// Texts of facts and issues; each means one thing and leads somewhere.
const KNOWN: readonly (readonly [text: string, code: string, message: RegExp, hint: RegExp])[] = [
  ['Unknown option: --workspace 2048', 'USAGE', /10\.16\.1.*no flag --workspace/, /memPoolSize=workspace/],
  ['Unknown option: --fp16 ', 'USAGE', /no flag --fp16/, /convert it to FP16/],
  ['Unknown option: --tea', 'USAGE', /no flag --tea/, /trtexec --help/],
  ['Model missing or format not recognized', 'USAGE', /no model/, /--onnx/],
  ['Incompatible load and save engine options selected', 'USAGE', /loaded and saved/, /--saveEngine/],
  ['Could not open file x.onnx', 'FILE_NOT_FOUND', /model file/, /path/],
  ['Error opening engine file: a.plan', 'FILE_NOT_FOUND', /engine file/, /end of a build/],
  ['Cannot open engine file: /ro/a.plan', 'FILE_UNWRITABLE', /cannot be written/, /folder/],
  ['[TRT] No importer registered for op: NonZero2', 'MODEL_UNSUPPORTED', /operator NonZero2/, /plugin/],
  [
    'Error Code 4: Shape Error (broadcast dimensions must be conformable)',
    'MODEL_UNSUPPORTED',
    /broadcast/,
    /simplify/,
  ],
  ['[8] Invalid Node - Resize_12', 'MODEL_UNSUPPORTED', /Resize_12/, /onnx.checker/],
  [
    'Network has dynamic or shape inputs, but no optimization profile has been defined.',
    'SHAPE_MISMATCH',
    /no shapes/,
    /--minShapes/,
  ],
  [
    'Static model does not take explicit shapes since the shape of inference tensors will be determined by the model itself',
    'SHAPE_MISMATCH',
    /fixed shapes/,
    /Leave out/,
  ],
  [
    'Cannot find input tensor with name "images" in the network inputs!',
    'SHAPE_MISMATCH',
    /model has no input named images/,
    /inspect/,
  ],
  [
    'Cannot find input tensor with name "images" in the engine bindings!',
    'SHAPE_MISMATCH',
    /engine has no input named images/,
    /inspect/,
  ],
  ['Specified optimization profiles must satisfy MIN<=OPT<=MAX', 'SHAPE_MISMATCH', /order/, /min ≤ opt/],
  ['Selected profile index 3 exceeds the number of profiles', 'USAGE', /profile 3/, /useProfile/],
  [
    'Error Code 10: Internal Error (Could not find any implementation for node Conv_1.)',
    'RUNTIME_FAILED',
    /no kernel for Conv_1$/,
    /memPoolSize/,
  ],
  ['Error Code 1: Cuda Runtime (out of memory)', 'RUNTIME_FAILED', /free memory/, /nvidia-smi/],
  [
    'Requested amount of GPU memory (34359738368 bytes) could not be allocated.',
    'RUNTIME_FAILED',
    /32768 MiB/,
    /nvidia-smi/,
  ],
  [
    'Version tag does not match. Note: Current Version: 237, Serialized Engine Version: 239',
    'RUNTIME_FAILED',
    /239.*237/,
    /Build the engine again/,
  ],
  [
    'The engine plan file is not compatible with this version of TensorRT, expecting library version 8.0.0 got 8.0.1, please rebuild',
    'RUNTIME_FAILED',
    /8\.0\.1; here runs 8\.0\.0/,
    /Build/,
  ],
  [
    'The engine plan file is generated on an incompatible device, expecting compute 8.6 got compute 7.5, please rebuild.',
    'RUNTIME_FAILED',
    /capability 7\.5; this one has 8\.6/,
    /Build/,
  ],
  ['CUDA initialization failure with error: 35', 'RUNTIME_UNAVAILABLE', /driver is too old/, /driver/],
  ['CUDA initialization failure with error: 2', 'RUNTIME_FAILED', /free memory/, /nvidia-smi/],
  ['CUDA initialization failure with error: 100', 'RUNTIME_UNAVAILABLE', /no GPU/, /--gpus all/],
  [
    'ElementWiseOperation SUB must have same input types. But they are of types Half and Float.',
    'MODEL_UNSUPPORTED',
    /Half and Float/,
    /Cast/,
  ],
]

test.each(KNOWN)('%s', (text, code, message, hint) => {
  const [first, ...others] = failures(failing(text))
  expect(others).toEqual([])
  expect(first).toMatchObject({ code, detail: expect.stringContaining(text.trim().split('] ').at(-1) ?? '') })
  expect(first?.message).toMatch(message)
  expect(first?.hint).toMatch(hint)
})

test('what no table knows is told in TensorRT’s words, without the lines that only follow', () => {
  const [first] = failures(failing('[TRT] A thing of tomorrow (went wrong)'))
  expect(first).toMatchObject({
    code: 'TOOL_FAILED',
    message: 'A thing of tomorrow (went wrong)',
    detail: 'A thing of tomorrow (went wrong)',
  })
})

test('the exit decides, then the banner: a death, a refusal without a banner, a success with errors in its log', () => {
  const begun = '&&&& RUNNING TensorRT.trtexec [TensorRT v110100] [b1] # trtexec --onnx=a.onnx'
  expect(failures(begun, { signal: 'SIGKILL' })).toMatchObject([
    { code: 'CHILD_DIED', hint: expect.stringContaining('memory') },
  ])
  expect(failures(begun, { exitCode: 134 })).toMatchObject([{ code: 'CHILD_DIED' }])
  expect(failures(`${begun}\n[08/27/2026-12:22:06] [E] Unknown option: --int8`, { exitCode: 1 })).toHaveLength(1)
  expect(failures(`${begun}\n[08/27/2026-12:22:06] [E] [TRT] a tactic failed`, { exitCode: 0 })).toEqual([])
  expect(failures(`${begun}\n&&&& PASSED TensorRT.trtexec [TensorRT v110100] # trtexec`, { exitCode: 1 })).toHaveLength(
    1,
  )
  expect(
    failures(
      'trtexec: error while loading shared libraries: libnvinfer.so.10: cannot open shared object file: No such file',
      { exitCode: 127 },
    ),
  ).toMatchObject([{ message: expect.stringContaining('libnvinfer.so.10'), where: 'libnvinfer.so.10' }])
  expect(
    failures(`${begun}\nCuda failure: CUDA driver version is insufficient for CUDA runtime version`, { exitCode: 134 }),
  ).toMatchObject([{ code: 'RUNTIME_UNAVAILABLE' }, { code: 'RUNTIME_FAILED' }])
})

describe.skipIf(withoutSamples)('recorded failures', () => {
  const CAUSES: readonly (readonly [file: string, code: string, message: RegExp])[] = [
    ['fail-trt100001-deserialize-version.excerpt.log', 'RUNTIME_FAILED', /TensorRT 10\.0\.1 cannot read/],
    ['fail-trt101300-windows-missing-onnx.excerpt.log', 'FILE_NOT_FOUND', /model file does not exist/],
    [
      'fail-trt8205-no-implementation.excerpt.log',
      'RUNTIME_FAILED',
      /no kernel for \{ForeignNode\[onnx::Gather_72\.\.\.ScatterND_170\]\}$/,
    ],
    ['fail-trt8601-static-dimension-mismatch.excerpt.log', 'SHAPE_MISMATCH', /cannot run images:2x3x320x640/],
    [
      'trt101600-failed-plugin-not-found.log',
      'MODEL_UNSUPPORTED',
      /operator AddScalar.*node 0, CustomOpModel-N-0-AddScalar/,
    ],
    ['trt8203-failed-stdout-only.log', 'TOOL_FAILED', /does not say why/],
    ['trt8410-orin-truncated.log', 'CHILD_DIED', /Unsupported type/],
  ]
  test.each(CAUSES)('%s: its one cause', (file, code, message) => {
    const found = failures(sampleText(`trtexec/${file}`))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ code, message: expect.stringMatching(message), hint: expect.stringMatching(/\w/) })
  })

  test('removed flags, each with what to write instead', () => {
    const removed = failures(sampleText('trtexec/fail-trt100300-removed-options.excerpt.log'))
    expect(removed.map(({ where, hint }) => [where, hint?.slice(0, 22)])).toEqual([
      ['--workspace', 'Write --memPoolSize=wo'],
      ['--buildOnly', 'Write --skipInference '],
      ['--explicitBatch', 'Leave it out: every ba'],
    ])
    const after = failures(sampleText('trtexec/trt110100-stronglyTyped-and-unknown-options.log'))
    expect(after.map(({ where }) => where)).toEqual(['--fp16', '--int8', '--best', '--precisionConstraints'])
  })
})
