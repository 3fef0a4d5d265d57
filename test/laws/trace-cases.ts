import type { DeviceRow, IdleNs, KernelRow } from '../../src-main/domain/trace.ts'
import type { TraceFacts } from '../../src-main/domain/trace-facts.ts'
import type { FactTable } from '../../src-main/findings/define.ts'
import { deviceRow, traceFacts } from '../helpers/trace-facts.ts'

const MS = 1e6
const WINDOW = 100 * MS
const NO_IDLE: IdleNs = { hostNs: 0, syncNs: 0, dataLoadingNs: 0, queueNs: 0, unknownNs: 0 }

/** Facts of a torch trace with a device that was busy for `busyMs` of 100 ms, idle for the reasons given. */
export function deviceTrace(
  busyMs: number,
  idle: Partial<IdleNs> = {},
  change: Partial<TraceFacts> = {},
  row: Partial<DeviceRow> = {},
): TraceFacts {
  return traceFacts({
    recorded: { ops: true, apiCalls: true, deviceWork: true, ranges: true, python: false, linkedShare: 1 },
    window: { kind: 'steps', startNs: 0, endNs: WINDOW, steps: 4 },
    devices: [
      deviceRow(WINDOW, busyMs * MS, {
        exposedCommunicationNs: 0,
        exposedCopyNs: 0,
        idle: { ...NO_IDLE, ...idle },
        ...row,
      }),
    ],
    ...change,
  })
}

/** Facts of a trace whose only events are operators, `opMs` of 100 ms. */
export function cpuTrace(opMs: number, change: Partial<TraceFacts> = {}): TraceFacts {
  const empty = traceFacts()
  return traceFacts({
    recorded: { ops: true, apiCalls: false, deviceWork: false, ranges: true, python: false, linkedShare: 0 },
    window: { kind: 'cpu', startNs: 0, endNs: WINDOW, steps: 0 },
    cpu: { ...empty.cpu, opNs: opMs * MS },
    ...change,
  })
}

export function spread(count: number, medianUs: number): NonNullable<TraceFacts['launches']['call']> {
  const median = medianUs * 1e3
  return { count, totalNs: count * median, p10Ns: median, medianNs: median, p90Ns: median, maxNs: median }
}

export function kernelRow(name: string, totalMs: number, change: Partial<KernelRow> = {}): KernelRow {
  const ns = totalMs * MS
  return { name, count: 1, totalNs: ns, avgNs: ns, medianNs: ns, minNs: ns, maxNs: ns, stdNs: 0, ...change }
}

/** Kernels of `us` µs each, 1000 of them, launched by calls of 5 µs. */
function manyKernels(us: number): Partial<TraceFacts> {
  const short = us < 5 ? 1000 : 0
  return {
    kernels: { duration: spread(1000, us), tiny: us <= 10 ? 1000 : 0, shorterThanLaunch: short, top: [] },
    launches: { count: 1000, graphs: 0, call: spread(1000, 5) },
  }
}
const hosted = (ms: number) => ({ hostNs: ms * MS })
const kernels = (change: Partial<TraceFacts['kernels']>) => ({
  kernels: { tiny: 0, shorterThanLaunch: 0, top: [], ...change },
})
const pageable = (ms: number) => ({
  copies: {
    byDirection: { HtoD: { count: 4, totalNs: ms * MS, bytes: 4e6 } },
    pageable: { count: 4, totalNs: ms * MS },
    pageableAsync: 4,
  },
})
const memory = (bytes: number[]) => ({ memory: [{ device: 'GPU 0', bytes }] })
const MIB = 2 ** 20
const cold = (firstMs: number) => ({
  coldStart: { firstNs: firstMs * MS, laterMedianNs: 10 * MS, what: 'ProfilerStep#1 against 3 later steps' },
})
const compiling = (ms: number) => ({ compile: [{ name: 'compile_fx', count: 1, totalNs: ms * MS }] })

