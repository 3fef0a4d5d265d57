import { defineRule } from './define.ts'
import { NEXT } from './trace-next.ts'
import { judgePart } from './trace-part.ts'
import { idleSentence, timeRow } from './trace-time.ts'

const SHOWN = 3

/** The host sits in a synchronising call while the device has already finished. */
export const traceSyncBound = defineRule({
  id: 'trace-sync-bound',
  title: 'The GPU is idle while the host synchronises',
  needs: ['trace'],
  source: 'nsys cuda_api_sync lists such calls; TraceLens, gaps by sync_drain; our threshold',
  judge: ({ trace }) =>
    judgePart(trace, 'sync', {
      sentence: idleSentence('sync', 'the host was in a call that waits for the GPU'),
      label: 'GPU idle in synchronisation',
      detail:
        'Waiting while the GPU works is not counted: that is no loss. What the host does after a wait, before its next launch, is counted as host.',
      needs: [NEXT.nsys],
      evidence: () =>
        trace.syncs.byName
          .slice(0, SHOWN)
          .map(({ name, count, totalNs }) => timeRow(`${name}, ${count} calls`, totalNs)),
      next: [
        'Remove .item(), .cpu(), print() of tensors and torch.cuda.synchronize() from the loop',
        'Copy with non_blocking=True from pinned memory',
        NEXT.torchStack,
      ],
    }),
})
