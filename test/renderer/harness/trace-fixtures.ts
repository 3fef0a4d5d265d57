import { CaptureSpec } from '#domain/capture-spec.ts'
import type { Finding } from '#domain/finding.ts'
import type { Progress, Run } from '#domain/run.ts'
import type { DurationStats, TraceFigures, TraceSummary, TraceTables } from '#domain/trace.ts'
import { run } from '../pages/samples.ts'
import { SPAN_NS } from './timeline-source.ts'

/** Runs with a trace, by what the page has to show: their figures are made up, their timeline is `timeline-source.ts`. */
export const TRACE_RUNS = {
  /** Host-bound, three steps, everything there. */
  trace1: 'ready',
  /** The file has moved: only what the session keeps. */
  trace2: 'coarse',
  /** Being imported. */
  trace3: 'importing',
  /** No device in it. */
  trace4: 'cpu-only',
  /** Nothing in it. */
  trace5: 'empty',
  /** The index is being made again. */
  trace6: 'building',
} as const
export type TraceRunId = keyof typeof TRACE_RUNS

export function isTraceRun(runId: string): runId is TraceRunId {
  return runId in TRACE_RUNS
}

export function traceRun(runId: string): Run | undefined {
  if (!isTraceRun(runId)) return undefined
  const live = TRACE_RUNS[runId] === 'importing'
  return run({
    id: runId,
    kind: 'import',
    title: 'resnet50_train.pt.trace.json',
    subtitle: 'PyTorch profiler trace (JSON), 1.18 GiB',
    status: live ? 'running' : 'done',
    startedAt: '2026-11-20T10:00:00.000Z',
    ...(live ? {} : { endedAt: '2026-11-20T10:00:07.000Z', hasTrace: true }),
    ...(runId === 'trace4' ? { of: { runId: 'run1', pointId: 'ort-cpu-3' } } : {}),
    command: 'batchscope import resnet50_train.pt.trace.json',
    points: [],
    notices: live
      ? []
      : [
          { level: 'warning', text: 'Not read: an event without a name. 3 times, first at byte 18,204.' },
          { level: 'info', text: 'Times are microseconds after a base, as torch 2.4 and later write them.' },
        ],
    findings: live ? [] : FINDINGS,
  })
}

/** As for a point of ONNX Runtime: its own profiler first, then nsys. */
export const WAYS_TO_PROFILE = [
  {
    title: 'ONNX Runtime',
    spec: CaptureSpec.parse({ tool: 'ort', bench: { modelPath: '/models/resnet18.onnx' } }),
  },
  { title: 'Nsight Systems', spec: CaptureSpec.parse({ tool: 'nsys', command: ['node', 'ort-bench.ts'] }) },
]

export const IMPORT_PROGRESS: Progress = {
  fraction: 0.42,
  etaMs: 6400,
  phase: 'reading 512 MiB of 1.18 GiB, 2,110,442 events, 132 MiB/s',
}

const FINDINGS: Finding[] = [
  {
    rule: 'trace-verdict',
    title: 'Where the time goes',
    verdict: 'yes',
    confidence: 0.86,
    statement: 'Host-bound: the GPU was busy 39.8 % of 10.0 s and waited for launches 57.5 % of it',
    detail: 'Explained by trace-host-bound: The GPU waits for the host.',
    evidence: [
      { label: 'Window', value: 10_000, unit: 'ms' },
      { label: 'Idle, waits for launches', value: 57.5, unit: '%' },
    ],
    next: [
      'batchscope capture torch SCRIPT.py --with-stack',
      'Larger batches: the host’s work per launch stays the same',
    ],
  },
  {
    rule: 'trace-host-bound',
    title: 'The GPU waits for the host',
    verdict: 'yes',
    confidence: 0.9,
    statement: 'For 95.6 % of the idle time the next work had not been launched yet',
    evidence: [{ label: 'Idle', value: 6_020, unit: 'ms' }],
    next: ['batchscope capture torch SCRIPT.py --with-stack'],
  },
  ...['trace-cold-start', 'trace-memory-growth'].map(
    (rule): Finding => ({
      rule,
      title: rule === 'trace-cold-start' ? 'The window holds a cold start' : 'Memory grows from step to step',
      verdict: 'cannot-tell',
      statement: 'Memory was not recorded',
      evidence: [],
      next: ['batchscope capture torch SCRIPT.py --profile-memory'],
    }),
  ),
  ...['Copies take the GPU’s time', 'Tensor cores are not used', 'Compiling shows in the window'].map(
    (title): Finding => ({
      rule: title,
      title,
      verdict: 'no',
      confidence: 0.8,
      statement: 'Not in this trace',
      evidence: [],
      next: [],
    }),
  ),
]

