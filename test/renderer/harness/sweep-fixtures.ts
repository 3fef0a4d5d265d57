import type { Finding } from '#domain/finding.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { PartsMs, Point, WindowFigures } from '#domain/point.ts'
import type { Run } from '#domain/run.ts'
import { point, run } from '../pages/samples.ts'

/** Points of a server for looking at. Rows of `image_cls` are what perf_analyzer 2.51 measured on a real Triton here. */

type Row = readonly [
  protocol: 'grpc' | 'http',
  sharedMemory: 'none' | 'system',
  concurrency: number,
  inferPerSec: number,
  p50: number,
  p90: number,
  p99: number,
  avg: number,
  send: number,
  network: number,
  queue: number,
  input: number,
  infer: number,
  output: number,
  recv: number,
]

/** Microseconds, as perf_analyzer prints them; image_cls, batch 1. */
const IMAGE_CLS: readonly Row[] = [
  ['http', 'none', 1, 518, 1809, 2118, 2552, 1886, 219, 601, 607, 38, 412, 42, 0],
  ['http', 'none', 4, 1065.2, 3631, 5022, 6739, 3697, 185, 1486, 560, 132, 1304, 85, 0],
  ['http', 'none', 16, 1421.9, 10_654, 16_956, 23_798, 11_200, 194, 5145, 1449, 425, 3802, 187, 0],
  ['http', 'system', 1, 782.9, 1233, 1418, 2154, 1274, 47, 147, 604, 44, 379, 44, 0],
  ['http', 'system', 4, 1984.7, 1919, 2341, 4357, 2012, 46, 251, 181, 168, 1255, 94, 0],
  ['http', 'system', 16, 3467.3, 4332, 6879, 9414, 4606, 44, 438, 1036, 458, 2147, 433, 0],
  ['grpc', 'none', 1, 640.3, 1493, 1712, 2015, 1535, 21, 388, 597, 40, 348, 115, 1],
  ['grpc', 'none', 4, 1174.3, 3336, 4372, 5899, 3362, 38, 1120, 512, 166, 1315, 222, 1],
  ['grpc', 'none', 16, 1669.5, 9273, 13_311, 18_150, 9527, 50, 3882, 1304, 463, 3293, 410, 1],
]

function windowsOf(inferPerSec: number, avgMs: number, index: number): WindowFigures[] {
  return [0.82, 0.97, 1, 1.01, 0.99].map((factor, window) => ({
    durationMs: 6003,
    requests: Math.round(inferPerSec * factor * 6),
    errors: 0,
    inferPerSec: inferPerSec * factor * (1 + ((index * 7 + window) % 5) / 300),
    latencyMs: avgMs / factor,
    counted: window >= 2,
  }))
}

function imageClsPoint(row: Row, index: number): Point {
  const [protocol, sharedMemory, concurrency, inferPerSec, p50, p90, p99, avg, ...parts] = row
  const [clientSend = 0, network = 0, queue = 0, input = 0, infer = 0, output = 0, clientRecv = 0] = parts
  const ms = (us: number) => us / 1000
  return serverPoint({
    id: `cls-${index}`,
    index,
    concurrency,
    inferPerSec,
    latencyMs: { mean: ms(avg), std: ms(avg) * 0.2, p50: ms(p50), p90: ms(p90), p95: ms(p90 * 1.15), p99: ms(p99) },
    partsMs: {
      clientSend: ms(clientSend),
      network: ms(network),
      queue: ms(queue),
      computeInput: ms(input),
      computeInfer: ms(infer),
      computeOutput: ms(output),
      clientRecv: ms(clientRecv),
    },
    transport: {
      protocol,
      sharedMemory,
      url: protocol === 'grpc' ? 'grpc://localhost:8001' : 'http://localhost:8000',
      connections: concurrency,
      requestBytes: 602_345,
    },
    windows: windowsOf(inferPerSec, ms(avg), index),
    flags: index === 2 ? ['unstable'] : [],
  })
}

