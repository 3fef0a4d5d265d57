import { NEXT } from './trace-next.ts'
import { judgePart } from './trace-part.ts'
import { traceRule } from './trace-rule.ts'
import { percentRow, shareText, timeRow, timeText } from './trace-time.ts'

/** Collectives run, and no kernel runs beside them. */
export const traceCommunicationBound = traceRule({
  id: 'trace-communication-bound',
  title: 'Communication takes the GPU’s time',
  source: 'TraceLens, exposed communication; HolisticTraceAnalysis, communication–computation overlap; our threshold',
  judge: ({ trace }) =>
    judgePart(trace, 'communication', {
      sentence: ({ windowNs }, share) =>
        `For ${shareText(share)} of ${timeText(windowNs)} kernels waited for communication`,
      nothing: trace.communication === undefined ? 'No collective ran' : undefined,
      label: 'Kernels wait for communication',
      detail:
        'Time in which the host was late with the next launch is not counted. A collective also spins until the slowest rank arrives. Whether this rank waits or transfers, only the traces of the other ranks tell.',
      needs: [NEXT.nsys],
      evidence: () => {
        const { communication } = trace
        if (communication === undefined) return []
        return [
          timeRow('Communication', communication.totalNs),
          percentRow('Of it beside kernels', communication.overlapShare),
        ]
      },
      next: [
        'Open the traces of all ranks together: batchscope import RANK0.json RANK1.json',
        'Larger buckets or gradient accumulation: fewer collectives',
        'Overlap with the backward pass: DistributedDataParallel, FSDP prefetch',
      ],
    }),
})
