/** An event of Chrome's trace format; times in µs. */
export type TraceEvent = Record<string, unknown>

const LAUNCH_US = 10
const KERNEL_US = 20

/**
 * A PyTorch trace of `steps` launches 50 µs apart: an op of 30 µs, in it a launch of 10 µs, its kernel of 20 µs 5 µs
 * after the launch. Busy: 20 µs × steps.
 */
export function smallTrace(
  steps: number,
  more: { events?: TraceEvent[]; head?: Record<string, unknown> } = {},
): string {
  const events: TraceEvent[] = []
  for (let step = 0; step < steps; step++) {
    const at = 1000 + 50 * step
    const ids = { correlation: step + 1, 'External id': step + 1 }
    events.push(
      { ph: 'X', cat: 'cpu_op', name: 'aten::mm', pid: 1, tid: 1, ts: at, dur: 30, args: { 'External id': step + 1 } },
      { ph: 'X', cat: 'cuda_runtime', name: 'cudaLaunchKernel', pid: 1, tid: 1, ts: at + 5, dur: LAUNCH_US, args: ids },
      {
        ph: 'X',
        cat: 'kernel',
        name: 'gemm<float>',
        pid: 0,
        tid: 7,
        ts: at + 5 + LAUNCH_US + 5,
        dur: KERNEL_US,
        args: { device: 0, stream: 7, ...ids },
      },
    )
  }
  const head = { schemaVersion: 1, deviceProperties: [{ id: 0, name: 'Test GPU' }], ...more.head }
  return JSON.stringify({ ...head, traceEvents: [...events, ...(more.events ?? [])] })
}
