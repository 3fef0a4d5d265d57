import { SWEEP_DEFAULTS } from '#domain/sweep-defaults.ts'
import type { SweepSpecInput } from '#domain/sweep-spec.ts'

export type FieldName =
  | 'measurementIntervalMs'
  | 'measurementRequestCount'
  | 'requestCount'
  | 'stabilityPercentage'
  | 'maxTrials'
  | 'percentile'
  | 'latencyThresholdMs'
  | 'warmupRequestCount'
  | 'requestTimeoutMs'
  | 'repeat'
  | 'seed'
  | 'metricsIntervalMs'
  | 'slotsPerConnection'
  | 'outputSharedMemoryBytes'
  | 'stringLength'
  | 'numOfSequences'
  | 'sequenceLength'
  | 'sequenceLengthVariation'

/** A number of the spec as a field: empty means the default, which is shown in its place. */
export interface MeasureField {
  name: FieldName & keyof SweepSpecInput
  label: string
  unit?: string
  /** perf_analyzer's name; absent: it has none. */
  flag?: string
  help: string
  whole: boolean
  min: number
  max?: number
  standard?: number
  group: 'windows' | 'limits' | 'run' | 'data' | 'sequences'
}

const D = SWEEP_DEFAULTS
const whole = true

export const MEASURE_FIELDS: readonly MeasureField[] = [
  {
    name: 'measurementIntervalMs',
    label: 'Window',
    unit: 'ms',
    flag: '--measurement-interval',
    help: 'A window really lasts 1.2 × this, as perf_analyzer’s do.',
    whole: false,
    min: 1,
    standard: D.measurementIntervalMs,
    group: 'windows',
  },
  {
    name: 'measurementRequestCount',
    label: 'Requests a window',
    flag: '--measurement-request-count',
    help: 'With count windows: at least so many.',
    whole,
    min: 1,
    standard: D.measurementRequestCount,
    group: 'windows',
  },
  {
    name: 'stabilityPercentage',
    label: 'Stable within',
    unit: '%',
    flag: '--stability-percentage',
    help: 'Highest ÷ lowest of the last three windows.',
    whole: false,
    min: 0.1,
    standard: D.stabilityPercentage,
    group: 'windows',
  },
  {
    name: 'maxTrials',
    label: 'Windows at most',
    flag: '--max-trials',
    help: 'Then the point is kept and flagged unstable.',
    whole,
    min: 1,
    standard: D.maxTrials,
    group: 'windows',
  },
  {
    name: 'requestCount',
    label: 'Just so many requests',
    flag: '--request-count',
    help: 'One window, taken as it is: no stability rule.',
    whole,
    min: 1,
    group: 'windows',
  },
  {
    name: 'percentile',
    label: 'Percentile',
    unit: 'p',
    flag: '--percentile',
    help: 'The latency that must be stable and under the limit; empty: the average.',
    whole,
    min: 1,
    max: 99,
    group: 'limits',
  },
  {
    name: 'latencyThresholdMs',
    label: 'Latency limit',
    unit: 'ms',
    flag: '--latency-threshold',
    help: 'Loads above the first that breaks it are left out.',
    whole: false,
    min: 0.001,
    group: 'limits',
  },
  {
    name: 'warmupRequestCount',
    label: 'Warm-up requests',
    flag: '--warmup-request-count',
    help: 'Before each point, not counted.',
    whole,
    min: 0,
    standard: D.warmupRequestCount,
    group: 'run',
  },
  {
    name: 'requestTimeoutMs',
    label: 'Request timeout',
    unit: 'ms',
    help: 'perf_analyzer waits for ever.',
    whole: false,
    min: 1,
    standard: D.requestTimeoutMs,
    group: 'run',
  },
  {
    name: 'repeat',
    label: 'Repeats',
    help: 'The whole sweep so many times; drift shows between them.',
    whole,
    min: 1,
    max: 20,
    standard: 1,
    group: 'run',
  },
  {
    name: 'metricsIntervalMs',
    label: 'Metrics every',
    unit: 'ms',
    flag: '--metrics-interval',
    help: 'GPU figures of the server while measuring.',
    whole: false,
    min: 1,
    standard: D.metricsIntervalMs,
    group: 'run',
  },
  {
    name: 'slotsPerConnection',
    label: 'Requests a connection',
    help: 'In flight on one connection; empty: by protocol and size.',
    whole,
    min: 1,
    group: 'run',
  },
  {
    name: 'outputSharedMemoryBytes',
    label: 'Output region',
    unit: 'bytes',
    flag: '--output-shared-memory-size',
    help: 'Shared memory for an output of unknown size.',
    whole,
    min: 1,
    standard: D.outputSharedMemoryBytes,
    group: 'run',
  },
  {
    name: 'seed',
    label: 'Seed',
    help: 'Of random data and Poisson intervals.',
    whole,
    min: 0,
    standard: 0,
    group: 'data',
  },
  {
    name: 'stringLength',
    label: 'String length',
    flag: '--string-length',
    help: 'Of random BYTES elements.',
    whole,
    min: 0,
    standard: D.stringLength,
    group: 'data',
  },
  {
    name: 'numOfSequences',
    label: 'Sequences at once',
    flag: '--num-of-sequences',
    help: 'At a request rate.',
    whole,
    min: 1,
    standard: D.numOfSequences,
    group: 'sequences',
  },
  {
    name: 'sequenceLength',
    label: 'Sequence length',
    flag: '--sequence-length',
    help: 'Requests in one sequence.',
    whole,
    min: 1,
    standard: D.sequenceLength,
    group: 'sequences',
  },
  {
    name: 'sequenceLengthVariation',
    label: 'Varied by',
    unit: '%',
    flag: '--sequence-length-variation',
    help: 'Around the length.',
    whole: false,
    min: 0,
    standard: D.sequenceLengthVariation,
    group: 'sequences',
  },
]

/** The number typed; nothing for an empty field; a sentence where it cannot be used. */
export function readField(
  text: string,
  { label, whole: isWhole, min, max }: MeasureField,
): number | string | undefined {
  if (text.trim() === '') return undefined
  const value = Number(text)
  const fits = Number.isFinite(value) && value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER)
  if (fits && (!isWhole || Number.isInteger(value))) return value
  return `${label}: ${isWhole ? 'a whole number' : 'a number'} from ${min}${max === undefined ? '' : ` to ${max}`}`
}