/** Of windows, by how long they are: everything is spread evenly over the trace. */
export function figuresOf(runId: string, kind: string, name: string, startNs: number, endNs: number): TraceFigures {
  const span = endNs - startNs
  const cpuOnly = runId === 'trace4'
  return {
    window: { kind, name, startNs, endNs },
    devices: cpuOnly
      ? []
      : [
          {
            id: 0,
            name: 'NVIDIA H100 80GB HBM3',
            startNs,
            endNs,
            busyNs: 0.4 * span,
            idleNs: 0.6 * span,
            kernelNs: 0.36 * span,
            communicationNs: 0.06 * span,
            memcpyNs: 0.03 * span,
            memsetNs: 0.01 * span,
            graphNs: 0,
            exposedCommunicationNs: 0.02 * span,
            exposedCopyNs: 0.02 * span,
            sumNs: 0.46 * span,
            kernels: Math.round(span / 10_000),
            copies: Math.round(span / 200_000),
            fills: Math.round(span / 900_000),
            graphs: 0,
            withoutLaunch: 0,
            idle: {
              hostNs: 0.5 * span,
              syncNs: 0.05 * span,
              dataLoadingNs: 0.02 * span,
              queueNs: 0.02 * span,
              unknownNs: 0.01 * span,
            },
          },
        ],
    cpu: {
      opNs: 0.5 * span,
      nodeNs: 0,
      annotationNs: 0.1 * span,
      pythonNs: 0.2 * span,
      dataLoadingNs: 0.03 * span,
      runtimeNs: cpuOnly ? 0 : 0.15 * span,
      syncNs: cpuOnly ? 0 : 0.05 * span,
      libraryNs: 0,
      osrtNs: 0,
      overheadNs: 0.01 * span,
      otherNs: 0,
    },
  }
}

/** Hostile names among honest ones: what a file may hold. */
export const HOSTILE = ['<img src=x onerror=alert(1)>', 'a\u202egnp.exe\u0007', 'שלום עולם', `k${'x'.repeat(400)}`]

export function tablesOf(runId: string, spanNs: number): TraceTables {
  const cpuOnly = runId === 'trace4'
  const rows = (names: readonly string[], everyNs: number, share: number): DurationStats[] =>
    names.map((name, index) => {
      const count = Math.max(1, Math.round(spanNs / everyNs / (index + 1)))
      const avgNs = (everyNs * share) / (index + 1)
      return {
        name,
        count,
        totalNs: count * avgNs,
        avgNs,
        medianNs: avgNs * 0.98,
        minNs: avgNs * 0.8,
        maxNs: avgNs * 1.6,
        stdNs: avgNs * 0.1,
      }
    })
  const kernels = rows(
    [
      'void cutlass::Kernel2<cutlass_80_tensorop_f16_s16816gemm_relu_f16_128x128_32x5_nn_align8>(T1::Params)',
      'void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>>',
      'triton_poi_fused_add_native_layer_norm_3',
      ...HOSTILE,
    ],
    20_000,
    0.36,
  )
  return {
    kernels: cpuOnly ? [] : kernels.map(row => ({ ...row, blocks: 216, threadsPerBlock: 128, occupancy: 0.5 })),
    operators: rows(['aten::convolution', 'aten::addmm', 'aten::relu_'], 50_000, 0.5).map(row => ({
      name: row.name,
      count: row.count,
      selfCpuNs: row.totalNs,
      totalCpuNs: row.totalNs * 1.4,
      ...(cpuOnly ? {} : { selfDeviceNs: row.totalNs / 2, totalDeviceNs: row.totalNs }),
    })),
    apiCalls: cpuOnly ? [] : rows(['cudaLaunchKernel', 'cudaMemcpyAsync'], 10_000, 0.1),
    copies: cpuOnly
      ? []
      : rows(['Memcpy HtoD (Pinned -> Device)'], 200_000, 0.1).map(row => ({
          ...row,
          category: 'memcpy',
          totalBytes: row.count * 1_048_576,
          avgBytes: 1_048_576,
        })),
    ranges: rows(['ProfilerStep#7'], 1_000_000, 0.97).map(row => ({ ...row, style: 'annotation' })),
    syncs: [],
    osCalls: [],
    nodes: [],
    graphs: [],
  }
}

const NO_TABLES: TraceTables = {
  kernels: [],
  operators: [],
  apiCalls: [],
  copies: [],
  ranges: [],
  syncs: [],
  osCalls: [],
  nodes: [],
  graphs: [],
}

export function summaryOf(runId: TraceRunId): TraceSummary {
  const isEmpty = TRACE_RUNS[runId] === 'empty'
  const spanNs = isEmpty ? 0 : SPAN_NS
  const figures = figuresOf(runId, 'whole', 'whole', 0, spanNs)
  const tables = tablesOf(runId, spanNs)
  return {
    source: {
      path: '/home/me/resnet50_train.pt.trace.json',
      bytes: 1_264_123_904,
      sha256: 'ab'.repeat(32),
      format: 'trace-json',
      tool: 'torch.profiler',
      toolVersion: '2.6.0',
    },
    spanNs,
    counts: {
      events: isEmpty ? 0 : 2_110_442,
      slices: isEmpty ? 0 : 2_100_000,
      tracks: 5,
      kernels: 1_000_000,
      links: 1_000_000,
      unread: 3,
      byCategory: isEmpty ? {} : { annotation: 1, op: 1, runtime: 1, kernel: 1, memcpy: 1, communication: 1 },
    },
    unread: [{ reason: 'an event without a name', count: 3, firstAt: 'byte 18,204' }],
    notices: [],
    hardware: [{ id: 0, name: 'NVIDIA H100 80GB HBM3' }],
    ...figures,
    ...(isEmpty ? NO_TABLES : tables),
    ...(isEmpty ? { devices: [] } : {}),
    steps: isEmpty
      ? []
      : [0, 1, 2].map(index =>
          figuresOf(runId, 'step', `ProfilerStep#${index + 7}`, (index * SPAN_NS) / 3, ((index + 1) * SPAN_NS) / 3),
        ),
  }
}
