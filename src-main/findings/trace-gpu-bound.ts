import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { othersText } from './trace-part.ts'
import { traceRule } from './trace-rule.ts'
import {
  confidenceAt,
  countText,
  type DeviceTime,
  percentRow,
  shareText,
  timeOf,
  timeRow,
  timeText,
  whyNoTime,
  windowRows,
} from './trace-time.ts'

/** All losses together below a fifth: removing every one would make the run at most 1.25 times as fast. */
export const GPU_BOUND_SHARE = 0.8
/** Below it, gaps between queued kernels are more than their start costs: something else holds them up. */
const MIN_COMPUTE_SHARE = 0.6
const SHOWN = 5

/** Kernels fill the window, gaps between kernels that were already queued included: those no host can close. */
export function isGpuBound({ shares: { compute, queue } }: DeviceTime): boolean {
  return compute + queue >= GPU_BOUND_SHARE && compute >= MIN_COMPUTE_SHARE
}

export const traceGpuBound = traceRule({
  id: 'trace-gpu-bound',
  title: 'The GPU’s kernels take the time',
  source: 'torch-tb-profiler, GPU utilization; our threshold, checked on labelled traces',
  judge({ trace }) {
    const time = timeOf(trace)
    if (time === undefined) return whyNoTime(trace)
    const { shares, windowNs } = time
    const wholeGraphs = trace.recorded.cudaGraphs === 'graph'
    const evidence = [
      ...windowRows(time),
      percentRow('Kernels', shares.compute),
      ...trace.kernels.top
        .slice(0, SHOWN)
        .map(({ name, count, totalNs }) => timeRow(`${name}, ${countText(count, 'launch', 'launches')}`, totalNs)),
    ]
    const isBound = isGpuBound(time)
    if (!isBound && shares.compute + shares.queue + shares.unknown >= GPU_BOUND_SHARE) {
      return cannotTell(
        `Kernels ran ${shareText(shares.compute)} of the window; for ${shareText(shares.unknown)} of it the trace does not tell why the GPU was idle`,
        { evidence, next: [NEXT.nsys] },
      )
    }
    return {
      verdict: isBound ? 'yes' : 'no',
      confidence: confidenceAt(shares.compute + shares.queue, GPU_BOUND_SHARE, shares.unknown),
      statement: `Kernels ran ${shareText(shares.compute)} of ${timeText(windowNs)}${gapsText(shares.queue)}`,
      detail: [
        'Busy does not mean well used: see small grids and tensor cores. How near a kernel is to the limits of the GPU, only Nsight Compute tells.',
        ...(wholeGraphs ? ['CUDA graphs were recorded as a whole: their kernels are not listed.'] : []),
        ...othersText(trace),
      ].join(' '),
      evidence,
      next: isBound ? ['Work on the kernels above: lower precision, fused kernels, TensorRT', NEXT.benchBatches] : [],
    }
  },
})

function gapsText(queue: number): string {
  return queue < 0.05 ? '' : `, and ${shareText(queue)} went into gaps between work already queued`
}
