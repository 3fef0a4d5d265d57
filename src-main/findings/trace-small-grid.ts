import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { traceRule } from './trace-rule.ts'
import { confidenceAt, percentRow, shareText, timeOf, whyNoTime, windowRows } from './trace-time.ts'

/** Most of the kernel time must be in such launches; a small reduction between large kernels is normal. */
const SMALL_SHARE = 0.5
/** Where kernels take less of the window, their shape hardly matters. */
const WORTH_SHARE = 0.1
const SHOWN = 5

/** Kernels with fewer blocks than the device has multiprocessors: part of the GPU stands still while they run. */
export const traceSmallGrid = traceRule({
  id: 'trace-small-grid',
  title: 'Kernels are too small for the GPU',
  source: 'torch-tb-profiler, Est. SM efficiency: blocks per multiprocessor below 1',
  judge({ trace }) {
    const { smallGridShare, occupancy, top } = trace.kernels
    const time = timeOf(trace)
    if (time === undefined) return whyNoTime(trace)
    if (smallGridShare === undefined) {
      return cannotTell('The trace does not tell the grids of the kernels, or how many multiprocessors the GPU has', {
        next: [NEXT.nsys],
      })
    }
    const ofWindow = smallGridShare * time.shares.compute
    const isSmall = smallGridShare >= SMALL_SHARE && ofWindow >= WORTH_SHARE
    return {
      verdict: isSmall ? 'yes' : 'no',
      confidence: confidenceAt(smallGridShare, SMALL_SHARE),
      statement: `${shareText(smallGridShare)} of the kernels’ time, ${shareText(ofWindow)} of the window, is in launches with fewer blocks than the GPU has multiprocessors`,
      detail:
        'Kernels side by side on several streams may fill the GPU all the same. Whether a large grid uses the GPU well it does not tell.',
      evidence: [
        ...windowRows(time),
        percentRow('Kernel time in small grids', smallGridShare),
        ...(occupancy === undefined ? [] : [percentRow('Mean occupancy, by time', occupancy)]),
        ...top
          .slice(0, SHOWN)
          .flatMap(({ name, blocks }) =>
            blocks === undefined ? [] : [{ label: `${name}, blocks`, value: Number(blocks.toPrecision(4)) }],
          ),
      ],
      next: isSmall ? ['Larger batches', NEXT.benchBatches, 'Several requests at once: streams, instances'] : [],
    }
  },
})
