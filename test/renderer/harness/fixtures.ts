import type { Finding } from '#domain/finding.ts'
import type { Doctor, RuntimeInfo, ToolInfo } from '#domain/machine.ts'
import type { Point } from '#domain/point.ts'
import type { LogLine, Run, RunSummary } from '#domain/run.ts'
import type { RecentSession, SessionView } from '#domain/session.ts'
import { model, point, run } from '../pages/samples.ts'
import { sweepRuns } from './sweep-fixtures.ts'

/** The figures of the design's picture: ResNet-18 on a CPU, batch 1 to 128. Invented, only for looking at. */
const MEDIANS_MS = [0.62, 0.78, 1.12, 1.93, 3.52, 8.9, 18.4, 37.9]
const P99_MS = [0.71, 0.9, 1.31, 2.2, 4.1, 11.2, 22.1, 49]
const PEAK_MIB = [61, 64, 70, 84, 112, 168, 262, 412]
const COUNTS = [4032, 3205, 2240, 1296, 710, 338, 301, 132]

export function benchPoints(runtime = 'ort-cpu', factor = 1): Point[] {
  return MEDIANS_MS.map((median, index) => {
    const [p50, p99] = [median * factor, (P99_MS[index] ?? 0) * factor]
    const count = COUNTS[index] ?? 0
    const few = count < 299
    return point({
      id: `${runtime}-${index}`,
      index,
      runtime,
      batch: 2 ** index,
      samples: { count, warmup: 5 + index, warmupRule: 'change point at call 5' },
      latencyMs: {
        mean: p50 * 1.02,
        std: p50 * 0.03,
        min: p50 * 0.96,
        p50,
        p90: p50 * 1.06,
        p95: p50 * 1.09,
        p99,
        max: p99 * 1.2,
      },
      boundsMs: {
        p50: { lowerMs: p50 * 0.99, upperMs: p50 * 1.01 },
        p99: { lowerMs: p99 * 0.97, ...(few ? { needsSamples: 299 } : { upperMs: p99 * 1.08 }) },
      },
      inferPerSec: (1000 * 2 ** index) / (p50 * 1.02),
      peakBytes: (PEAK_MIB[index] ?? 0) * 1_048_576,
      sessionCreateMs: 41,
      flags: few ? ['few-samples'] : index === 5 ? ['unstable'] : [],
    })
  })
}

export const finding: Finding = {
  rule: 'throughput-falls',
  title: 'Throughput falls after batch 16',
  verdict: 'yes',
  confidence: 0.9,
  statement:
    'From 16 to 32 the latency grows 2.5× for 2× the work. Batch 16 is the best point under any limit above 3.6 ms.',
  evidence: [
    { label: 'FPS at batch 16', value: 4545, unit: 'FPS' },
    { label: 'FPS at batch 32', value: 3596, unit: 'FPS' },
  ],
  next: ['batchscope bench resnet18_dynamic.onnx --batch 12,16,20,24'],
}

const passport: NonNullable<Run['passport']> = {
  command: { cli: 'batchscope bench resnet18_dynamic.onnx' },
  app: { version: '0.1.0', commit: 'unknown' },
  model: { name: 'resnet18_dynamic.onnx', sha256: 'ab'.repeat(32) },
  runtime: { id: 'ort-cpu', version: '1.30.0', intraOpThreads: 2 },
  method: { clock: 'performance.now', percentiles: 'nearest rank' },
  cpu: { model: 'Example CPU', cores: 2, governor: 'unknown' },
  memory: { bytes: 8_000_000_000 },
  gpu: {},
  os: { name: 'Linux', kernel: '6.1' },
  time: { startedAt: '2026-11-20T10:00:00.000Z' },
}

export const runs: Run[] = [
  benchRun({
    id: 'run1',
    title: 'resnet18_dynamic.onnx',
    subtitle: 'ONNX Runtime · CPU, 8 batches',
    points: benchPoints(),
  }),
  benchRun({
    id: 'run2',
    title: 'resnet18_dynamic.onnx, two runtimes with a long name',
    subtitle: 'CPU and TensorRT 10.9 · FP16',
    createdAt: '2026-11-20T11:00:00.000Z',
    points: [...benchPoints(), ...benchPoints('ort-tensorrt', 0.2)],
  }),
  benchRun({
    id: 'run3',
    title: 'mobilenet_v2.onnx',
    subtitle: 'CPU · running 3 of 8',
    status: 'running',
    points: benchPoints().slice(0, 3),
  }),
  benchRun({
    id: 'run4',
    title: '<img src=x onerror=alert(1)>.onnx',
    subtitle: 'failed at batch 1',
    status: 'failed',
    error: {
      code: 'CHILD_DIED',
      message: 'The worker died of SIGKILL.',
      where: 'batch 1',
      hint: 'Use a smaller batch.',
    },
  }),
  benchRun({ id: 'run5', kind: 'sweep', title: 'gpunet', subtitle: 'Triton · online, HTTP', status: 'interrupted' }),
  ...sweepRuns,
]

