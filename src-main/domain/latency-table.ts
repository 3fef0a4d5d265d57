import {
  ABSENT,
  formatMemory,
  formatMs,
  formatPercent,
  formatRate,
  formatSignificant,
  groupThousands,
  type MemoryUnit,
} from './display.ts'
import type { PercentileName, Point } from './point.ts'
import { flagText } from './point-flags.ts'

/** One column of the latency table, the same in page, terminal, CSV and Markdown. No zod here. */
export interface LatencyColumn {
  id: string
  title: string
  /** Shown in the header; cells are bare numbers. */
  unit?: string
  /** Machine name with its unit: CSV header. */
  key: string
  align: 'left' | 'right'
  /** Shown unless the user hides it. */
  standard: boolean
  means: string
  /** For sorting, filtering and CSV; absent where not measured. */
  value(point: Point): number | string | undefined
  /** For eyes: "≥ 4.1" where the samples bound a percentile only from below. */
  text(point: Point, units?: { memoryUnit?: MemoryUnit }): string
  /** Why a cell reads as it does: a tooltip or footnote. */
  note?(point: Point): string | undefined
}

/** Coefficient of variation in percent: 100 × std ÷ mean. */
export function cvPercent(point: Point): number | undefined {
  const { mean, std } = point.latencyMs ?? {}
  return mean === undefined || std === undefined || mean === 0 ? undefined : (100 * std) / mean
}

/** Median latency divided by the batch: what one sample costs. */
export function msPerSample(point: Point): number | undefined {
  const median = point.latencyMs?.p50
  return median === undefined ? undefined : median / point.batch
}

/** "≥" in front where no 95 % upper bound exists for the percentile. */
function percentileText(point: Point, name: PercentileName): string {
  const value = point.latencyMs?.[name]
  if (value === undefined) return ABSENT
  const bounds = point.boundsMs?.[name]
  return bounds !== undefined && bounds.upperMs === undefined ? `≥ ${formatMs(value)}` : formatMs(value)
}

function percentileNote(point: Point, name: PercentileName): string | undefined {
  const bounds = point.boundsMs?.[name]
  if (bounds === undefined) return undefined
  if (bounds.upperMs === undefined) {
    return `${point.samples?.count ?? 0} samples give no 95 % upper bound for ${name}; it takes ${bounds.needsSamples}.`
  }
  return `95 % bounds ${formatMs(bounds.lowerMs)} to ${formatMs(bounds.upperMs)} ms`
}

type Statistic = 'mean' | 'std' | 'min' | 'max'

function statistic(name: Statistic, title: string, standard: boolean, means: string): LatencyColumn {
  return {
    id: name,
    title,
    unit: 'ms',
    key: `${name}Ms`,
    align: 'right',
    standard,
    means,
    value: point => point.latencyMs?.[name],
    text: point => formatMs(point.latencyMs?.[name]),
  }
}

function percentile(name: PercentileName, title: string, means: string): LatencyColumn {
  return {
    id: name,
    title,
    unit: 'ms',
    key: `${name}Ms`,
    align: 'right',
    standard: true,
    means,
    value: point => point.latencyMs?.[name],
    text: point => percentileText(point, name),
    note: point => percentileNote(point, name),
  }
}

