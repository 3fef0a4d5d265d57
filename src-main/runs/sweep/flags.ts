import type { ClientCost, Point } from '#domain/point.ts'

/** What is known of a sweep point beside its figures. */
export interface SweepPointFacts {
  boundsMs: NonNullable<Point['boundsMs']>
  /** By the stability rule; undefined: not asked. */
  stable: boolean | undefined
  errors: number
  completed: number
  delayed: number
  requestsPerSec: number
  client: ClientCost
  /** Median latency. */
  p50Ms: number | undefined
  /** One of the windows, or all together. */
  isOverThreshold: boolean
  hasServerParts: boolean
  reloaded: boolean
  hasCache: boolean
  lost: boolean
  /** Share of the CPU time that the hypervisor gave to others, 0..1. */
  stealShare: number | undefined
}

/** The generator works in one thread: at 0.85 of a core a request that comes back waits for it about as long as it works. */
const MOST_CLIENT_CORES = 0.85
/** Below this the generator waits for the server more than it works, whatever its clock and its echo say. */
const WORKING_CLIENT_CORES = 0.6
/** A loop that comes round so late, measured in latencies, is in every answer's time. */
const MOST_LOOP_DELAY = 0.5
/**
 * Near the rate of the loopback echo. Far above it the echo says nothing: it shares the generator's thread, and for
 * large bodies it is the dearer half (600 KB: the server's rate is often twice the echo's).
 */
const LOOPBACK_NEARNESS = 0.8
/** perf_analyzer warns from the same share. */
const MOST_DELAYED_SHARE = 0.01
/** One stolen percent goes straight into p99. */
const MOST_STEAL_SHARE = 0.01

/** Flag ids of a measured point, in the order of POINT_FLAGS. Pure. */
export function sweepFlags(facts: SweepPointFacts): string[] {
  const { boundsMs, stable, errors, completed, delayed, stealShare = 0 } = facts
  const raised: Record<string, boolean> = {
    'few-samples': Object.values(boundsMs).some(bounds => bounds.upperMs === undefined),
    unstable: stable === false,
    'noisy-machine': stealShare > MOST_STEAL_SHARE,
    'client-bound': isClientBound(facts),
    'server-errors': errors > 0,
    'over-threshold': facts.isOverThreshold,
    'no-statistics': !facts.hasServerParts && !facts.reloaded,
    'server-lost': facts.lost,
    'delayed-requests': delayed > MOST_DELAYED_SHARE * completed,
    'model-reloaded': facts.reloaded,
    'cache-parts': facts.hasCache,
  }
  return Object.keys(raised).filter(id => raised[id])
}

/** Each evidence by itself is no proof on a busy machine; the generator must also have worked hard. */
function isClientBound({ client, requestsPerSec, p50Ms }: SweepPointFacts): boolean {
  const { cpuCores = 0, loopbackPerSec, eventLoopP99Ms } = client
  if (cpuCores > MOST_CLIENT_CORES) return true
  if (cpuCores < WORKING_CLIENT_CORES) return false
  const isLoopLate = eventLoopP99Ms !== undefined && p50Ms !== undefined && eventLoopP99Ms > MOST_LOOP_DELAY * p50Ms
  const ofLoopback = loopbackPerSec === undefined ? 0 : requestsPerSec / loopbackPerSec
  return isLoopLate || (ofLoopback > LOOPBACK_NEARNESS && ofLoopback < 1 / LOOPBACK_NEARNESS)
}
