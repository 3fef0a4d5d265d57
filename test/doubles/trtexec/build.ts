import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { accident, fillDisk } from './accident.ts'
import type { Console } from './console.ts'
import { type DoubleEngine, engineBytes, parseShapes } from './engine-file.ts'
import { precisionOf } from './options.ts'
import { type Scenario, VERSIONS } from './scenario.ts'

/** Plays a build. @returns the engine, or the exit code of its failure */
export async function build(
  values: ReadonlyMap<string, string>,
  scenario: Scenario,
  console: Console,
): Promise<DoubleEngine | number> {
  const { order } = VERSIONS[console.version]
  const onnx = values.get('onnx') ?? ''
  console.info('Start parsing network model.')
  if (!existsSync(onnx) || !statSync(onnx).isFile()) return noModel(onnx, order, console)
  console.info(
    '[TRT] ----------------------------------------------------------------',
    `[TRT] Input filename:   ${onnx}`,
    '[TRT] ONNX IR version:  0.0.8',
    '[TRT] Opset version:    17',
    '[TRT] Producer name:    batchscope-test-double',
    'Finished parsing network model. Parse time: 0.00206271',
  )
  await console.pause()
  console.info('[TRT] Graph optimization time: 0.0154127 seconds.', cacheLine(values))
  const met = await tactics(values, scenario, console)
  if (met !== undefined) return met
  console.info(
    '[TRT] Detected 1 inputs and 1 output network tensors.',
    '[TRT] Total Host Persistent Memory: 21136 bytes',
    '[TRT] Total Device Persistent Memory: 0 bytes',
    '[TRT] Max Scratch Memory: 133120 bytes',
    '[TRT] Total Activation Memory: 2007552 bytes',
    '[TRT] Total Weights Memory: 6553216 bytes',
  )
  const engine = engineOf(values, console)
  const bytes = engineBytes(engine)
  if (order >= 10) console.info('[TRT] Engine generation completed in 1.25 seconds.')
  console.info('[TRT] [MemUsageStats] Peak memory usage of TRT CPU/GPU memory allocators: CPU 6 MiB, GPU 37 MiB')
  if (order >= 10) console.info(`Created engine with size: ${Number((bytes.length / 2 ** 20).toPrecision(6))} MiB`)
  console.info('Engine built in 1.5 sec.')
  saveTimingCache(values, console)
  const path = values.get('saveEngine')
  if (path === undefined) return engine
  if (scenario.accident === 'disk-full') return fillDisk(path, bytes, console)
  try {
    writeFileSync(path, bytes)
  } catch {
    return console.fail('Saving engine to file failed.', 'Engine set up failed') // trtexec says no more either
  }
  return engine
}

function engineOf(values: ReadonlyMap<string, string>, console: Console): DoubleEngine {
  const opt = parseShapes(values.get('optShapes') ?? values.get('shapes'))
  return {
    version: console.version,
    min: values.has('minShapes') ? parseShapes(values.get('minShapes')) : opt,
    max: values.has('maxShapes') ? parseShapes(values.get('maxShapes')) : opt,
    precision: precisionOf(values, VERSIONS[console.version].order >= 11),
    verbosity: values.get('profilingVerbosity') ?? 'layer_names_only',
  }
}

/** The long part, silent but for a verbose build; accidents of a build happen in its middle. */
async function tactics(
  values: ReadonlyMap<string, string>,
  scenario: Scenario,
  console: Console,
): Promise<number | undefined> {
  const { verboseLines = 40 } = scenario
  for (let at = 0; at < verboseLines; at++) {
    if (at === verboseLines >> 1) {
      const met = await accident(scenario, 'build', console)
      if (met !== undefined) return met
    }
    if (at % (verboseLines >> 2) === 0) await console.pause()
    if (values.has('verbose')) console.line('V', verboseLine(at))
  }
  return undefined
}

function verboseLine(at: number): string {
  switch (at % 4) {
    case 0:
      return '[TRT] *************** Autotuning format combination: Float(784,784,28,1) -> Float(25088,784,28,1) ***************'
    case 1:
      return `[TRT] --------------- Timing Runner: conv${at >> 2} + relu${at >> 2} (CaskConvolution[0x80000009])`
    case 2:
      return `[TRT] Tactic Name: made_up_gemm_f32f32_nchw_tilesize32x32x8 Tactic: 0x${(at * 2654435761).toString(16)} Time: 0.0061`
    default:
      return `[TRT] Fastest Tactic: 0x${(at * 2654435761).toString(16)} Time: 0.0061`
  }
}

function cacheLine(values: ReadonlyMap<string, string>): string {
  return values.has('timingCacheFile')
    ? '[TRT] Global timing cache in use. Profiling results in this builder pass will be stored.'
    : '[TRT] Local timing cache in use. Profiling results in this builder pass will not be stored.'
}

function saveTimingCache(values: ReadonlyMap<string, string>, console: Console): void {
  const path = values.get('timingCacheFile')
  if (path === undefined) return
  if (existsSync(path)) console.info(`Loaded ${readFileSync(path).length} bytes of timing cache from ${path}`)
  else console.line('W', `[TRT] Could not read cache from: ${path}. A new cache will be generated and written.`)
  writeFileSync(path, 'timing cache of the test double')
  console.info('[TRT] Serialized 170 timing cache entries', `[TRT] Saved 31 bytes of timing cache to ${path}`)
}

function noModel(onnx: string, order: number, console: Console): number {
  const why =
    order >= 10
      ? `Error[3]: In node -1 with name:  and operator:  (parseFromFile): INVALID_VALUE: Assertion failed: stat(onnxModelFile, &sb) == 0 && S_ISREG(sb.st_mode): Input file cannot be found, or is not a regular file: ${onnx}`
      : `[TRT] ModelImporter.cpp:688: Could not open file ${onnx}`
  return console.fail(
    why,
    'Failed to parse onnx file',
    'Parsing model failed',
    'Failed to create engine from model or file.',
    'Engine set up failed',
  )
}
