import type { Point } from '#domain/point.ts'
import type { Stability } from './stability.ts'

/** What is known of a point beside its samples. A fact that was not read is absent and raises nothing. */
export interface PointFacts {
  /** Samples counted. */
  count: number
  latencyMs: NonNullable<Point['latencyMs']>
  boundsMs: NonNullable<Point['boundsMs']>
  stability: Stability
  /** `detectWarmup`'s word. */
  steady: boolean
  /** Cores that other processes kept busy while measuring; where told, load averages need not be guessed from. */
  otherCores?: number | undefined
  /** Load averages over 1 minute; a point's own threads are in them. */
  loadBefore?: number | undefined
  loadAfter?: number | undefined
  /** Share of the CPU time that the hypervisor gave to others while measuring, 0..1. */
  stealShare?: number | undefined
  /** Cores the machine lets this process use. */
  cores?: number | undefined
  /** Threads that computed the model. */
  threads?: number | undefined
  /** Core-to-core round trip, ns. */
  coreToCoreNs?: { before?: number | undefined; after?: number | undefined } | undefined
  swappedBytes?: number | undefined
  /** Median latency of a model that does nothing, through the same path. */
  callUs?: number | undefined
}

/** Half of perf_analyzer's ±10 % stability window: a larger trend exceeds the differences that people act on. */
const MAX_DRIFT_PERCENT = 5
/** At 25 % the mean of 300 samples is known to ±3 % only (2 × CV ÷ √n), and mean and median tell different stories. */
const MAX_CV_PERCENT = 25
/** At 0.8, 300 samples are worth 33 independent ones (n·(1−ρ)/(1+ρ)): levels alternate … */
const MAX_LAG1 = 0.8
/** … which is worth a word only where the levels lie apart. */
const LAG1_CV_PERCENT = 5
/** Work of others on a quarter of the cores takes caches, memory bandwidth and turbo from this one. */
const MAX_OTHER_LOAD_SHARE = 0.25
/** Measured, a tenth of the cores is enough to say so: it is no artefact of averaging. */
const MAX_OTHER_CORES_SHARE = 0.1
/** One stolen percent goes straight into p99. */
const MAX_STEAL_SHARE = 0.01
/** The round trip flips by 2 to 6× when threads move between cores that do and don't share a cache; the probe itself repeats to ±20 %. */
const MAX_PROBE_RATIO = 1.5
/** Start-up pages of libraries are swapped without harm; more is the model or its arena. */
const MAX_SWAPPED_BYTES = 2 ** 20
/** Above this share the point measures the call more than the model. */
const MAX_CALL_SHARE = 0.05
/** Medians of fresh processes closer than this are the same for any use. */
const SAME_MEDIAN_SHARE = 0.02

/** Flag ids for a measured point, in the order of POINT_FLAGS. Pure: the same facts give the same flags. */
export function flagsFor(facts: PointFacts): string[] {
  const { boundsMs, stability, steady, swappedBytes = 0, callUs = 0, latencyMs, threads = 0, cores } = facts
  const raised: Record<string, boolean> = {
    'few-samples': Object.values(boundsMs).some(bounds => bounds.upperMs === undefined) || facts.count === 0,
    unstable: isUnstable(stability),
    'noisy-machine': isNoisy(facts),
    oversubscribed: cores !== undefined && threads > cores,
    swapped: swappedBytes > MAX_SWAPPED_BYTES,
    'call-overhead': latencyMs.p50 !== undefined && callUs / 1000 > MAX_CALL_SHARE * latencyMs.p50,
    'no-warm-state': !steady,
  }
  return Object.keys(raised).filter(id => raised[id])
}

function isUnstable({ driftPercent = 0, cvPercent = 0, lag1 = 0 }: Stability): boolean {
  const alternates = lag1 > MAX_LAG1 && cvPercent > LAG1_CV_PERCENT
  return Math.abs(driftPercent) > MAX_DRIFT_PERCENT || cvPercent > MAX_CV_PERCENT || alternates
}

/**
 * Others' work is measured where the system tells it. Elsewhere it is what the load averages hold beyond this point's
 * own threads, which is rough: they remember a minute, and with it the points before.
 */
function isNoisy({
  otherCores,
  loadBefore = 0,
  loadAfter = 0,
  stealShare = 0,
  cores,
  threads = 1,
  coreToCoreNs,
}: PointFacts): boolean {
  const others = otherCores ?? Math.max(loadBefore, loadAfter) - Math.max(1, threads)
  const most = otherCores === undefined ? MAX_OTHER_LOAD_SHARE : MAX_OTHER_CORES_SHARE
  const { before, after } = coreToCoreNs ?? {}
  const moved =
    before !== undefined && after !== undefined && Math.max(before, after) > MAX_PROBE_RATIO * Math.min(before, after)
  return (cores !== undefined && others > most * cores) || stealShare > MAX_STEAL_SHARE || moved
}

/**
 * Whether fresh processes of one configuration disagree: their medians lie further apart than the widest of their own
 * spreads (p90 − p50) and than 2 % of the fastest. Points without a median are passed over.
 */
export function repeatsDiffer(points: readonly Pick<Point, 'latencyMs'>[]): boolean {
  const measured = points.flatMap(({ latencyMs: { p50, p90 } = {} }) =>
    p50 === undefined ? [] : [{ p50, spread: (p90 ?? p50) - p50 }],
  )
  if (measured.length < 2) return false
  const medians = measured.map(({ p50 }) => p50)
  const [least, most] = [Math.min(...medians), Math.max(...medians)]
  const widest = Math.max(...measured.map(({ spread }) => spread))
  return most - least > Math.max(widest, SAME_MEDIAN_SHARE * least)
}
