import { type Command, InvalidArgumentError, Option } from 'commander'
import type { SweepSpecInput } from '#domain/sweep-spec.ts'
import { addRunOptions, type RunOptions, readConfig } from './common.ts'
import { addConnectionOptions, type ConnectionOptions, connectionOf } from './connection.ts'
import { collectShape, parseDuration, parseInteger, parseIntegers, parseNames } from './values.ts'

export interface SweepOptions extends RunOptions, ConnectionOptions {
  model?: string
  modelVersion?: string
  scenario?: string
  batch?: number[]
  concurrency?: number[]
  concurrencyRange?: number[]
  requestRate?: number[]
  requestRateRange?: number[]
  requestDistribution?: string
  requestIntervals?: string
  seed?: number
  sharedMemory?: string[]
  outputSharedMemorySize?: number
  measurementMode?: string
  measurementInterval?: number
  measurementRequestCount?: number
  requestCount?: number
  stabilityPercentage?: number
  maxTrials?: number
  percentile?: number
  latencyThreshold?: number
  binarySearch?: boolean
  warmupRequestCount?: number
  requestTimeout?: number
  timeout?: number
  inputData?: string
  shape?: Record<string, number[]>
  stringLength?: number
  stringData?: string
  streaming?: boolean
  numOfSequences?: number
  sequenceLength?: number
  sequenceLengthVariation?: number
  sequenceIdRange?: [number, number]
  collectMetrics?: boolean
  metricsInterval?: number
  slotsPerConnection?: number
  repeat?: number
  resume?: string
}

const EXAMPLES = `
Names of perf_analyzer's options mean what they mean there. Times in ms, or with a unit: 5s.

Examples:
  batchscope sweep localhost:8000 --model resnet --scenario offline
  batchscope sweep grpc://gpu-box:8001 --model resnet --scenario online --session study.bscope
  batchscope sweep http://h:8000 grpc://h:8001 -m resnet --batch 1,8 --concurrency 1:16:5 --shared-memory none,system
  batchscope sweep grpc://h:8001 -m resnet --concurrency 1:64:1 --latency-threshold 20 --percentile 95 --binary-search
  batchscope sweep h:8000 -m resnet --request-rate 100:500:100 --request-distribution poisson
  batchscope sweep --session study.bscope --resume RUN      measure what a lost run left`

/** The command, its options and help; also parses the equal command of a spec back. */
export function sweepCommandLine(program: Command): Command {
  const command = program
    .command('sweep')
    .description('load a Triton server over batch × concurrency: where each millisecond of a request goes')
    .argument('[urls...]', 'doors of one server: http://HOST:8000, grpc://HOST:8001')
    .option('-m, --model <name>', 'model on the server')
    .option('-x, --model-version <version>', 'its version (default: the server chooses)')
    .addOption(
      new Option(
        '--scenario <name>',
        'offline: batch 1 to 64, concurrency 1, shared memory; online: batch 1, concurrency 8 to 256',
      ).choices(['offline', 'online', 'custom']),
    )
    .option('-b, --batch <list>', 'batch sizes: 1,2,4 or 8:64:8', parseIntegers)
    .option('--concurrency <list>', 'requests in flight: 1,2,4 or 8:256:8', parseIntegers)
    .addOption(new Option('--concurrency-range <list>').argParser(parseIntegers).hideHelp().conflicts('concurrency'))
    .option('--request-rate <list>', 'open loop instead: requests per second, 100,250.5 or 100:500:100', parseRates)
    .addOption(new Option('--request-rate-range <list>').argParser(parseRates).hideHelp().conflicts('requestRate'))
    .addOption(new Option('--request-distribution <name>', 'of the times between').choices(['constant', 'poisson']))
    .option('--request-intervals <file>', 'open loop by a file: microseconds to the next request, one a line')
    .option('--seed <n>', 'of random data and intervals (default: 0)', parseInteger)
    .option('--shared-memory <kinds>', 'none, system, cuda; several: each is measured', parseNames)
    .option('--output-shared-memory-size <bytes>', 'of outputs whose size is not known (default: 102400)', parseInteger)
  addMeasurementOptions(command)
  addDataOptions(command)
  addConnectionOptions(command)
    .option('--repeat <n>', 'every point so often (default: 1)', parseInteger)
    .option('--resume <run>', 'go on with what this run of the session left; options given here win')
    .addHelpText('after', EXAMPLES)
  return addRunOptions(command)
}

