import { cannotTell, type Judgement } from './define.ts'
import { NEXT } from './trace-next.ts'
import { BOUND_SHARE } from './trace-part.ts'
import { traceRule } from './trace-rule.ts'
import { confidenceAt, countText, percentRow, shareText, timeOf, timeRow, timeText } from './trace-time.ts'

/** Of the window, as the profiler itself records it. */
const OWN_SHARE = 0.05
/** Gaps between kernels of one graph cost a device about 1 µs each; more than this share is not the device's doing. */
const GRAPH_GAP_SHARE = 0.15
const SHOWN = 3

/** Whether what the trace shows is partly the profiler's doing. Owns no time: it lessens the trust in other rules. */
export const traceProfilerOverhead = traceRule({
  id: 'trace-profiler-overhead',
  title: 'The profiler itself costs time',
  source: 'Overhead events of CUPTI; TraceLens #728: 26 % idle in graph decode was tracing, not the program',
  judge({ trace }): Judgement {
    const { overhead, window, recorded, launches } = trace
    const windowNs = window.endNs - window.startNs
    if (windowNs <= 0) return cannotTell('The trace has no window to judge', { next: [NEXT.nsys] })
    const share = overhead.totalNs / windowNs
    const rows = overhead.byName
      .slice(0, SHOWN)
      .map(({ name, count, totalNs }) => timeRow(`${name}, ${countText(count, 'time')}`, totalNs))
    const evidence = [timeRow('Window', windowNs), percentRow('Recorded as overhead', share), ...rows]
    const detail =
      'What profiling adds to every single call and kernel is in no record: a run without it is faster still.'
    if (share >= OWN_SHARE) {
      return {
        verdict: 'yes',
        confidence: confidenceAt(share, OWN_SHARE),
        statement: `The profiler spent ${timeText(overhead.totalNs)}, ${shareText(share)} of the window, on itself`,
        detail,
        evidence,
        next: ['Record less: --sample none, shorter windows', NEXT.torchWarm],
      }
    }
    const time = timeOf(trace)
    const gaps = time === undefined ? 0 : time.shares.queue + time.shares.unknown
    if (launches.graphs > 0 && recorded.cudaGraphs === 'node' && gaps >= GRAPH_GAP_SHARE) {
      return {
        verdict: 'yes',
        confidence: 0.5,
        statement: `Between kernels of CUDA graphs the GPU was idle ${shareText(gaps)} of the window: recording each kernel of a graph slows it down`,
        detail,
        evidence: [...evidence, percentRow('Gaps between queued work', gaps)],
        next: [NEXT.nsysGraphs],
      }
    }
    if (recorded.python && time !== undefined && time.shares.host >= BOUND_SHARE) {
      return cannotTell('Python calls were recorded one by one, which slows down the host that the GPU waits for', {
        detail,
        evidence: [...evidence, percentRow('GPU waits for launches', time.shares.host)],
        next: [NEXT.torch],
      })
    }
    return {
      verdict: 'no',
      confidence: 0.6,
      statement:
        overhead.totalNs === 0
          ? 'No overhead of the profiler was recorded inside the window'
          : `The profiler spent ${timeText(overhead.totalNs)}, ${shareText(share)} of the window, on itself`,
      detail,
      evidence,
    }
  },
})
