import type { Command } from 'commander'
import type { BenchSpecInput, InputData } from '#domain/bench-spec.ts'
import { impliedCapMs } from '../../runs/bench/command.ts'
import { addRunOptions, type RunOptions, readConfig } from './common.ts'
import {
  collectAxis,
  collectData,
  collectOption,
  collectShape,
  parseDuration,
  parseInteger,
  parseIntegers,
  parseNames,
} from './values.ts'

export interface BenchOptions extends RunOptions {
  runtime?: string[]
  set?: Record<string, Record<string, unknown>>
  threads?: number
  precision?: string[]
  batch?: number[]
  shape?: Record<string, number[]>
  batchAxis?: Record<string, number>
  data?: Record<string, InputData>
  warmup?: number
  iterations?: number
  duration?: number
  maxDuration?: number
  repeat?: number
  timeout?: number
  profile?: boolean
  resume?: string
}

const EXAMPLES = `
Examples:
  batchscope bench                                       the bundled model, batch 1 to 128
  batchscope bench model.onnx --batch 1,8,32 --threads 1
  batchscope bench ocr.onnx --shape x:3,48,160 --session ocr.bscope --json
  batchscope bench model.onnx --batch 8:64:8 --repeat 5 --duration 2s
  batchscope bench model.onnx --batch 8 --profile
  batchscope bench model.onnx --runtime all --batch 1,8,64       every runtime this app knows, side by side
  batchscope bench model.onnx --runtime ort-cpu,tensorrt:tf32+fp16,torch --repeat 2
  batchscope bench --session study.bscope --resume RUN           measure what a lost run left
  batchscope bench model.onnx --data tokens:file:tokens.npy --batch-axis state:-1`

/** The command, its options and help; also parses the equal command of a spec back. */
export function benchCommandLine(program: Command): Command {
  const command = program
    .command('bench')
    .description('benchmark models over batch sizes: one latency table, kept in a session file')
    .argument('[models...]', 'ONNX files; none: the bundled sample model')
    .option('--profile', "look into each measured point afterwards, in a pass of its own with the runtime's profiler")
    .option('--resume <run>', 'go on with a run of the session that ended early: its points are not measured again')
    .addHelpText('after', EXAMPLES)
  return addBenchOptions(command)
}

/** What to run and how long, and where it goes: also of a profiled pass. */
export function addBenchOptions(command: Command): Command {
  command
    .option(
      '--runtime <ids>',
      'comma-separated (see `batchscope doctor`), tensorrt:tf32+fp16 with precisions, or all',
      parseNames,
    )
    .option('--set <[runtime.]option=value>', 'an option of a runtime, repeatable', collectOption)
    .option('--threads <n>', 'threads inside an operator; 0: the runtime chooses', parseInteger)
    .option('--precision <names>', 'precisions, comma-separated; model: as the file has it', parseNames)
    .option('--batch <list>', 'batch sizes: 1,2,4 or 8:64:8 (default: 1 to 128 by powers of two)', parseIntegers)
    .option('--shape <input:dims>', 'shape of one item without the batch, repeatable: x:3,48,160', collectShape)
    .option('--batch-axis <input:axis>', 'which dimension is the batch, repeatable; -1: none', collectAxis)
    .option('--data <[input:]source>', 'random[:seed] | zeros | file:PATH (.npy, .bin, .json), repeatable', collectData)
    .option('--warmup <n>', 'calls never counted (default: 5)', parseInteger)
    .option('--iterations <n>', 'at least so many counted calls per point (default: 300)', parseInteger)
    .option('--duration <time>', 'at least so long per point (default: 1s)', parseDuration)
    .option('--max-duration <time>', 'at most so long per point (default: 5s)', parseDuration)
    .option('--repeat <n>', 'fresh processes per configuration (default: 1)', parseInteger)
    .option('--timeout <time>', 'a point that takes longer fails (default: 10min)', parseDuration)
  return addRunOptions(command)
}

/** The spec of one model: config file below, options above, defaults where neither says anything. */
export function benchSpec(modelPath: string, options: BenchOptions): BenchSpecInput {
  const config = options.config === undefined ? {} : readConfig(options.config)
  const spec: Record<string, unknown> = {
    ...config,
    modelPath,
    ...defined({
      precisions: options.precision,
      batches: options.batch,
      shapes: options.shape,
      batchAxes: options.batchAxis,
      data: options.data,
      warmup: options.warmup,
      minIterations: options.iterations,
      minDurationMs: options.duration,
      maxDurationMs: options.maxDuration,
      repeat: options.repeat,
      pointTimeoutMs: options.timeout,
      profile: options.profile,
      resume: options.resume === undefined ? undefined : { runId: options.resume },
    }),
  }
  if (options.duration !== undefined && options.maxDuration === undefined && config.maxDurationMs === undefined) {
    spec.maxDurationMs = impliedCapMs(options.duration)
  }
  if (options.runtime !== undefined || options.set !== undefined || options.threads !== undefined) {
    spec.runtimes = (options.runtime ?? ['ort-cpu']).map(runtimeOf).map(({ id, ...precisions }) => ({
      id,
      ...precisions,
      options: {
        ...options.set?.['*'],
        ...options.set?.[id],
        ...(options.threads === undefined ? {} : { intraOpThreads: options.threads }),
      },
    }))
  }
  return spec as BenchSpecInput // checked by the contract's handler, which names what does not fit
}

/** `tensorrt`, or with precisions of its own `tensorrt:tf32+fp16`. */
function runtimeOf(word: string): { id: string; precisions?: string[] } {
  const colon = word.indexOf(':')
  if (colon < 0) return { id: word }
  return { id: word.slice(0, colon), precisions: word.slice(colon + 1).split('+') }
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
