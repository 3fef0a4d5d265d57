import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { SearchSpecInput } from '#domain/search-spec.ts'
import { addRunOptions, type CliContext, type RunOptions, readConfig } from './common.ts'
import { addConnectionOptions, type ConnectionOptions, connectionOf } from './connection.ts'
import { runAll } from './follow.ts'
import { collectShape, parseDuration, parseInteger, parseIntegers } from './values.ts'

export interface SearchOptions extends RunOptions, ConnectionOptions {
  model: string
  instances?: number[]
  maxBatch?: number[]
  concurrency?: number[]
  current?: boolean
  percentile?: number
  latencyThreshold?: number
  top?: number
  maxMeasurements?: number
  shape?: Record<string, number[]>
  inputData?: string
  stringLength?: number
  seed?: number
  measurementMode?: string
  measurementInterval?: number
  measurementRequestCount?: number
  stabilityPercentage?: number
  maxTrials?: number
  warmupRequestCount?: number
  timeout?: number
}

const EXAMPLES = `
The server must run with --model-control-mode=explicit. The model is reloaded with each configuration, and gets
its own back at the end, also after Ctrl+C; if this program is killed, the next search of the model gives it back.

Examples:
  batchscope search grpc://h:8001 --model resnet
  batchscope search grpc://h:8001 --model resnet --instances 1:4 --max-batch 1,4,16 --latency-threshold 20 --percentile 95`

export function registerSearch(program: Command, context: CliContext): void {
  searchCommandLine(program).action((url: string, options: SearchOptions) => search(url, options, context))
}

/** The command, its options and help; also parses the equal command of a spec back. */
export function searchCommandLine(program: Command): Command {
  const command = program
    .command('search')
    .description(
      'find the configuration of a model that serves most under a latency limit: instances × largest batch × concurrency',
    )
    .argument('<url>', 'http(s)://HOST:8000 or grpc(s)://HOST:8001')
    .requiredOption('-m, --model <name>', 'model on the server')
    .option('--instances <list>', 'instance counts to try (default: 1,2)', parseIntegers)
    .option('--max-batch <list>', 'largest server batches to try (default: 1,2,4,8)', parseIntegers)
    .option('--concurrency <list>', 'requests in flight (default: 1,2,4,8,16)', parseIntegers)
    .option('--no-current', 'leave the configuration out that the server has now')
    .option('--percentile <p>', 'latency the threshold looks at (default: 95)', parseInteger)
    .option('--latency-threshold <time>', 'constraint: that percentile stays at or under it', parseDuration)
    .option('--top <n>', 'configurations named at the end (default: 3)', parseInteger)
    .option('--max-measurements <n>', 'never more points, confirmations included (default: 40)', parseInteger)
    .option('--shape <input:dims>', 'sizes of free dimensions without the batch, repeatable', collectShape)
    .option('--input-data <source>', 'random | zero | folder | JSON file (default: random)')
    .option('--string-length <n>', 'of random strings (default: 128)', parseInteger)
    .option('--seed <n>', 'of random data (default: 0)', parseInteger)
    .option('--measurement-mode <mode>', 'time_windows | count_windows (default: time_windows)', oneOf)
    .option('--measurement-interval <time>', 'length of a window (default: 5000)', parseDuration)
    .option('--measurement-request-count <n>', 'requests in a count window (default: 50)', parseInteger)
    .option('--stability-percentage <n>', 'the last three windows lie within it (default: 10)', Number)
    .option('--max-trials <n>', 'windows at most (default: 10)', parseInteger)
    .option('--warmup-request-count <n>', 'requests that count nowhere (default: 10)', parseInteger)
    .option('--timeout <time>', 'limit of one request (default: 30s)', parseDuration)
    .addHelpText('after', EXAMPLES)
  return addRunOptions(addConnectionOptions(command))
}

/** Only what was given: the schema knows the rest. */
export function searchSpec(url: string, options: SearchOptions): SearchSpecInput {
  const { config, current } = options
  const given = {
    instanceCounts: options.instances,
    maxBatchSizes: options.maxBatch,
    concurrencies: options.concurrency,
    percentile: options.percentile,
    latencyThresholdMs: options.latencyThreshold,
    top: options.top,
    maxMeasurements: options.maxMeasurements,
    shapes: options.shape,
    inputData: options.inputData,
    stringLength: options.stringLength,
    seed: options.seed,
    measurementMode: options.measurementMode,
    measurementIntervalMs: options.measurementInterval,
    measurementRequestCount: options.measurementRequestCount,
    stabilityPercentage: options.stabilityPercentage,
    maxTrials: options.maxTrials,
    warmupRequestCount: options.warmupRequestCount,
    requestTimeoutMs: options.timeout,
    ...(current === false ? { includeCurrent: false } : {}),
  }
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return {
    ...(config === undefined ? {} : readConfig(config)),
    ...said,
    urls: [url],
    connection: connectionOf(options),
    model: options.model,
  }
}

async function search(url: string, options: SearchOptions, context: CliContext): Promise<void> {
  const spec = searchSpec(url, options)
  const { inputData } = spec
  const isPath = inputData !== undefined && inputData !== 'random' && inputData !== 'zero'
  // The equal command is then good anywhere on this machine.
  const wanted = isPath ? { ...spec, inputData: resolve(inputData) } : spec
  await runAll('search', [wanted], options.model, options, context)
}

function oneOf(text: string): string {
  if (text === 'time_windows' || text === 'count_windows') return text
  throw new InvalidArgumentError('time_windows or count_windows.')
}
