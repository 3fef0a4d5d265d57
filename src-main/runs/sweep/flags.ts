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
/** A generator that does only twice the measured rate against an echo is half of what the requests wait for … */
const LEAST_LOOPBACK_RATIO = 2
/** … where it worked that hard: the echo shares its core, and a short calibration beside other work comes out low. */
const WORKING_CLIENT_CORES = 0.5
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

function isClientBound({ client: { cpuCores = 0, loopbackPerSec }, requestsPerSec }: SweepPointFacts): boolean {
  if (cpuCores > MOST_CLIENT_CORES) return true
  if (cpuCores < WORKING_CLIENT_CORES) return false
  return loopbackPerSec !== undefined && loopbackPerSec < LEAST_LOOPBACK_RATIO * requestsPerSec
}
