import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { traceRule } from './trace-rule.ts'
import { percentRow, shareText, timeOf, timeRow, whyNoTime, windowRows } from './trace-time.ts'

/** Most kernels must be shorter than their launch: a few tiny ones between large ones cost nothing. */
const SHORT_SHARE = 0.5
/** With less waiting, launches hide behind the kernels, however tiny these are. */
const WAIT_SHARE = 0.2
/** Fewer launches have no common pattern. */
const MIN_LAUNCHES = 20
/** Where graphs launch nearly everything, single launches are no longer the cost. */
const LAUNCHES_PER_GRAPH = 10

/** Many kernels shorter than the call that launches them, and a device that waits: an explanation of host-bound. */
export const traceLaunchOverhead = traceRule({
  id: 'trace-launch-overhead',
  title: 'Launching costs more than the kernels',
  source: 'HolisticTraceAnalysis, launch stats: kernels shorter than their launch; nsys cuda_kern_exec_sum',
  judge({ trace }) {
    const { kernels, launches } = trace
    const time = timeOf(trace)
    if (time === undefined) return whyNoTime(trace)
    const { duration } = kernels
    if (duration === undefined || !trace.recorded.apiCalls || launches.call === undefined) {
      return cannotTell('Launching calls are not in the trace', { next: [NEXT.nsys] })
    }
    const shorter = duration.count === 0 ? 0 : kernels.shorterThanLaunch / duration.count
    const tiny = duration.count === 0 ? 0 : kernels.tiny / duration.count
    const waits = time.shares.host
    const evidence = [
      ...windowRows(time),
      { label: 'Launches', value: launches.count },
      timeRow('Median kernel', duration.medianNs),
      timeRow('Median launching call', launches.call.medianNs),
      percentRow('Kernels of at most 10 µs', tiny),
      percentRow('Kernels shorter than their launch', shorter),
      percentRow('GPU waits for launches', waits),
    ]
    const detail =
      'It owns no time of its own: it says why the GPU waits for the host. Python between two launches counts as well, not the launching call alone.'
    const isGraphs = launches.graphs > 0 && launches.count <= LAUNCHES_PER_GRAPH * launches.graphs
    if (isGraphs) {
      return { verdict: 'no', confidence: 0.9, statement: 'CUDA graphs launch the kernels already', detail, evidence }
    }
    if (waits < WAIT_SHARE && waits + time.shares.unknown >= WAIT_SHARE) {
      return cannotTell('Why the GPU was idle is not known for enough of the window', { evidence, next: [NEXT.nsys] })
    }
    // A kernel shorter than its launch, or of a few µs: the call's own length depends on the profiler.
    const short = Math.max(shorter, tiny)
    const isOverhead = short >= SHORT_SHARE && waits >= WAIT_SHARE && launches.count >= MIN_LAUNCHES
    return {
      verdict: isOverhead ? 'yes' : 'no',
      confidence: Math.min(0.95, 0.5 + Math.abs(waits - WAIT_SHARE)),
      statement: `${shareText(short)} of ${duration.count} kernels are tiny or shorter than their launch, and the GPU waits ${shareText(waits)} of the window for launches`,
      detail,
      evidence,
      next: isOverhead
        ? [
            'CUDA graphs: torch.compile(mode="reduce-overhead") or torch.cuda.graph',
            'Larger batches: longer kernels for as many launches',
            NEXT.nsysGraphNodes,
          ]
        : [],
    }
  },
})
