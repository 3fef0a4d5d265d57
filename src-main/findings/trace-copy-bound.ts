import { formatBytes } from '#domain/display.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { NEXT } from './trace-next.ts'
import { judgePart } from './trace-part.ts'
import { traceRule } from './trace-rule.ts'
import { countText, shareText, timeRow, timeText } from './trace-time.ts'

/** The device copies, and no kernel runs beside it. */
export const traceCopyBound = traceRule({
  id: 'trace-copy-bound',
  title: 'Copies take the GPU’s time',
  source: 'TraceLens, exposed memcpy: copies that no kernel hides; our threshold',
  judge: ({ trace }) =>
    judgePart(trace, 'copy', {
      sentence: ({ windowNs }, share) => `For ${shareText(share)} of ${timeText(windowNs)} kernels waited for copies`,
      nothing: Object.keys(trace.copies.byDirection).length === 0 ? 'No copy ran' : undefined,
      label: 'Kernels wait for copies',
      detail: 'Copies beside kernels are not counted. Waits of the host before and after a copy are counted as sync.',
      needs: [NEXT.nsys],
      evidence: () => directionRows(trace),
      next: [
        'Pinned host memory (pin_memory=True) and non_blocking=True: faster, and beside kernels',
        'Keep data on the GPU between steps; convert and crop there',
        'Send smaller types: uint8 instead of float32',
      ],
    }),
})

function directionRows({ copies }: TraceFacts) {
  return Object.entries(copies.byDirection)
    .toSorted(([, a], [, b]) => b.totalNs - a.totalNs)
    .map(([direction, { count, totalNs, bytes }]) => {
      const copies = countText(count, 'copy', 'copies')
      return timeRow(
        bytes === undefined ? `${direction}, ${copies}` : `${direction}, ${copies}, ${formatBytes(bytes)}`,
        totalNs,
      )
    })
}
