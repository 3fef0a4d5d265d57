import type { MetricSample, ModelStatistics, ServerSample, StatisticDuration } from '#domain/server.ts'
import type { LiveLine, LivePoint } from '../../charts/live-series.ts'

/** Cumulative counters of a live view → rates and means between two samples. Pure. */

/** Between samples further apart the page was hidden or the server silent: no mean over such a hole is drawn. */
const LONGEST_GAP_MS = 5000

type Sum = Pick<
  ModelStatistics,
  'inferenceCount' | 'executionCount' | 'success' | 'fail' | 'queue' | 'computeInput' | 'computeInfer' | 'computeOutput'
> & { cacheHit: StatisticDuration; cacheMiss: StatisticDuration; hasCache: boolean }

const NONE: StatisticDuration = { count: 0, ns: 0 }
const plus = (a: StatisticDuration, b: StatisticDuration = NONE) => ({ count: a.count + b.count, ns: a.ns + b.ns })

/** All versions of a model together. Absent: the sample says nothing about it. */
function sumOf(sample: ServerSample, model: string): Sum | undefined {
  const own = sample.statistics?.filter(each => each.name === model) ?? []
  if (own.length === 0) return undefined
  return own.reduce<Sum>(
    (sum, each) => ({
      inferenceCount: sum.inferenceCount + each.inferenceCount,
      executionCount: sum.executionCount + each.executionCount,
      success: plus(sum.success, each.success),
      fail: plus(sum.fail, each.fail),
      queue: plus(sum.queue, each.queue),
      computeInput: plus(sum.computeInput, each.computeInput),
      computeInfer: plus(sum.computeInfer, each.computeInfer),
      computeOutput: plus(sum.computeOutput, each.computeOutput),
      cacheHit: plus(sum.cacheHit, each.cacheHit),
      cacheMiss: plus(sum.cacheMiss, each.cacheMiss),
      hasCache: sum.hasCache || each.cacheHit !== undefined,
    }),
    {
      inferenceCount: 0,
      executionCount: 0,
      success: NONE,
      fail: NONE,
      queue: NONE,
      computeInput: NONE,
      computeInfer: NONE,
      computeOutput: NONE,
      cacheHit: NONE,
      cacheMiss: NONE,
      hasCache: false,
    },
  )
}

interface Step {
  atMs: number
  seconds: number
  before: Sum
  after: Sum
}

/** Pairs of neighbours; `undefined` where no delta may be taken: a long gap, a lost part, counters that fell (a reload). */
function steps(samples: readonly ServerSample[], model: string): { atMs: number; step?: Step }[] {
  return samples.slice(1).map((sample, index) => {
    const earlier = samples[index]
    const before = earlier && sumOf(earlier, model)
    const after = sumOf(sample, model)
    const gapMs = sample.atMs - (earlier?.atMs ?? 0)
    const fell = before && after && (after.success.count < before.success.count || after.queue.ns < before.queue.ns)
    const { atMs } = sample
    if (!before || !after || fell || gapMs > LONGEST_GAP_MS || gapMs <= 0) return { atMs }
    return { atMs, step: { atMs, seconds: gapMs / 1000, before, after } }
  })
}

type Figure = (step: Step) => number | undefined

const perSecond =
  (count: (sum: Sum) => number): Figure =>
  ({ seconds, before, after }) =>
    (count(after) - count(before)) / seconds

/** Mean of a part over the requests that had it, ms; undefined when none did. */
const meanMs =
  (part: (sum: Sum) => StatisticDuration): Figure =>
  ({ before, after }) => {
    const count = part(after).count - part(before).count
    return count > 0 ? (part(after).ns - part(before).ns) / count / 1e6 : undefined
  }

const ratio =
  (over: (sum: Sum) => number, under: (sum: Sum) => number): Figure =>
  ({ before, after }) => {
    const below = under(after) - under(before)
    return below > 0 ? (over(after) - over(before)) / below : undefined
  }

function line(label: string, taken: ReturnType<typeof steps>, figure: Figure): LiveLine {
  return { label, points: taken.map(({ atMs, step }): LivePoint => ({ atMs, value: step && figure(step) })) }
}

export interface ModelLines {
  rate: LiveLine[]
  timesMs: LiveLine[]
  batch: LiveLine[]
  failures: LiveLine[]
  /** Share of requests answered from the cache, 0..1; no line where the model has none. */
  cache: LiveLine[]
  pending: LiveLine[]
}

export function modelLines(samples: readonly ServerSample[], model: string): ModelLines {
  const taken = steps(samples, model)
  const latest = samples.at(-1)
  const hasCache = latest !== undefined && sumOf(latest, model)?.hasCache === true
  return {
    rate: [
      line(
        'requests',
        taken,
        perSecond(sum => sum.success.count),
      ),
      line(
        'inferences',
        taken,
        perSecond(sum => sum.inferenceCount),
      ),
    ],
    timesMs: [
      line(
        'queue',
        taken,
        meanMs(sum => sum.queue),
      ),
      line(
        'input',
        taken,
        meanMs(sum => sum.computeInput),
      ),
      line(
        'infer',
        taken,
        meanMs(sum => sum.computeInfer),
      ),
      line(
        'output',
        taken,
        meanMs(sum => sum.computeOutput),
      ),
    ],
    batch: [
      line(
        'items an execution',
        taken,
        ratio(
          sum => sum.inferenceCount,
          sum => sum.executionCount,
        ),
      ),
    ],
    failures: [
      line(
        'failures',
        taken,
        perSecond(sum => sum.fail.count),
      ),
    ],
    cache: hasCache
      ? [
          line(
            'hits',
            taken,
            ratio(
              sum => sum.cacheHit.count,
              sum => sum.cacheHit.count + sum.cacheMiss.count,
            ),
          ),
        ]
      : [],
    pending: metricLines(samples, 'nv_inference_pending_request_count', {
      labels: { model },
      name: () => 'pending',
    }),
  }
}

interface Wanted {
  /** Only series with these labels. */
  labels?: Readonly<Record<string, string>>
  /** Series of one name are one line: their values are added. */
  name: (labels: Readonly<Record<string, string>>) => string
  scale?: number
}

/** Gauges of a metric by name, a line for every name that `name` gives. */
export function metricLines(samples: readonly ServerSample[], metric: string, wanted: Wanted): LiveLine[] {
  const { labels = {}, name, scale = 1 } = wanted
  const fits = (each: MetricSample) =>
    each.name === metric && Object.entries(labels).every(([key, value]) => each.labels[key] === value)
  const names = [...new Set((samples.at(-1)?.metrics ?? []).filter(fits).map(each => name(each.labels)))]
  return names.map(label => ({
    label,
    points: samples.map(({ atMs, metrics }, index) => {
      const own = metrics?.filter(each => fits(each) && name(each.labels) === label) ?? []
      const broken = own.length === 0 || atMs - (samples[index - 1]?.atMs ?? atMs) > LONGEST_GAP_MS
      return { atMs, value: broken ? undefined : own.reduce((sum, each) => sum + each.value, 0) * scale }
    }),
  }))
}

/** "GPU 0", "GPU 1"… by the order of their ids: a uuid is too long to read. */
export function gpuNames(samples: readonly ServerSample[]): (labels: Readonly<Record<string, string>>) => string {
  const ids = [
    ...new Set((samples.at(-1)?.metrics ?? []).map(each => each.labels.gpu_uuid).filter(id => id !== undefined)),
  ].toSorted()
  return labels => `GPU ${Math.max(0, ids.indexOf(labels.gpu_uuid ?? ''))}`
}
