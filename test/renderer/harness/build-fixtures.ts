import type { AttachmentRef } from '#domain/attachment.ts'
import { BuildSpec } from '#domain/build-spec.ts'
import type { Layer, LayerTable } from '#domain/layer.ts'
import type { Passport } from '#domain/passport.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Progress, Run } from '#domain/run.ts'
import { model, plan, point, run } from '../pages/samples.ts'

/** As `runs.attachments` gives them. */
export type KeptAttachment = AttachmentRef & { data: unknown }

/** Invented, only for looking at: a small network built twice, and what hostile files may hold. */
const FP16: readonly Layer[] = [
  timed('Reformatting CopyNode for Input Tensor 0 to conv1 + relu1', 'Reformat', 'fp16', 0.081),
  timed('conv1 + relu1', 'CaskConvolution', 'fp16', 0.112, ['conv1', 'relu1']),
  timed('pool1', 'CudaPooling', 'fp16', 0.062, ['pool1']),
  timed('conv2 + add2 + relu2', 'CaskConvolution', 'fp16', 0.053, ['conv2', 'add2', 'relu2']),
  timed('PWN(sigmoid3, mul3)', 'PointWise', 'fp16', 0.0071, ['sigmoid3', 'mul3']),
  timed('<img src=x onerror=alert(1)>\u202egnp.exe', 'Plugin "V2"', 'mixed', 0.0122, ['<b>node</b>']),
  timed('gemm4', 'CaskGemmConvolution', 'fp16', 0.0184, ['gemm4']),
  { name: '(Unnamed Layer* 9) [Constant]', type: 'Constant' },
]

const FP32: readonly Layer[] = [
  timed('conv1', 'CaskConvolution', 'fp32', 0.21, ['conv1']),
  timed('relu1', 'PointWise', 'fp32', 0.031, ['relu1']),
  timed('pool1', 'CudaPooling', 'fp32', 0.071, ['pool1']),
  timed('conv2 + add2 + relu2', 'CaskConvolution', 'fp32', 0.12, ['conv2', 'add2', 'relu2']),
  timed('sigmoid3', 'PointWise', 'fp32', 0.009, ['sigmoid3']),
  timed('mul3', 'PointWise', 'fp32', 0.008, ['mul3']),
  timed('gemm4', 'CaskGemmConvolution', 'fp16', 0.0183, ['gemm4']),
]

function timed(name: string, type: string, precision: string, averageMs: number, onnxNodes: string[] = []): Layer {
  return {
    name,
    type,
    precision,
    averageMs,
    medianMs: 0.99 * averageMs,
    tactic: type.startsWith('Cask') ? `sm80_xmma_fprop_implicit_gemm_${precision}_128x64` : '0x0000000000000000',
    inputs: [
      { name: 'x', dims: [8, 64, 56, 56], precision, format: 'Channel major FP16 format where channel % 8 == 0' },
    ],
    outputs: [{ name: `${name}_out`, dims: [8, 64, 56, 56], precision, format: 'Row major linear FP16 format' }],
    onnxNodes,
    details: { Activation: 'RELU', Type: 'kind of its own' },
  }
}

function table(title: string, layers: readonly Layer[], change: Partial<LayerTable> = {}): LayerTable {
  return {
    title,
    sources: ['trtexec --exportProfile', 'trtexec --exportLayerInfo'],
    runs: 1128,
    layers: [...layers],
    notices: [],
    ...change,
  }
}

/** As long as the engines of language models are. */
const MANY = Array.from({ length: 3000 }, (_, index) =>
  timed(`/model/layers.${index}/MatMul`, index % 3 === 0 ? 'gemm' : 'kgen', 'bf16', 0.001 + (index % 17) / 1000),
)

const layers = (name: string, data: LayerTable): KeptAttachment => ({ kind: 'layers', name, data })

/** What the runs of the fixture session keep, by run. */
export const attachments: Readonly<Record<string, readonly KeptAttachment[]>> = {
  build1: [layers('engine', table('tiny.onnx · FP16', FP16, { notices: ['1 layer has no time.'] }))],
  measured1: [layers('e1', table('batch 8 · FP16', FP16, { pointId: 'e1' }))],
  layers1: [
    layers('fp32', table('tiny.onnx · FP32', FP32)),
    layers(
      'names',
      table('names only', [{ name: 'a + b' }, { name: 'c' }], { sources: ['trtexec --exportLayerInfo'] }),
    ),
    layers('many', table('3,000 layers', MANY)),
  ],
}

