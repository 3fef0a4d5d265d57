import type { Correctness } from './correctness.ts'
import type { Point } from './point.ts'

/** What one precision of a model costs and brings, at one batch on one runtime. Absent: not measured. */
export interface TradeRow {
  runtime: string
  device: string
  precision: string
  batch: number
  pointId: string
  inferPerSec?: number
  p50Ms?: number
  /** Size of the engine or model file that ran. */
  artifactBytes?: number
  /** Device memory where it was measured, else that of the process. */
  memoryBytes?: number
  /** Largest ‖candidate − base‖ ÷ ‖base‖ over its outputs; 0 for the base itself. */
  drift?: number
  verdict?: Correctness['verdict']
  /** Sum of `coldStartParts`: what was measured of load, compile and first call. */
  coldStartMs?: number
  coldStartParts: readonly ('load' | 'compile' | 'first call')[]
  /** No other row of the same runtime group is at least as good in everything measured and better in something. */
  isPareto: boolean
}

/** Figures that are weighed: name and whether more is better. */
const AIMS = [
  { name: 'inferPerSec', more: true },
  { name: 'artifactBytes', more: false },
  { name: 'memoryBytes', more: false },
  { name: 'drift', more: false },
  { name: 'coldStartMs', more: false },
] as const satisfies readonly { name: keyof TradeRow; more: boolean }[]

/**
 * Speed × size × memory × drift × cold start of measured points, those of one batch and device together, with the Pareto
 * set marked. Rows are compared by the figures both have; a row without a speed is never in the set.
 * @param correctness comparisons of the models that ran, joined by SHA-256
 */
export function precisionTrade(points: readonly Point[], correctness: readonly Correctness[]): TradeRow[] {
  const rows = points
    .filter(({ status, inferPerSec }) => status === 'done' && inferPerSec !== undefined)
    .map(point => rowOf(point, correctness))
  return rows.map(row => ({ ...row, isPareto: !rows.some(other => isPeer(row, other) && dominates(other, row)) }))
}

function rowOf(point: Point, correctness: readonly Correctness[]): TradeRow {
  const { runtime, device, precision, batch, id, inferPerSec, latencyMs, artifact } = point
  const p50Ms = latencyMs?.p50
  const memoryBytes = point.peakDeviceBytes ?? point.peakBytes
  return {
    runtime,
    device,
    precision,
    batch,
    pointId: id,
    isPareto: false,
    ...(inferPerSec === undefined ? {} : { inferPerSec }),
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(artifact === undefined ? {} : { artifactBytes: artifact.bytes }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...coldStartOf(point),
    ...driftOf(artifact?.sha256, correctness),
  }
}

/** The last comparison of the file that ran; a file that others are compared with has no drift of its own. */
function driftOf(sha256: string | undefined, correctness: readonly Correctness[]): Pick<TradeRow, 'drift' | 'verdict'> {
  if (sha256 === undefined) return {}
  const judged = correctness.findLast(({ candidate, base }) => candidate.sha256 === sha256 && base.sha256 !== undefined)
  if (judged === undefined) return correctness.some(({ base }) => base.sha256 === sha256) ? { drift: 0 } : {}
  const drifts = judged.outputs.flatMap(({ difference }) => difference?.drift ?? [])
  return { verdict: judged.verdict, ...(drifts.length === 0 ? {} : { drift: Math.max(...drifts) }) }
}

function isPeer(row: TradeRow, other: TradeRow): boolean {
  return other !== row && other.batch === row.batch && other.device === row.device
}

/** At least as good in every figure both have, better in one. */
function dominates(other: TradeRow, row: TradeRow): boolean {
  let isBetter = false
  for (const { name, more } of AIMS) {
    const [theirs, ours] = [other[name], row[name]]
    if (theirs === undefined || ours === undefined) continue
    if (name === 'coldStartMs' && other.coldStartParts.join() !== row.coldStartParts.join()) continue
    const gain = more ? theirs - ours : ours - theirs
    if (gain < 0) return false
    if (gain > 0) isBetter = true
  }
  return isBetter
}

function coldStartOf({
  sessionCreateMs,
  compileMs,
  firstCallMs,
}: Point): Pick<TradeRow, 'coldStartMs' | 'coldStartParts'> {
  const parts = [
    { name: 'load' as const, ms: sessionCreateMs },
    { name: 'compile' as const, ms: compileMs },
    { name: 'first call' as const, ms: firstCallMs },
  ].filter(({ ms }) => ms !== undefined)
  const coldStartParts = parts.map(({ name }) => name)
  if (parts.length === 0) return { coldStartParts }
  return { coldStartParts, coldStartMs: parts.reduce((sum, { ms = 0 }) => sum + ms, 0) }
}
