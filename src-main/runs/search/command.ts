import { SearchSpec } from '#domain/search-spec.ts'
import { SweepSpec } from '#domain/sweep-spec.ts'
import { quoteForShell } from '../bench/command.ts'
import { sweepArguments, withoutSecrets } from '../sweep/command.ts'

/** The search as a sweep over its concurrencies: what measures a point, asks the server and prints options is the sweep's. */
export function sweepOf(spec: SearchSpec): SweepSpec {
  const { instanceCounts, maxBatchSizes, includeCurrent, top, maxMeasurements, percentile, ...shared } = spec
  return SweepSpec.parse({
    ...shared,
    // Without a constraint nothing but the mean has to be stable.
    ...(spec.latencyThresholdMs === undefined ? {} : { percentile }),
    scenario: 'custom',
    batches: [1],
    sharedMemory: ['none'],
    collectMetrics: false,
  })
}

export function searchWithoutSecrets(spec: SearchSpec): SearchSpec {
  const { urls, connection } = withoutSecrets(sweepOf(spec))
  return { ...spec, urls, connection }
}

/** The CLI command that equals a spec; `faces/cli/search.ts` parses it back (property-tested). Secrets left out. */
export function searchCommand(spec: SearchSpec): string {
  return ['batchscope', 'search', ...searchArguments(spec)].map(quoteForShell).join(' ')
}

/** Options of a sweep that a search fixes or names itself. */
const OWN = /^--(batch=|concurrency=|shared-memory=|percentile=|no-collect-metrics$)/

export function searchArguments(spec: SearchSpec): string[] {
  const defaults = SearchSpec.parse({ urls: ['-'], model: '-' })
  const args = sweepArguments(sweepOf(spec)).filter(arg => !OWN.test(arg))
  const option = (name: string, value: string | number, fallback: string | number) => {
    if (value !== fallback) args.push(`--${name}=${value}`)
  }
  option('instances', spec.instanceCounts.join(','), defaults.instanceCounts.join(','))
  option('max-batch', spec.maxBatchSizes.join(','), defaults.maxBatchSizes.join(','))
  option('concurrency', spec.concurrencies.join(','), defaults.concurrencies.join(','))
  option('percentile', spec.percentile, defaults.percentile)
  option('top', spec.top, defaults.top)
  option('max-measurements', spec.maxMeasurements, defaults.maxMeasurements)
  if (!spec.includeCurrent) args.push('--no-current')
  return args
}