const ENGINE_PATH = '/home/me/engines/tiny_fp16_8x3x224x224_trt10.16.1_nvidia-h100-pcie_3fa9c2d1.engine'

const passport: Passport = {
  command: { cli: 'batchscope build /models/tiny.onnx --precision fp16' },
  app: { version: '0.1.0' },
  model: { path: '/models/tiny.onnx' },
  runtime: { tool: 'trtexec', version: '10.16.1', double: true },
  method: {
    precision: 'fp16',
    optShapes: ['x:8x3x224x224'],
    engine: ENGINE_PATH,
    engineBytes: 24_381_120,
    engineSha256: '3fa9c2d1'.repeat(8),
    elapsedSec: 52.3,
    builtSeconds: 48.21,
    timingCache: '/home/me/engines/timing_trt10.16.1_nvidia-h100-pcie.cache',
    timingCacheHit: false,
  },
  cpu: {},
  memory: {},
  gpu: { name: 'Batchscope test double (played NVIDIA H100 PCIe)' },
  os: {},
  time: {},
}

/** A point of a benchmark whose engine's layers are kept. */
const measured = point({
  id: 'e1',
  runtime: 'tensorrt',
  device: 'gpu0',
  precision: 'fp16',
  batch: 8,
  phasesMs: { gpuCompute: { mean: 0.31, p50: 0.309 } },
})

function build(change: Partial<Run>): Run {
  return run({
    kind: 'build',
    title: 'tiny.onnx · FP16',
    subtitle: 'TensorRT 10.16.1 · NVIDIA H100 PCIe',
    createdAt: '2026-11-20T12:00:00.000Z',
    startedAt: '2026-11-20T12:00:00.000Z',
    command: 'batchscope build /models/tiny.onnx --precision fp16',
    model: model(),
    ...change,
  })
}

export const buildRuns: readonly Run[] = [
  build({
    id: 'build1',
    passport,
    endedAt: '2026-11-20T12:00:52.000Z',
    notices: [
      {
        level: 'warning',
        text: 'Played by the test double of trtexec: no engine was built, every figure is made up.',
      },
      { level: 'warning', text: '3 weights became subnormal in FP16: compare the outputs before the engine is used.' },
    ],
  }),
  build({ id: 'build2', title: 'tiny.onnx · building', status: 'running' }),
  build({
    id: 'build3',
    title: 'tiny.onnx · no plugin',
    status: 'failed',
    error: {
      code: 'TOOL_FAILED',
      message: 'TensorRT has no implementation of the operator EfficientNMS_TRT.',
      where: 'node 212',
      hint: 'Give the plugin library that has it.',
    },
  }),
  build({ id: 'measured1', kind: 'bench', title: 'tiny.onnx · measured', points: [measured], pointCount: 1 }),
  build({ id: 'layers1', kind: 'import', title: 'tiny.layers.json', command: 'batchscope import tiny.layers.json' }),
]

export const BUILD_PROGRESS: readonly Progress[] = [
  { phase: 'starting trtexec' },
  { phase: 'reading the model' },
  { phase: 'optimising the graph' },
  { phase: 'timing tactics: 38 layers, 212 timings so far' },
]

/** What an engine that knows kind 'build' would answer: trtexec 11 is there, so FP16 is refused with the way out. */
export function buildPlan(spec: unknown): RunPlan {
  const { precision } = BuildSpec.parse(spec)
  const refused = precision === 'fp16' || precision === 'int8'
  return {
    ...plan(),
    kind: 'build',
    title: `tiny.onnx · ${precision.toUpperCase()}`,
    subtitle: 'TensorRT 11.1.0 · NVIDIA H100 PCIe',
    command: `batchscope build /models/tiny.onnx --precision ${precision}`,
    pointCount: 1,
    notices: [{ level: 'info', text: 'TensorRT 11 takes the precision from the model: nothing is converted.' }],
    ...(refused
      ? {
          problems: [
            {
              code: 'SPEC_INVALID' as const,
              message: `TensorRT 11 has no flag for ${precision.toUpperCase()}: it builds what the model holds.`,
              where: 'precision',
              hint: `Convert first: batchscope convert /models/tiny.onnx --precision ${precision}`,
            },
          ],
        }
      : { argv: ['trtexec', '--onnx=/models/tiny.onnx', '--saveEngine=/home/me/engines/tiny.engine'] }),
  }
}