/** Per rule: facts that raise it, and facts that must not. */
export const TRACE_CASES: Readonly<Record<string, { raises: Partial<FactTable>; mustNot: Partial<FactTable> }>> = {
  'trace-verdict': {
    raises: { trace: deviceTrace(20, hosted(80)) },
    mustNot: { trace: deviceTrace(60, { hostNs: 20 * MS, syncNs: 20 * MS }) },
  },
  'trace-host-bound': {
    raises: { trace: deviceTrace(60, hosted(40)) },
    mustNot: { trace: deviceTrace(60, { ...hosted(10), syncNs: 30 * MS }) },
  },
  'trace-launch-overhead': {
    raises: { trace: deviceTrace(20, hosted(80), manyKernels(3)) },
    // As tiny, but always queued: launching hides behind the work.
    mustNot: { trace: deviceTrace(95, hosted(5), manyKernels(3)) },
  },
  'trace-gpu-bound': {
    raises: { trace: deviceTrace(95, hosted(5)) },
    mustNot: { trace: deviceTrace(95, hosted(5), {}, { exposedCommunicationNs: 40 * MS }) },
  },
  'trace-copy-bound': {
    raises: { trace: deviceTrace(80, hosted(20), {}, { exposedCopyNs: 50 * MS }) },
    // Copies all the time, but beside kernels.
    mustNot: { trace: deviceTrace(80, hosted(20), {}, { memcpyNs: 70 * MS, exposedCopyNs: 5 * MS }) },
  },
  'trace-pageable-copies': {
    raises: { trace: deviceTrace(80, hosted(20), pageable(10)) },
    mustNot: { trace: deviceTrace(80, hosted(20), pageable(0.1)) },
  },
  'trace-sync-bound': {
    raises: { trace: deviceTrace(60, { syncNs: 40 * MS }) },
    // The host waits all the time, the device works meanwhile.
    mustNot: {
      trace: deviceTrace(95, hosted(5), { syncs: { count: 9, totalNs: 90 * MS, idleNs: 0, byName: [] } }),
    },
  },
  'trace-data-loading': {
    raises: { trace: deviceTrace(60, { dataLoadingNs: 40 * MS }) },
    // The loader works beside the device.
    mustNot: {
      trace: deviceTrace(95, hosted(5), { dataLoading: { count: 4, totalNs: 60 * MS, shareOfWindow: 0.6 } }),
    },
  },
  'trace-communication-bound': {
    raises: { trace: deviceTrace(90, hosted(10), {}, { exposedCommunicationNs: 45 * MS }) },
    mustNot: {
      trace: deviceTrace(90, hosted(10), {}, { communicationNs: 45 * MS, exposedCommunicationNs: 5 * MS }),
    },
  },
  'trace-small-grid': {
    raises: {
      trace: deviceTrace(90, hosted(10), kernels({ smallGridShare: 0.8, top: [kernelRow('k', 9, { blocks: 8 })] })),
    },
    mustNot: { trace: deviceTrace(90, hosted(10), kernels({ smallGridShare: 0.1 })) },
  },
  'trace-tensor-cores': {
    raises: {
      trace: deviceTrace(90, hosted(10), kernels({ lowPrecisionWithoutTensorCoresShare: 0.5, tensorCoreShare: 0 })),
    },
    mustNot: {
      trace: deviceTrace(90, hosted(10), kernels({ lowPrecisionWithoutTensorCoresShare: 0, tensorCoreShare: 0.9 })),
    },
  },
  'trace-cold-start': {
    raises: { trace: deviceTrace(30, hosted(70), cold(70)) },
    mustNot: { trace: deviceTrace(90, hosted(10), cold(12)) },
  },
  'trace-compile': {
    raises: { trace: deviceTrace(30, hosted(70), compiling(60)) },
    mustNot: { trace: deviceTrace(90, hosted(10), compiling(0.1)) },
  },
  'trace-profiler-overhead': {
    raises: { trace: deviceTrace(60, hosted(40), { overhead: { totalNs: 20 * MS, byName: [] } }) },
    mustNot: { trace: deviceTrace(90, hosted(10), { overhead: { totalNs: 0.1 * MS, byName: [] } }) },
  },
  'trace-backlog': {
    raises: { trace: deviceTrace(95, hosted(5), { backlog: { count: 300, totalNs: 20 * MS } }) },
    mustNot: { trace: deviceTrace(95, hosted(5)) },
  },
  'trace-cpu-only': { raises: { trace: cpuTrace(80) }, mustNot: { trace: deviceTrace(95, hosted(5)) } },
  'trace-memory-growth': {
    raises: { trace: deviceTrace(95, hosted(5), memory([10, 50, 60, 70, 80].map(n => n * MIB))) },
    mustNot: { trace: deviceTrace(95, hosted(5), memory([10, 50, 50, 50, 50].map(n => n * MIB))) },
  },
}
