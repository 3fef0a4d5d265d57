import { type BuildSpecInput, EngineRunSpec } from '#domain/build-spec.ts'
import type { MODELS } from './trtexec.ts'

const SHAPES = { optShapes: { x: [8, 3, 224, 224] } }
const RANGE = {
  minShapes: { x: [1, 3, 224, 224] },
  optShapes: { x: [8, 3, 224, 224] },
  maxShapes: { x: [32, 3, 224, 224] },
}
const TEXT = {
  minShapes: { 'ids:0': [1, 8], mask: [1, 8] },
  optShapes: { 'ids:0': [4, 128], mask: [4, 128] },
  maxShapes: { 'ids:0': [8, 512], mask: [8, 512] },
}

type Case = [model: keyof typeof MODELS, spec: Omit<BuildSpecInput, 'modelPath'>]

/** Every field of a spec at least once, and what must be refused. */
export const BUILDS: Record<string, Case> = {
  'static, default': ['fixed', {}],
  'static, fp32': ['fixed', { precision: 'fp32' }],
  'static, fp16': ['fixed', { precision: 'fp16' }],
  'static with shapes': ['fixed', SHAPES],
  'dynamic without shapes': ['dynamic', {}],
  'dynamic, one shape': ['dynamic', SHAPES],
  'dynamic, a range': ['dynamic', RANGE],
  'dynamic, min and max without opt': ['dynamic', { minShapes: RANGE.minShapes, maxShapes: RANGE.maxShapes }],
  'dynamic, min above opt': ['dynamic', { ...RANGE, minShapes: { x: [16, 3, 224, 224] } }],
  'dynamic, a fixed size changed': ['dynamic', { optShapes: { x: [8, 4, 224, 224] } }],
  'dynamic, an input that is not there': ['dynamic', { optShapes: { x: [8, 3, 224, 224], z: [1] } }],
  'two inputs, one with a colon': ['text', TEXT],
  'values of a shape tensor': ['resize', { optShapes: { sizes: [1, 3, 16, 16] } }],
  bf16: ['dynamic', { ...SHAPES, precision: 'bf16' }],
  fp8: ['dynamic', { ...SHAPES, precision: 'fp8' }],
  'int8, scales made up': ['dynamic', { ...SHAPES, precision: 'int8' }],
  'int8 with a calibration cache': ['dynamic', { ...SHAPES, precision: 'int8', calibrationCache: '/c/calib.cache' }],
  'fp16 with a calibration cache': ['dynamic', { ...SHAPES, precision: 'fp16', calibrationCache: '/c/calib.cache' }],
  best: ['dynamic', { ...SHAPES, precision: 'best' }],
  "the model's own types": ['dynamic', { ...SHAPES, precision: 'model' }],
  'half model as it is': ['half', { ...SHAPES, precision: 'model' }],
  'half model, fp16': ['half', { ...SHAPES, precision: 'fp16' }],
  'half model, fp32': ['half', { ...SHAPES, precision: 'fp32' }],
  'bfloat model, bf16': ['bfloat', { ...SHAPES, precision: 'bf16' }],
  'quantized model, int8': ['quantized', { ...SHAPES, precision: 'int8' }],
  'quantized model as it is': ['quantized', { ...SHAPES, precision: 'model' }],
  'quantized model, tf32': ['quantized', { ...SHAPES, precision: 'tf32' }],
  'fp8 model, fp8': ['float8', { ...SHAPES, precision: 'fp8' }],
  'formats with types': [
    'half',
    { ...SHAPES, precision: 'fp16', inputFormats: ['fp16:chw+chw16'], outputFormats: ['fp16:chw'] },
  ],
  'formats with other types': ['dynamic', { ...SHAPES, inputFormats: ['fp16:chw'] }],
  'formats without types': ['dynamic', { ...SHAPES, inputFormats: ['hwc8'], outputFormats: ['chw'] }],
  'formats without types, of whole numbers': ['text', { ...TEXT, inputFormats: ['chw'] }],
  'formats for fewer inputs': ['text', { ...TEXT, inputFormats: ['int64:chw', 'int64:chw', 'int64:chw'] }],
  'formats that are none': ['dynamic', { ...SHAPES, inputFormats: ['chw --fp16'] }],
  workspace: ['dynamic', { ...SHAPES, workspaceMiB: 1024 }],
  'optimization level': ['dynamic', { ...SHAPES, builderOptimizationLevel: 5 }],
  sparsity: ['dynamic', { ...SHAPES, sparsity: 'enable' }],
  'refit, version compatible': ['dynamic', { ...SHAPES, refit: true, versionCompatible: true }],
  'layer names alone': ['dynamic', { ...SHAPES, profilingVerbosity: 'layer_names_only' }],
  everything: [
    'dynamic',
    {
      ...RANGE,
      precision: 'fp32',
      workspaceMiB: 512.5,
      builderOptimizationLevel: 0,
      sparsity: 'force',
      refit: true,
      versionCompatible: true,
      profilingVerbosity: 'none',
    },
  ],
}

export const RUNS: Record<string, EngineRunSpec> = Object.fromEntries(
  Object.entries({
    'run, default': {},
    'run with shapes': { shapes: { x: [8, 3, 224, 224], 'ids:0': [1, 8] } },
    'run with a graph': { cudaGraph: true },
    'run, waiting by spinning': { spinWait: true },
    'run without transfers': { dataTransfers: false },
    'run of the GPU alone': { cudaGraph: true, spinWait: true, dataTransfers: false },
    'run with streams': { streams: 4 },
    'run without layers': { profile: false },
    'run, long': { warmUpMs: 1000, durationSec: 10, iterations: 500 },
  }).map(([name, run]) => [name, EngineRunSpec.parse(run)]),
)