/** Order of DESIGN §8 and the main job's issue: batch, latency, rate, cost, memory, samples, flags. */
export const LATENCY_COLUMNS: readonly LatencyColumn[] = [
  {
    id: 'runtime',
    title: 'Runtime',
    key: 'runtime',
    align: 'left',
    standard: false,
    means: 'What executed the model.',
    value: point => point.runtime,
    text: point => point.runtime,
  },
  {
    id: 'precision',
    title: 'Precision',
    key: 'precision',
    align: 'left',
    standard: false,
    means: 'The precision that really ran.',
    value: point => point.precision,
    text: point => point.precision,
  },
  {
    id: 'batch',
    title: 'Batch',
    key: 'batch',
    align: 'right',
    standard: true,
    means: 'Samples in one call.',
    value: point => point.batch,
    text: point => String(point.batch),
  },
  {
    id: 'repeat',
    title: 'Repeat',
    key: 'repeat',
    align: 'right',
    standard: false,
    means: 'The nth fresh process of this configuration.',
    value: point => point.repeat,
    text: point => String(point.repeat),
  },
  statistic('mean', 'Mean', true, 'Arithmetic mean of the counted calls.'),
  percentile('p50', 'Median', 'Half of the calls were faster.'),
  percentile('p90', 'p90', '90 % of the calls were faster.'),
  percentile('p95', 'p95', '95 % of the calls were faster.'),
  percentile('p99', 'p99', '99 % of the calls were faster.'),
  statistic('min', 'Min', true, 'The fastest counted call.'),
  statistic('max', 'Max', true, 'The slowest counted call.'),
  statistic('std', 'Std', true, 'Standard deviation of the counted calls (n − 1).'),
  {
    id: 'cv',
    title: 'CV',
    unit: '%',
    key: 'cvPercent',
    align: 'right',
    standard: true,
    means: 'Standard deviation ÷ mean.',
    value: cvPercent,
    text: point => formatPercent(cvPercent(point)).replace(' %', ''),
  },
  {
    id: 'fps',
    title: 'FPS',
    key: 'inferPerSec',
    align: 'right',
    standard: true,
    means: 'Samples per second: batch × calls ÷ their summed latency.',
    value: point => point.inferPerSec,
    text: point => formatRate(point.inferPerSec),
  },
  {
    id: 'ms-per-sample',
    title: 'ms/sample',
    key: 'msPerSample',
    align: 'right',
    standard: true,
    means: 'Median ÷ batch.',
    value: msPerSample,
    text: point => formatMs(msPerSample(point)),
  },
  {
    id: 'peak',
    title: 'Peak',
    unit: 'MiB',
    key: 'peakBytes',
    align: 'right',
    standard: true,
    means: 'Peak resident memory of the fresh process of this point.',
    value: point => point.peakBytes,
    text: (point, units) => formatMemory(point.peakBytes, units?.memoryUnit),
  },
  {
    id: 'device-peak',
    title: 'GPU peak',
    unit: 'MiB',
    key: 'peakDeviceBytes',
    align: 'right',
    standard: false,
    means: 'Most device memory of this point: told by its process, or seen from outside where it was alone on the GPU.',
    value: point => point.peakDeviceBytes,
    text: (point, units) => formatMemory(point.peakDeviceBytes, units?.memoryUnit),
  },
  {
    id: 'energy',
    title: 'mJ/sample',
    key: 'joulePerInference',
    align: 'right',
    standard: false,
    means:
      'Mean power of the whole GPU board over the counted calls ÷ samples per second, in millijoule; idle power included.',
    value: point => point.joulePerInference,
    text: point => (point.joulePerInference === undefined ? ABSENT : formatSignificant(1000 * point.joulePerInference)),
  },
  {
    id: 'throttled',
    title: 'Throttled',
    unit: '%',
    key: 'throttledShare',
    align: 'right',
    standard: false,
    means: 'Share of the counted time in which power, heat or its supply held the clocks of the GPU down.',
    value: point => point.throttledShare,
    text: point =>
      point.throttledShare === undefined ? ABSENT : formatPercent(100 * point.throttledShare).replace(' %', ''),
  },
  {
    id: 'create',
    title: 'Create',
    unit: 'ms',
    key: 'sessionCreateMs',
    align: 'right',
    standard: false,
    means: 'Session creation: load and optimise the model.',
    value: point => point.sessionCreateMs,
    text: point => formatMs(point.sessionCreateMs),
  },
  {
    id: 'cpu',
    title: 'CPU',
    unit: 'cores',
    key: 'cpuUtilization',
    align: 'right',
    standard: false,
    means: 'CPU time ÷ wall time while measuring.',
    value: point => point.cpuUtilization,
    text: point => (point.cpuUtilization === undefined ? ABSENT : formatSignificant(point.cpuUtilization)),
  },
  {
    id: 'n',
    title: 'n',
    key: 'samples',
    align: 'right',
    standard: true,
    means: 'Counted calls, warm-up excluded.',
    value: point => point.samples?.count,
    text: point => (point.samples === undefined ? ABSENT : groupThousands(String(point.samples.count))),
    note: point =>
      point.samples === undefined
        ? undefined
        : `${point.samples.warmup} warm-up calls cut. ${point.samples.warmupRule ?? ''}`.trim(),
  },
  {
    id: 'flags',
    title: 'Flags',
    key: 'flags',
    align: 'left',
    standard: true,
    means: 'What to know before trusting the row.',
    value: point => point.flags.join(' '),
    text: point => point.flags.map(id => flagText(id).title).join(', '),
    note: point =>
      point.error?.message ??
      (point.flags
        .map(id => flagText(id).means)
        .filter(Boolean)
        .join(' ') ||
        undefined),
  },
]

/** Of a GPU: shown where they were measured. */
const OF_A_GPU: ReadonlyMap<string, (point: Point) => unknown> = new Map(
  LATENCY_COLUMNS.filter(({ id }) => ['device-peak', 'energy', 'throttled'].includes(id)).map(({ id, value }) => [
    id,
    value,
  ]),
)

/** Columns to show for these points: the standard ones, those that tell the rows apart, and those of a GPU where told. */
export function columnsFor(points: readonly Point[]): LatencyColumn[] {
  const varies = (of: (point: Point) => unknown) => new Set(points.map(of)).size > 1
  return LATENCY_COLUMNS.filter(
    ({ id, standard }) =>
      standard ||
      (id === 'runtime' && varies(point => point.runtime)) ||
      (id === 'precision' && varies(point => point.precision)) ||
      (id === 'repeat' && points.some(point => point.repeat > 1)) ||
      (OF_A_GPU.has(id) && points.some(point => OF_A_GPU.get(id)?.(point) !== undefined)),
  )
}
