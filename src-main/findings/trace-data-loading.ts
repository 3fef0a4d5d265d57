import type { TraceFacts } from '#domain/trace-facts.ts'
import { cannotTell, type Judgement } from './define.ts'
import { NEXT } from './trace-next.ts'
import { judgePart } from './trace-part.ts'
import { traceRule } from './trace-rule.ts'
import { confidenceAt, idleSentence, percentRow, shareText, timeOf, timeRow, timeText } from './trace-time.ts'

/** torch-tb-profiler warns from 5 % of a step; twice that is beyond what two runs differ by. */
const WAIT_SHARE = 0.1

const ADVICE = [
  'DataLoader(num_workers=4, persistent_workers=True, pin_memory=True)',
  'Cheaper samples: decode and resize once, or on the GPU',
] as const
const UNCOVERED = 'Only DataLoader ranges count: a loader of one’s own looks like any other work of the host.'

/** The host waits for the next batch, and the device with it. */
export const traceDataLoading = traceRule({
  id: 'trace-data-loading',
  title: 'Data loading holds the work up',
  source: 'torch-tb-profiler, step time breakdown: DataLoader, warned from 5 %',
  judge({ trace }) {
    const { recorded, dataLoading } = trace
    const canShow = recorded.ops || recorded.python || recorded.ranges
    if (dataLoading === undefined && !canShow) {
      return cannotTell('No ranges of the program were recorded: a DataLoader would not show', {
        next: [NEXT.torch, NEXT.nsysCudaNvtx],
      })
    }
    if (timeOf(trace) === undefined) return judgeOnCpu(trace)
    return judgePart(trace, 'dataLoading', {
      sentence: idleSentence('dataLoading', 'the host was in a DataLoader'),
      nothing: dataLoading === undefined ? 'No DataLoader range is in the trace' : undefined,
      label: 'GPU waits for data',
      detail: UNCOVERED,
      needs: [NEXT.torch],
      evidence: () => (dataLoading === undefined ? [] : [timeRow('In the DataLoader, host', dataLoading.totalNs)]),
      next: ADVICE,
      threshold: WAIT_SHARE,
    })
  },
})

/** Without a device, what counts is how much of the window the loader takes. */
function judgeOnCpu({ window, dataLoading }: TraceFacts): Judgement {
  const windowNs = window.endNs - window.startNs
  if (windowNs <= 0) return cannotTell('The trace has no window to judge', { next: [NEXT.torch] })
  const share = dataLoading?.shareOfWindow ?? 0
  const isBound = share >= WAIT_SHARE
  return {
    verdict: isBound ? 'yes' : 'no',
    confidence: confidenceAt(share, WAIT_SHARE),
    statement:
      dataLoading === undefined
        ? 'No DataLoader range is in the trace'
        : `${shareText(share)} of ${timeText(windowNs)} is spent in a DataLoader`,
    detail: UNCOVERED,
    evidence: [timeRow('Window', windowNs), percentRow('In the DataLoader', share)],
    next: isBound ? [...ADVICE] : [],
  }
}
