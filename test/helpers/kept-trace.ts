import type { TraceSummary } from '#domain/trace.ts'
import type { KeptTrace } from '../../src-main/session/session-file.ts'
import { deviceRow, NO_CPU, traceFacts } from './trace-facts.ts'

/** Figures of a trace of 1 s with one device that worked half of it. */
export function aTraceSummary(change: Partial<TraceSummary> = {}): TraceSummary {
  const stats = { count: 2, totalNs: 5e8, avgNs: 2.5e8, medianNs: 2.5e8, minNs: 1e8, maxNs: 4e8, stdNs: 2e8 }
  return {
    source: {
      path: '/traces/a.json',
      bytes: 1234,
      sha256: 'a'.repeat(64),
      format: 'kineto-json',
      tool: 'torch.profiler',
      toolVersion: '2.7.0',
    },
    spanNs: 1e9,
    counts: {
      events: 10,
      slices: 8,
      tracks: 2,
      kernels: 2,
      links: 2,
      unread: 1,
      byCategory: { kernel: 2, op: 6 },
    },
    unread: [{ reason: 'no duration', count: 1, firstAt: 'byte 77' }],
    notices: [],
    hardware: [{ id: 0, name: 'A100' }],
    window: { kind: 'whole', name: 'whole trace', startNs: 0, endNs: 1e9 },
    devices: [deviceRow(1e9, 5e8, { name: 'A100', kernels: 2 })],
    cpu: { ...NO_CPU, opNs: 3e8 },
    kernels: [{ name: 'gemm', ...stats }],
    operators: [{ name: 'aten::mm', count: 6, selfCpuNs: 1e8, totalCpuNs: 3e8, selfDeviceNs: 5e8, totalDeviceNs: 5e8 }],
    apiCalls: [],
    copies: [],
    ranges: [],
    syncs: [],
    osCalls: [],
    nodes: [],
    graphs: [],
    steps: [],
    ...change,
  }
}

export function aTrace(change: Partial<TraceSummary> = {}): KeptTrace {
  return { summary: aTraceSummary(change), facts: traceFacts(), coarse: new Uint8Array([1, 2, 3, 250]) }
}