function serverPoint(change: Partial<Point>): Point {
  const rate = change.inferPerSec ?? 1000
  return point({
    runtime: 'triton',
    device: 'server',
    precision: 'unknown',
    requests: { completed: Math.round(rate * 18), errors: 0 },
    server: {
      model: {
        name: 'image_cls',
        version: '1',
        inferenceCount: Math.round(rate * 18),
        executionCount: Math.round((rate * 18) / 1.7),
        successCount: Math.round(rate * 18),
      },
      composing: [],
    },
    client: { cpuUsPerRequest: 42, cpuCores: 0.21, eventLoopP99Ms: 0.6, loopbackMs: 0.09, loopbackPerSec: 18_400 },
    ...change,
  })
}

/** The design's picture: a model with dynamic batching under rising concurrency. Invented. */
export function onlinePoints(): Point[] {
  return [8, 16, 32, 64, 96, 128, 160, 192, 224, 256].map((c, index) => {
    const partsMs: PartsMs = {
      clientSend: 0.09,
      network: 0.5 + c * 0.008,
      queue: 1 + c * 0.036,
      computeInput: 0.12 + c * 0.012,
      computeInfer: 2.6 + c * 0.018,
      computeOutput: 0.02,
      clientRecv: 0.01,
    }
    const mean = Object.values(partsMs).reduce((sum, part) => sum + part, 0)
    const inferPerSec = (c / mean) * 1000
    return serverPoint({
      id: `net-${index}`,
      index,
      concurrency: c,
      inferPerSec,
      partsMs,
      latencyMs: { mean, p50: mean * 0.98, p90: mean * 1.08, p95: mean * 1.1, p99: mean * 1.19 },
      transport: { protocol: 'http', sharedMemory: 'none', url: 'http://localhost:8000', connections: c },
      windows: windowsOf(inferPerSec, mean, index),
      gpus: [
        {
          uuid: 'GPU-3f2a61c8',
          utilization: Math.min(0.98, 0.4 + c / 300),
          powerW: 180 + c / 2,
          memoryUsedBytes: 4_200_000_000,
          memoryTotalBytes: 40_000_000_000,
        },
      ],
      flags: index === 9 ? ['over-threshold'] : [],
    })
  })
}

const queueBound: Finding = {
  rule: 'queue-bound',
  title: 'Queue-bound from concurrency 96',
  verdict: 'yes',
  confidence: 0.9,
  statement: 'The queue grows 36 µs per added client while compute grows 18 µs.',
  evidence: [{ label: 'Queue at 128', value: 5.6, unit: 'ms' }],
  next: ['batchscope sweep http://localhost:8000 --model gpunet --concurrency 96,112,128'],
}

const passport: NonNullable<Run['passport']> = {
  command: { cli: 'batchscope sweep http://localhost:8000 --model image_cls' },
  app: { version: '0.1.0' },
  model: { name: 'image_cls', version: '1', maxBatchSize: 128, instances: '2 × CPU', batching: 'dynamic' },
  runtime: { name: 'triton', version: '2.51.0', extensions: ['statistics', 'system_shared_memory'] },
  method: { percentiles: 'nearest rank over the counted windows together' },
  cpu: { model: 'Example CPU', cores: 2 },
  memory: { bytes: 8_000_000_000 },
  gpu: {},
  os: { name: 'Linux' },
  time: { startedAt: '2026-11-21T10:00:00.000Z' },
}

function sweepRun(change: Partial<Run>): Run {
  const points = change.points ?? []
  const best = points.toSorted((a, b) => (b.inferPerSec ?? 0) - (a.inferPerSec ?? 0))[0]
  return run({
    kind: 'sweep',
    spec: { urls: ['http://localhost:8000'], model: 'image_cls' },
    command: 'batchscope sweep http://localhost:8000 --model image_cls',
    createdAt: '2026-11-21T10:00:00.000Z',
    startedAt: '2026-11-21T10:00:00.000Z',
    endedAt: '2026-11-21T10:04:00.000Z',
    passport,
    pointCount: points.length,
    ...(best ? { best: { inferPerSec: best.inferPerSec ?? 0, batch: best.batch, runtime: best.runtime } } : {}),
    ...change,
  })
}

