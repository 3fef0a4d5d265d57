import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import type { WindowFigures } from '#domain/point.ts'
import { defineFormat, type ImportedPoint, type PointsContent } from './define.ts'
import { parseJson } from './json-text.ts'
import { meanInFlight } from './perf-analyzer-columns.ts'
import { readText } from './text-lines.ts'

const Stamp = z.string().regex(/^\d{1,20}$/)
const Profile = z.object({
  experiments: z.array(
    z.object({
      experiment: z.object({ mode: z.string(), value: z.number() }),
      requests: z.array(
        z.object({
          timestamp: Stamp,
          sequence_id: z.union([z.number(), z.string()]).optional(),
          response_timestamps: z.array(Stamp).default([]),
        }),
      ),
      window_boundaries: z.array(Stamp).default([]),
    }),
  ),
  version: z.string().optional(),
  service_kind: z.string().optional(),
  endpoint: z.string().optional(),
})
type Experiment = z.infer<typeof Profile>['experiments'][number]

/** As perf_analyzer merges them. */
const COUNTED_WINDOWS = 3

/**
 * perf_analyzer `--profile-export-file`: every request of every window with its stamps, ns since the epoch. The report
 * is of the last three windows, of the requests that end inside. It has no batch.
 * Source: perf_analyzer docs and src/profile_data_exporter.cc, 2.51 and 2.60.
 */
export const perfAnalyzerProfile = defineFormat({
  id: 'perf-analyzer-profile',
  title: 'perf_analyzer profile export (JSON)',
  gives: 'points',
  extensions: ['.json'],
  sniff: head => /^\s*\{\s*"experiments"\s*:\s*\[/.test(head.text) && /"experiment"\s*:/.test(head.text),
  async read(source, signal) {
    const parsed = Profile.safeParse(
      parseJson(withTextStamps(await readText(source, signal === undefined ? {} : { signal })), source.name),
    )
    if (!parsed.success) {
      throw new EngineError('FORMAT_BROKEN', 'This is not a profile export of perf_analyzer', {
        where: source.name,
        detail: z.prettifyError(parsed.error).slice(0, 2000),
      })
    }
    const { experiments, version, service_kind, endpoint } = parsed.data
    const content: PointsContent = {
      tool: 'perf_analyzer',
      ...(version === undefined ? {} : { toolVersion: version }),
      points: [],
      batchUnknown: { throughputCounts: 'requests' },
      facts: {
        percentiles: 'nearest rank over the last three windows, computed from the raw requests',
        ...(service_kind ? { serviceKind: service_kind } : {}),
        ...(endpoint ? { endpoint } : {}),
      },
      notices: [],
      skipped: [],
    }
    for (const [index, experiment] of experiments.entries()) addExperiment(content, experiment, index)
    return content
  },
})

/** Stamps are beyond 2^53: written as text before JSON numbers would round them to 256 ns. */
function withTextStamps(text: string): string {
  return text
    .replaceAll(/"timestamp"\s*:\s*(\d+)/g, '"timestamp":"$1"')
    .replaceAll(
      /"(response_timestamps|window_boundaries)"\s*:\s*\[([\d,\s]*)\]/g,
      (_, key: string, list: string) => `"${key}":[${list.replaceAll(/\d+/g, '"$&"')}]`,
    )
}

interface Request {
  startNs: number
  endNs: number
  responses: number
}

function addExperiment(content: PointsContent, experiment: Experiment, index: number): void {
  const { mode, value } = experiment.experiment
  const where = `${mode} ${value}`
  const first = experiment.window_boundaries[0] ?? experiment.requests[0]?.timestamp
  if (first === undefined) {
    content.skipped.push({ where: `experiment ${index + 1} (${where})`, why: 'no requests' })
    return
  }
  const base = BigInt(first)
  const since = (stamp: string) => Number(BigInt(stamp) - base)
  const isDecoupled = experiment.requests.some(({ response_timestamps }) => response_timestamps.length > 1)
  const requests = experiment.requests.flatMap(({ timestamp, response_timestamps: stamps }): Request[] => {
    // The last response of a decoupled request is the empty final one.
    const answers = isDecoupled && stamps.length > 1 ? stamps.slice(0, -1) : stamps
    const end = answers.at(-1)
    return end === undefined ? [] : [{ startNs: since(timestamp), endNs: since(end), responses: answers.length }]
  })
  const lost = experiment.requests.length - requests.length
  if (lost > 0) content.notices.push(`${where}: ${lost} requests have no answer and are left out.`)
  if (isDecoupled) content.notices.push(`${where}: the empty final response of each request is left out.`)
  const bounds = experiment.window_boundaries.map(since)
  if (bounds.length < 2) {
    content.skipped.push({ where: `experiment ${index + 1} (${where})`, why: 'no measurement window' })
    return
  }
  content.points.push(profilePoint(experiment.experiment, requests, bounds, isDecoupled))
}

/** Figures over the counted windows. Batch 1: whoever knows it multiplies the throughput. */
function profilePoint(
  { mode, value }: Experiment['experiment'],
  requests: readonly Request[],
  bounds: readonly number[],
  isDecoupled: boolean,
): ImportedPoint {
  const firstCounted = Math.max(0, bounds.length - 1 - COUNTED_WINDOWS)
  const [fromNs = 0, toNs = 0] = [bounds[firstCounted], bounds.at(-1)]
  const counted = requests.filter(({ endNs }) => endNs >= fromNs && endNs <= toNs)
  const latenciesNs = Float64Array.from(counted, ({ startNs, endNs }) => endNs - startNs)
  const seconds = (toNs - fromNs) / 1e9
  const inferPerSec = seconds > 0 ? counted.length / seconds : undefined
  const responses = counted.reduce((sum, request) => sum + request.responses, 0)
  const isRate = mode === 'request_rate'
  return {
    runtime: 'triton',
    batch: 1,
    concurrency: isRate ? meanInFlight(inferPerSec, 1, meanMs(latenciesNs)) : Math.max(1, Math.round(value)),
    ...(isRate ? { requestRate: value } : {}),
    ...(inferPerSec === undefined ? {} : { inferPerSec }),
    ...(isDecoupled && seconds > 0 ? { responsesPerSec: responses / seconds } : {}),
    requests: { completed: counted.length, errors: 0, ...(isDecoupled ? { responses } : {}) },
    durationMs: (toNs - fromNs) / 1e6,
    windows: windowsOf(requests, bounds, firstCounted),
    latenciesNs,
    flags: ['no-statistics'],
  }
}

function windowsOf(requests: readonly Request[], bounds: readonly number[], firstCounted: number): WindowFigures[] {
  return bounds.slice(0, -1).map((startNs, index) => {
    const endNs = bounds[index + 1] ?? startNs
    const inside = requests.filter(request => request.endNs >= startNs && request.endNs <= endNs)
    const latencyMs = meanMs(Float64Array.from(inside, request => request.endNs - request.startNs))
    return {
      durationMs: (endNs - startNs) / 1e6,
      requests: inside.length,
      errors: 0,
      inferPerSec: endNs > startNs ? (inside.length * 1e9) / (endNs - startNs) : 0,
      ...(latencyMs === undefined ? {} : { latencyMs }),
      counted: index >= firstCounted,
    }
  })
}

function meanMs(latenciesNs: Float64Array): number | undefined {
  if (latenciesNs.length === 0) return undefined
  return latenciesNs.reduce((sum, value) => sum + value, 0) / latenciesNs.length / 1e6
}
