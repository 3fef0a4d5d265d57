import { UNKNOWN } from '#domain/passport.ts'
import type { LatencyMs } from '#domain/point.ts'
import type { ImportedPoint, PointsContent } from '../define.ts'
import { failuresOf } from './failures.ts'
import { hintText } from './hint-texts.ts'
import { layersOfRun } from './layer-table.ts'
import { precisionOfRun } from './precision.ts'
import { passportOfRuns } from './run-passport.ts'
import type { PrintedStatistics, TrtexecLog, TrtexecRun, TrtexecSummary } from './types.ts'

const FIXED = { 90: 'p90', 95: 'p95', 99: 'p99' } as const
const MAX_MESSAGES_TOLD = 20

/** A log's runs as points with the figures printed in it; what failed as failed points with the cause. */
export function contentOfLog(log: TrtexecLog): PointsContent {
  const { runs } = log
  const content: PointsContent = {
    tool: 'trtexec',
    points: [],
    queriesOverlap: true,
    ...passportOfRuns(runs),
    notices: [],
    skipped: [],
    layers: [],
  }
  const [first] = runs
  if (first.version !== undefined) content.toolVersion = first.version
  const modelName = fileName(first.modelPath ?? first.enginePath)
  if (modelName !== undefined) content.modelName = modelName
  for (const [index, run] of runs.entries()) {
    addRun(content, run, runs.length > 1 ? `run ${index + 1}` : 'the log')
  }
  if (log.runsLeftOut > 0) content.notices.push(`${log.runsLeftOut} further runs were left out.`)
  const unknown = runs.filter(run => run.summary !== undefined && run.batch === undefined).length
  if (unknown > 0 && unknown === content.points.length) content.batchUnknown = { throughputCounts: 'requests' }
  content.notices = [...new Set(content.notices)]
  return content
}

function addRun(content: PointsContent, run: TrtexecRun, where: string): void {
  const [failure, ...others] = failuresOf(run)
  const layers = layersOfRun(run, fileName(run.enginePath ?? run.modelPath) ?? 'engine')
  if (layers !== undefined) content.layers?.push(layers)
  if (failure !== undefined) {
    content.points.push({ ...setting(run), flags: [], error: failure })
    content.notices.push(...others.map(({ message, hint = '' }) => `${message}. ${hint}`))
  } else if (run.summary !== undefined) content.points.push(measuredPoint(run, run.summary))
  else if (run.build.builtSeconds !== undefined) content.notices.push(builtNotice(run))
  else if (layers === undefined) content.skipped.push({ where, why: 'it ends before any figure' })
  content.notices.push(...run.hints.map(hintText))
  const said = run.messages.filter(({ severity }) => severity === 'E').slice(0, MAX_MESSAGES_TOLD)
  if (failure === undefined) content.notices.push(...said.map(({ text }) => `trtexec: ${text.slice(0, 300)}`))
}

/** Of a throughput without a figure of latency, too: excerpts. */
function measuredPoint(run: TrtexecRun, summary: TrtexecSummary): ImportedPoint {
  const { rows } = summary
  const batch = run.batch?.size ?? 1
  const queriesPerSec = summary.queriesPerSec || perWallTime(run)
  const phases = {
    gpuCompute: rows.gpuCompute,
    h2d: rows.h2d,
    d2h: rows.d2h,
    enqueue: rows.enqueue,
    host: rows.endToEnd,
  }
  const latency = latencyOf(rows.latency)
  return {
    ...setting(run),
    ...(rows.latency === undefined ? {} : { latencyMs: latency.latencyMs }),
    ...(Object.keys(latency.others).length === 0 ? {} : { otherPercentilesMs: latency.others }),
    phasesMs: Object.fromEntries(
      Object.entries(phases).flatMap(([name, row]) => (row === undefined ? [] : [[name, latencyOf(row).latencyMs]])),
    ),
    ...(queriesPerSec === undefined
      ? {}
      : { queriesPerSec, inferPerSec: run.batch?.implicit ? queriesPerSec : queriesPerSec * batch }),
    ...(run.queries === undefined || run.queries.counted === 0
      ? {}
      : { samples: { count: run.queries.counted, warmup: 0 } }),
    ...(summary.hostWallSeconds === undefined ? {} : { durationMs: summary.hostWallSeconds * 1000 }),
    flags: run.hints.some(({ kind }) => kind === 'unstable') ? ['unstable'] : [],
  }
}

/** 7.2 prints `throughput: 0 qps` for explicit batches. */
function perWallTime({ queries, summary }: TrtexecRun): number | undefined {
  const seconds = summary?.hostWallSeconds ?? queries?.overSeconds
  return queries === undefined || !queries.counted || !seconds ? undefined : queries.counted / seconds
}

function setting(run: TrtexecRun) {
  return {
    runtime: 'tensorrt',
    device: run.device.name ?? UNKNOWN,
    precision: precisionOfRun(run),
    batch: run.batch?.size ?? 1,
    concurrency: Math.max(1, Math.trunc(run.measured.streams ?? 1)),
    shapes: run.shapes,
  } satisfies Partial<ImportedPoint>
}

/** trtexec's percentiles: index n − 1 − ⌊(1 − p)·n⌋ of the sorted times; its median averages the middle two. */
export function latencyOf(row: PrintedStatistics | undefined): {
  latencyMs: LatencyMs
  others: Record<string, number>
} {
  const { minMs: min, maxMs: max, meanMs: mean, medianMs: p50, percentilesMs = {} } = row ?? {}
  const latencyMs: LatencyMs = {}
  for (const [name, value] of Object.entries({ min, max, mean, p50 }))
    if (value !== undefined && value >= 0) Object.assign(latencyMs, { [name]: value })
  const others: Record<string, number> = {}
  for (const [p, value] of Object.entries(percentilesMs)) {
    const fixed = p === '90' || p === '95' || p === '99' ? FIXED[p] : undefined
    if (value < 0) continue
    if (fixed === undefined) others[`p${p}`] = value
    else latencyMs[fixed] = value
  }
  return { latencyMs, others }
}

function builtNotice({ build, enginePath }: TrtexecRun): string {
  const size = build.engineMiB === undefined ? '' : `, ${build.engineMiB} MiB`
  return `A build without inference: the engine${enginePath === undefined ? '' : ` ${enginePath}`} took ${build.builtSeconds} s${size}.`
}

/** The last part of a path of either system. */
export function fileName(path: string | undefined): string | undefined {
  return path?.split(/[\\/]/).at(-1) || undefined
}
