import type { BuildPrecision } from '#domain/build-spec.ts'

/** All of `BUILD_PRECISIONS` (tested): the schemas of the domain stay out of the page. */
export const PRECISIONS: readonly { value: BuildPrecision; label: string; note: string }[] = [
  { value: 'fp32', label: 'FP32', note: 'TensorFloat-32 switched off: exact, slowest' },
  { value: 'tf32', label: 'TF32', note: "FP32 with TensorFloat-32 allowed: TensorRT's own default" },
  { value: 'fp16', label: 'FP16', note: 'FP16 allowed; from TensorRT 11 on the model must hold it' },
  { value: 'bf16', label: 'BF16', note: 'TensorRT 9 and 10; from 11 on the model must hold it' },
  { value: 'fp8', label: 'FP8', note: 'The model must be quantized' },
  {
    value: 'int8',
    label: 'INT8',
    note: 'The model must be quantized, or a calibration cache given (up to TensorRT 10)',
  },
  { value: 'best', label: 'Best', note: 'Whatever is fastest; up to TensorRT 10' },
  { value: 'model', label: "The model's own", note: 'Strongly typed: nothing is converted' },
]

export const LEVELS = [
  { value: '', label: "TensorRT's default", note: 'Level 3' },
  ...['0', '1', '2', '3', '4', '5'].map(value => ({
    value,
    label: value,
    note: value === '0' ? 'Quickest build, slowest engine' : value === '5' ? 'Slowest build' : '',
  })),
]

export const SPARSITIES = [
  { value: 'disable', label: 'Off' },
  { value: 'enable', label: 'Where the weights are 2:4 sparse' },
  { value: 'force', label: 'Force', note: 'Weights are overwritten: speed only, results are wrong' },
] as const

export const VERBOSITIES = [
  { value: 'detailed', label: 'Detailed', note: 'Tactics, formats and ONNX nodes of each layer' },
  { value: 'layer_names_only', label: 'Names only' },
  { value: 'none', label: 'None' },
] as const

export const TIMING_CACHES = [
  { value: 'kept', label: 'Beside the engines', note: 'A further build is quicker and picks the same tactics' },
  { value: 'file', label: 'A file of my own' },
  { value: 'none', label: 'None', note: 'Every tactic is timed anew' },
] as const