function addMeasurementOptions(command: Command): void {
  command
    .addOption(new Option('--measurement-mode <mode>', 'what ends a window').choices(['time_windows', 'count_windows']))
    .option('-p, --measurement-interval <time>', 'a window lasts 1.2 times as long (default: 5s)', parseDuration)
    .option('--measurement-request-count <n>', 'requests of a count window (default: 50)', parseInteger)
    .option('--request-count <n>', 'one window of so many requests, taken as it is', parseInteger)
    .option('-s, --stability-percentage <p>', 'last three windows within (default: 10)', parseNumber)
    .option('-r, --max-trials <n>', 'windows at most (default: 10)', parseInteger)
    .option('--percentile <p>', 'latency that stability and threshold look at (default: the mean)', parseInteger)
    .option('-l, --latency-threshold <time>', 'a series ends where the latency is over it', parseDuration)
    .option('--binary-search', 'between the ends of the load: the highest under the threshold')
    .option('--warmup-request-count <n>', 'requests before each point, not counted (default: 10)', parseInteger)
    .option('--request-timeout <time>', 'a request without answer fails (default: 30s)', parseDuration)
    .addOption(new Option('--timeout <time>').argParser(parseDuration).hideHelp().conflicts('requestTimeout'))
    .option('--collect-metrics', "GPU utilisation, power, memory from the server's metrics (on unless refused)")
    .option('--no-collect-metrics', "do not ask for the server's metrics")
    .option('--metrics-interval <time>', 'how often (default: 1s)', parseDuration)
    .option('--slots-per-connection <n>', 'requests in flight that share a connection', parseInteger)
}

function addDataOptions(command: Command): void {
  command
    .option('--input-data <source>', "random, zero, a folder with a file per input, or perf_analyzer's JSON")
    .option('--shape <input:dims>', 'shape of one item without the batch, repeatable: x:3,224,224', collectShape)
    .option('--string-length <n>', 'of random strings (default: 128)', parseInteger)
    .option('--string-data <text>', 'the same string everywhere')
    .option('--streaming', 'over the gRPC stream')
    .option('--num-of-sequences <n>', 'at a time, open loop (default: 4)', parseInteger)
    .option('--sequence-length <n>', 'requests in a sequence (default: 20)', parseInteger)
    .option('--sequence-length-variation <p>', '± percent (default: 20)', parseNumber)
    .option('--sequence-id-range <first:last>', 'correlation ids', parseIdRange)
}

/** The spec: config file below, options above, defaults where neither says anything. */
export function sweepSpec(urls: readonly string[], options: SweepOptions): SweepSpecInput {
  const config = options.config === undefined ? {} : readConfig(options.config)
  const connection = connectionOf(options)
  const spec = {
    ...config,
    ...defined({
      urls: urls.length > 0 ? [...urls] : undefined,
      model: options.model,
      version: options.modelVersion,
      scenario: options.scenario,
      batches: options.batch,
      concurrencies: options.concurrency ?? options.concurrencyRange,
      requestRates: options.requestRate ?? options.requestRateRange,
      requestDistribution: options.requestDistribution,
      requestIntervalsPath: options.requestIntervals,
      seed: options.seed,
      sharedMemory: options.sharedMemory,
      outputSharedMemoryBytes: options.outputSharedMemorySize,
      measurementMode: options.measurementMode,
      measurementIntervalMs: options.measurementInterval,
      measurementRequestCount: options.measurementRequestCount,
      requestCount: options.requestCount,
      stabilityPercentage: options.stabilityPercentage,
      maxTrials: options.maxTrials,
      percentile: options.percentile,
      latencyThresholdMs: options.latencyThreshold,
      binarySearch: options.binarySearch,
      warmupRequestCount: options.warmupRequestCount,
      requestTimeoutMs: options.requestTimeout ?? options.timeout,
      inputData: options.inputData,
      shapes: options.shape,
      stringLength: options.stringLength,
      stringData: options.stringData,
      streaming: options.streaming,
      numOfSequences: options.numOfSequences,
      sequenceLength: options.sequenceLength,
      sequenceLengthVariation: options.sequenceLengthVariation,
      sequenceIdRange: options.sequenceIdRange,
      collectMetrics: options.collectMetrics,
      metricsIntervalMs: options.metricsInterval,
      slotsPerConnection: options.slotsPerConnection,
      repeat: options.repeat,
      resume: options.resume === undefined ? undefined : { runId: options.resume },
      connection: Object.keys(connection).length > 0 ? connection : undefined,
    }),
  }
  return spec as SweepSpecInput // checked by the contract's handler, which names what does not fit
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}

function parseNumber(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('A number is needed.')
  return Number(text)
}

/** `100,250.5` and ranges `100:500:100`, both ends in. */
function parseRates(text: string): number[] {
  return [...new Set(text.split(',').flatMap(parseRateRange))]
}

function parseRateRange(part: string): number[] {
  const numbers = part.split(':').map(parseNumber)
  const [start = 0, end = start, step = 1] = numbers
  if (numbers.length > 3 || end < start || step <= 0) {
    throw new InvalidArgumentError(`The range "${part}" does not grow. Example: 100:500:100`)
  }
  const count = Math.floor((end - start) / step + 1e-9) + 1
  if (count > 10_000) throw new InvalidArgumentError(`The range "${part}" has ${count} values`)
  return Array.from({ length: count }, (_, index) => start + index * step)
}

/** perf_analyzer lets the end away. */
const LAST_ID = 2 ** 32 - 1

function parseIdRange(text: string): [number, number] {
  const match = /^(\d+)(?::(\d+))?$/.exec(text)
  if (match === null) throw new InvalidArgumentError('Ids look like 1:100.')
  return [Number(match[1]), match[2] === undefined ? LAST_ID : Number(match[2])]
}