export const imageClsPoints = IMAGE_CLS.map(imageClsPoint)

const failed: Point = serverPoint({
  id: 'cls-failed',
  index: 99,
  batch: 128,
  status: 'failed',
  transport: { protocol: 'http', sharedMemory: 'none', url: 'http://localhost:8000' },
  error: {
    code: 'SERVER_REFUSED',
    message: 'The request is larger than the server takes over HTTP (64 MiB)',
    hint: 'Use gRPC or shared memory, or start the server with --http-max-input-size',
  },
  flags: ['failed'],
})
for (const name of ['latencyMs', 'inferPerSec', 'requests', 'server', 'client'] as const) delete failed[name]

/** The offline scenario: latency over the batch at concurrency 1. */
export function offlinePoints(): Point[] {
  return [1, 2, 4, 8, 16, 32, 64].map((batch, index) => {
    const infer = 0.2 + batch * 0.18
    const partsMs = {
      clientSend: 0.05,
      network: 0.14,
      queue: 0.06,
      computeInput: 0.04 * batch,
      computeInfer: infer,
      computeOutput: 0.04,
      clientRecv: 0.002,
    }
    const mean = Object.values(partsMs).reduce((sum, part) => sum + part, 0)
    return serverPoint({
      id: `off-${index}`,
      index,
      batch,
      inferPerSec: (batch / mean) * 1000,
      partsMs,
      latencyMs: { mean, p50: mean * 0.97, p90: mean * 1.1, p95: mean * 1.2, p99: mean * 1.5 },
      transport: { protocol: 'grpc', sharedMemory: 'system', url: 'grpc://localhost:8001', connections: 1 },
    })
  })
}

/** A perf_analyzer CSV of a server that told no statistics: neither parts nor windows nor an address. */
function importedPoints(): Point[] {
  return onlinePoints()
    .slice(0, 4)
    .map(({ server, client, windows, gpus, transport, partsMs, requests, ...rest }) => ({
      ...rest,
      id: `imp-${rest.index}`,
    }))
}

export const sweepRuns: Run[] = [
  sweepRun({
    id: 'sweep1',
    title: 'image_cls',
    subtitle: 'HTTP and gRPC, concurrency 1, 4, 16',
    points: [...imageClsPoints, failed],
    failedPointCount: 1,
    notices: [{ level: 'warning', text: 'Batch 256 left out. The model takes 128 at most.' }],
  }),
  sweepRun({
    id: 'sweep2',
    title: 'gpunet',
    subtitle: 'Triton · online, HTTP',
    spec: { urls: ['http://localhost:8000'], model: 'gpunet', latencyThresholdMs: 14, percentile: 95 },
    status: 'failed',
    error: { code: 'SERVER_UNREACHABLE', message: 'The server went away', hint: 'Start it again, then resume.' },
    points: onlinePoints(),
    findings: [queueBound],
  }),
  sweepRun({ id: 'sweep3', title: 'gpunet offline', subtitle: 'Triton · offline, gRPC', points: offlinePoints() }),
  sweepRun({
    id: 'import1',
    kind: 'import',
    title: 'perf_online.csv',
    subtitle: 'perf_analyzer report (CSV)',
    points: importedPoints(),
  }),
]

/** What the live sweep of the double measures, point by point. */
export const LIVE_SWEEP = sweepRun({
  id: 'sweep-live',
  title: 'image_cls',
  subtitle: 'HTTP, concurrency 1, 4, 16',
  status: 'running',
  points: [],
})

export function sweepPlan(spec: unknown): RunPlan {
  const text = JSON.stringify(spec)
  const tooLarge = /"batches":\[[^\]]*256/.test(text)
  return {
    kind: 'sweep',
    title: 'image_cls',
    subtitle: 'image_cls on http://localhost:8000',
    command: 'batchscope sweep http://localhost:8000 --model image_cls --concurrency 1,4,16',
    pointCount: 3,
    estimateMs: 58_500,
    notices: tooLarge ? [{ level: 'warning', text: 'Batch 256 left out. The model takes 128 at most.' }] : [],
    problems: [],
    inputs: [],
    batches: [1],
  }
}
