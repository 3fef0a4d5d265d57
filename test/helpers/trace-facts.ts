import type { DeviceRow } from '../../src-main/domain/trace.ts'
import type { TraceFacts } from '../../src-main/domain/trace-facts.ts'
import { noCpu } from '../../src-main/traces/cpu-figures.ts'

export const NO_CPU = noCpu()

/** Facts of a trace in which nothing was recorded, and what a case changes of it. */
export function traceFacts(change: Partial<TraceFacts> = {}): TraceFacts {
  return {
    tool: 'torch.profiler',
    recorded: { ops: false, apiCalls: false, deviceWork: false, ranges: false, python: false, linkedShare: 0 },
    window: { kind: 'cpu', startNs: 0, endNs: 0, steps: 0 },
    devices: [],
    cpu: NO_CPU,
    busyByTenth: [],
    kernels: { tiny: 0, shorterThanLaunch: 0, top: [] },
    launches: { count: 0, graphs: 0 },
    copies: { byDirection: {} },
    syncs: { count: 0, totalNs: 0, idleNs: 0, byName: [] },
    backlog: { count: 0, totalNs: 0 },
    compile: [],
    overhead: { totalNs: 0, byName: [] },
    memory: [],
    ...change,
  }
}

/** A device that was busy for `busyNs` of `[0, windowNs)` with kernels alone. */
export function deviceRow(windowNs: number, busyNs: number, change: Partial<DeviceRow> = {}): DeviceRow {
  return {
    id: 0,
    startNs: 0,
    endNs: windowNs,
    busyNs,
    idleNs: windowNs - busyNs,
    kernelNs: busyNs,
    communicationNs: 0,
    memcpyNs: 0,
    memsetNs: 0,
    graphNs: 0,
    sumNs: busyNs,
    kernels: 1000,
    copies: 0,
    fills: 0,
    graphs: 0,
    withoutLaunch: 0,
    ...change,
  }
}
