import { SweepSpec } from '#domain/sweep-spec.ts'
import { withoutCredentials } from '../../triton/address.ts'
import { quoteForShell } from '../bench/command.ts'

/** Stands for a header value or token in everything that is kept or shown. */
export const SECRET = '…'

/** The spec as a session keeps it: names of headers, no values, no token, no user and password in a URL. */
export function withoutSecrets(spec: SweepSpec): SweepSpec {
  const { headers, accessToken, ...connection } = spec.connection
  return {
    ...spec,
    urls: spec.urls.map(withoutCredentials),
    connection: {
      ...connection,
      headers: Object.fromEntries(Object.keys(headers).map(name => [name, SECRET])),
      ...(accessToken === undefined ? {} : { accessToken: SECRET }),
    },
  }
}

/**
 * The CLI command that equals a spec: what differs from the defaults, quoted for a POSIX shell, secrets left out.
 * `faces/cli/sweep.ts` parses it back to the same spec (property-tested).
 */
export function sweepCommand(spec: SweepSpec): string {
  return ['batchscope', 'sweep', ...sweepArguments(spec)].map(quoteForShell).join(' ')
}

/** The arguments after `sweep`, one string each, not quoted. */
export function sweepArguments(given: SweepSpec): string[] {
  const spec = withoutSecrets(given)
  const defaults = SweepSpec.parse({ urls: ['-'], model: '-' })
  const args: string[] = [...spec.urls]
  // With "=": a value may begin with a dash.
  const option = (name: string, value: string | number | undefined, fallback?: string | number) => {
    if (value !== undefined && value !== fallback) args.push(`--${name}=${value}`)
  }
  const flag = (name: string, on: boolean | undefined) => {
    if (on === true) args.push(`--${name}`)
  }
  option('model', spec.model)
  option('model-version', spec.version)
  option('scenario', spec.scenario, defaults.scenario)
  option('batch', spec.batches?.join(','))
  option('concurrency', spec.concurrencies?.join(','))
  option('request-rate', spec.requestRates?.join(','))
  option('request-distribution', spec.requestDistribution, defaults.requestDistribution)
  option('request-intervals', spec.requestIntervalsPath)
  option('seed', spec.seed, defaults.seed)
  option('shared-memory', spec.sharedMemory?.join(','))
  option('output-shared-memory-size', spec.outputSharedMemoryBytes, defaults.outputSharedMemoryBytes)
  option('measurement-mode', spec.measurementMode, defaults.measurementMode)
  option('measurement-interval', spec.measurementIntervalMs, defaults.measurementIntervalMs)
  option('measurement-request-count', spec.measurementRequestCount, defaults.measurementRequestCount)
  option('request-count', spec.requestCount)
  option('stability-percentage', spec.stabilityPercentage, defaults.stabilityPercentage)
  option('max-trials', spec.maxTrials, defaults.maxTrials)
  option('percentile', spec.percentile)
  option('latency-threshold', spec.latencyThresholdMs)
  flag('binary-search', spec.binarySearch)
  option('warmup-request-count', spec.warmupRequestCount, defaults.warmupRequestCount)
  option('timeout', spec.requestTimeoutMs, defaults.requestTimeoutMs)
  option('input-data', spec.inputData, defaults.inputData)
  for (const [name, shape] of Object.entries(spec.shapes)) option('shape', `${name}:${shape.join(',')}`)
  option('string-length', spec.stringLength, defaults.stringLength)
  option('string-data', spec.stringData)
  flag('streaming', spec.streaming)
  option('num-of-sequences', spec.numOfSequences, defaults.numOfSequences)
  option('sequence-length', spec.sequenceLength, defaults.sequenceLength)
  option('sequence-length-variation', spec.sequenceLengthVariation, defaults.sequenceLengthVariation)
  option('sequence-id-range', spec.sequenceIdRange?.join(':'))
  flag('no-collect-metrics', !spec.collectMetrics)
  option('metrics-interval', spec.metricsIntervalMs, defaults.metricsIntervalMs)
  option('slots-per-connection', spec.slotsPerConnection)
  option('repeat', spec.repeat, defaults.repeat)
  option('resume', spec.resume?.runId)
  connectionArguments(spec, option, flag)
  return args
}

function connectionArguments(
  { connection }: SweepSpec,
  option: (name: string, value: string | number | undefined, fallback?: string | number) => void,
  flag: (name: string, on: boolean | undefined) => void,
): void {
  const { headers, accessToken, metricsUrl, tls, timeoutMs } = connection
  for (const [name, value] of Object.entries(headers)) option('header', `${name}: ${value}`)
  option('access-token', accessToken)
  option('metrics-url', metricsUrl)
  option('ca', tls?.caPath)
  option('cert', tls?.certPath)
  option('key', tls?.keyPath)
  option('server-name', tls?.serverName)
  flag('insecure', tls?.insecure)
  option('control-timeout', timeoutMs, 10_000)
}
