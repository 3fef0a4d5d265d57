import type { Console } from './console.ts'
import { DOUBLE_DEVICE, DOUBLE_UUID, VERSIONS } from './scenario.ts'

/** How this run measures, by the defaults of its version. */
export interface Switches {
  dataTransfers: boolean
  spinWait: boolean
  cudaGraph: boolean
  streams: number
  warmUpMs: number
  durationSec: number
}

export function switchesOf(values: ReadonlyMap<string, string>, is11: boolean): Switches {
  const number = (name: string, absent: number) => Number(values.get(name) ?? absent)
  return {
    dataTransfers: is11 ? values.has('includeDataTransfers') : !values.has('noDataTransfers'),
    spinWait: is11 ? !values.has('noSpinWait') : values.has('useSpinWait'),
    cudaGraph: is11 ? !values.has('noCudaGraph') : values.has('useCudaGraph'),
    streams: number('infStreams', number('streams', 1)),
    warmUpMs: number('warmUp', 200),
    durationSec: number('duration', 3),
  }
}

/** What an engine computes in, by its flags. */
export function precisionOf(values: ReadonlyMap<string, string>, is11: boolean): string {
  if (is11) return 'model'
  if (values.has('best')) return 'int8'
  return ['int8', 'fp8', 'fp16', 'bf16'].find(name => values.has(name)) ?? (values.has('noTF32') ? 'fp32' : 'tf32')
}

/** The sections every run begins with. */
export function printOptions(console: Console, values: ReadonlyMap<string, string>): void {
  const is11 = VERSIONS[console.version].order >= 11
  const { dataTransfers, spinWait, cudaGraph, streams, warmUpMs, durationSec } = switchesOf(values, is11)
  const enabled = (value: boolean) => (value ? 'Enabled' : 'Disabled')
  const said = (name: string) => values.get(name) ?? ''
  const isLoaded = values.has('loadEngine')
  console.section('Model Options', `Format: ${isLoaded ? '*' : 'ONNX'}`, `Model: ${said('onnx')}`, 'Output:')
  if (!isLoaded) {
    console.section(
      'Build Options',
      `Memory Pools: workspace: ${values.has('memPoolSize') ? said('memPoolSize') : 'default'}, dlaSRAM: default, dlaLocalDRAM: default, dlaGlobalDRAM: default`,
      'avgTiming: 8',
      `Precision: ${precisionWords(values, is11)}`,
      `Refit: ${enabled(values.has('refit'))}`,
      `Skip inference: ${enabled(values.has('skipInference'))}`,
      `Save engine: ${said('saveEngine')}`,
      `Profiling verbosity: ${said('profilingVerbosity') === 'detailed' ? 2 : 0}`,
      `timingCacheMode: ${values.has('timingCacheFile') ? 'global' : 'local'}`,
      `timingCacheFile: ${said('timingCacheFile')}`,
      `BuilderOptimizationLevel: ${values.get('builderOptimizationLevel') ?? -1}`,
    )
  }
  console.section('System Options', 'Device: 0', 'DLACore:')
  console.section(
    'Inference Options',
    'Batch: Explicit',
    `Duration: ${durationSec}s (+ ${warmUpMs}ms warm up)`,
    `Inference Streams: ${streams}`,
    `Data transfers: ${enabled(dataTransfers)}`,
    `Spin-wait: ${enabled(spinWait)}`,
    `CUDA Graph: ${enabled(cudaGraph)}`,
  )
  console.section('Reporting Options', `Verbose: ${enabled(values.has('verbose'))}`, 'Percentiles: 90,95,99')
}

export function printDevice(console: Console): void {
  const hasIds = VERSIONS[console.version].order >= 9
  console.section(
    'Device Information',
    ...(hasIds ? ['Available Devices:', `  Device 0: "${DOUBLE_DEVICE}" UUID: ${DOUBLE_UUID}`] : []),
    `Selected Device: ${DOUBLE_DEVICE}`,
    ...(hasIds ? ['Selected Device ID: 0', `Selected Device UUID: ${DOUBLE_UUID}`] : []),
    'Compute Capability: 0.0',
    'SMs: 0',
    'Device Global Memory: 0 MiB',
    'Memory Bus Width: 0 bits (ECC disabled)',
  )
  console.info('', `TensorRT version: ${console.version}`, 'Loading standard plugins')
  console.warnThatItIsADouble()
}

function precisionWords(values: ReadonlyMap<string, string>, is11: boolean): string {
  if (is11) return 'Strongly Typed'
  const names = values.has('best') ? ['fp16', 'int8'] : ['fp16', 'bf16', 'int8', 'fp8'].filter(name => values.has(name))
  return ['FP32', ...names.map(name => name.toUpperCase())].join('+')
}