function benchRun(change: Partial<Run>): Run {
  const points = change.points ?? []
  const best = points.toSorted((a, b) => (b.inferPerSec ?? 0) - (a.inferPerSec ?? 0))[0]
  return run({
    createdAt: '2026-11-20T10:00:00.000Z',
    startedAt: '2026-11-20T10:00:00.000Z',
    endedAt: '2026-11-20T10:01:00.000Z',
    passport,
    pointCount: points.length,
    ...(best ? { best: { inferPerSec: best.inferPerSec ?? 0, batch: best.batch, runtime: best.runtime } } : {}),
    findings: points.length > 3 ? [finding] : [],
    model: model({ name: 'resnet18_dynamic.onnx' }),
    ...change,
  })
}

export function summaryOf(of: Run): RunSummary {
  const { spec, command, model: _, passport: __, notices, error, points, findings, ...summary } = of
  return summary
}

export function sessionView(change: Partial<SessionView['info']> = {}): SessionView {
  return {
    info: {
      sessionId: 's1',
      path: '/home/me/resnet-study.bscope',
      name: 'resnet-study',
      notes: '',
      createdAt: '2026-11-20T10:00:00.000Z',
      modifiedAt: '2026-11-20T11:00:00.000Z',
      appVersion: '0.1.0',
      bytes: 1_234_567,
      readOnly: false,
      damage: [],
      ...change,
    },
    runs: runs.map(summaryOf),
  }
}

export const recent: RecentSession[] = [
  recentSession('resnet-study', '2026-11-20T10:00:00.000Z', 'Example CPU', 5),
  recentSession('gpunet-online', '2026-11-17T10:00:00.000Z', 'A100', 32),
  { ...recentSession('gone', '2026-10-17T10:00:00.000Z', 'V100', 3), missing: true },
]

function recentSession(name: string, openedAt: string, device: string, runCount: number): RecentSession {
  return { path: `/home/me/${name}.bscope`, name, openedAt, runCount, device, missing: false }
}

export const runtimes: RuntimeInfo[] = [
  {
    id: 'ort-cpu',
    title: 'ONNX Runtime · CPU',
    device: 'cpu',
    includes: ['compute'],
    precisions: ['model'],
    readiness: { ready: true, version: '1.30.0' },
    optionsSchema: {
      type: 'object',
      properties: { threads: { type: 'integer', minimum: 0, default: 0, description: '0: ONNX Runtime chooses.' } },
    },
  },
]

export const tools: ToolInfo[] = [
  {
    id: 'trtexec',
    title: 'trtexec',
    purpose: 'Builds TensorRT engines.',
    readiness: { ready: false, why: 'trtexec was not found.', hint: 'Install TensorRT or set its path.' },
  },
]

export const doctor: Doctor = {
  checkedAt: '2026-11-20T10:00:00.000Z',
  checks: [
    { id: 'ort-cpu', title: 'ONNX Runtime CPU', state: 'ok', found: '1.30.0, built in', readyFor: 'benchmarks' },
    {
      id: 'nvidia',
      title: 'NVIDIA driver',
      state: 'missing',
      found: 'none found',
      readyFor: 'GPU runtimes: install the driver',
    },
    {
      id: 'nsys',
      title: 'Nsight Systems',
      state: 'warning',
      found: '2024.4.1',
      readyFor: 'captures',
      hint: 'Set kernel.perf_event_paranoid to 2.',
    },
  ],
}

export const logLines: LogLine[] = Array.from({ length: 40 }, (_, index) => ({
  atMs: index * 700,
  stream: index % 7 === 3 ? 'stderr' : index % 3 === 0 ? 'app' : 'stdout',
  text: `batch ${2 ** (index % 8)}: measuring, ${index * 100} iterations`,
}))

/** Latencies with a slow start, a steady state and spikes; the same every time. */
export function samples(count: number, warmup = 12): Float64Array<ArrayBuffer> {
  let seed = 7
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed / 2_147_483_647
  }
  return Float64Array.from({ length: count }, (_, call) => {
    const spread = (random() + random() + random() - 1.5) * 0.08
    const spike = random() > 0.995 ? 1 + random() * 3 : 0
    return 3.5 * (1 + spread + (call < warmup ? (warmup - call) * 0.12 : 0)) + spike
  })
}
