import { NEXT } from './trace-next.ts'
import { judgePart } from './trace-part.ts'
import { traceRule } from './trace-rule.ts'
import { countText, idleSentence, percentRow, timeRow } from './trace-time.ts'

const SHOWN = 3

/** The host sits in a synchronising call while the device has already finished. */
export const traceSyncBound = traceRule({
  id: 'trace-sync-bound',
  title: 'The GPU is idle while the host synchronises',
  source: 'nsys cuda_api_sync lists such calls; TraceLens, gaps by sync_drain; our threshold',
  judge: ({ trace }) =>
    judgePart(trace, 'sync', {
      sentence: idleSentence('sync', 'the host was in a call that waits for the GPU, or late because of one'),
      nothing: trace.syncs.count === 0 ? 'The host made no call that waits for the GPU' : undefined,
      label: 'GPU idle in synchronisation',
      detail:
        'A wait while the GPU works costs only what the host could have launched ahead meanwhile: so much of the idle time counts here. Whether the next launch needs the result that is waited for, the trace does not tell.',
      needs: [NEXT.nsys],
      evidence: ({ lateShare }) => [
        percentRow('Of it, host late because it had waited', lateShare),
        ...trace.syncs.byName
          .slice(0, SHOWN)
          .map(({ name, count, totalNs }) => timeRow(`${name}, ${countText(count, 'call')}`, totalNs)),
      ],
      next: [
        'Remove .item(), .cpu(), print() of tensors and torch.cuda.synchronize() from the loop',
        'Copy with non_blocking=True from pinned memory',
        NEXT.torchStack,
      ],
    }),
})
