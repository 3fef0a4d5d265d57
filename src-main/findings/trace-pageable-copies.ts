import { formatBytes } from '#domain/display.ts'
import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { traceRule } from './trace-rule.ts'
import { confidenceAt, countText, percentRow, shareText, timeOf, timeRow, whyNoTime, windowRows } from './trace-time.ts'

/** Less of the window is not worth a change of the program. */
const WORTH_SHARE = 0.02

/** Copies from or to ordinary host memory: the driver stages them, and they block the host even when called Async. */
export const tracePageableCopies = traceRule({
  id: 'trace-pageable-copies',
  title: 'Copies go through pageable memory',
  source: 'nsys analyze, cuda_memcpy_async: Async copies with pageable memory behave like blocking ones',
  judge({ trace }) {
    const { pageable, pageableAsync = 0, byDirection } = trace.copies
    const time = timeOf(trace)
    if (time === undefined) return whyNoTime(trace)
    const withHost = ['HtoD', 'DtoH'].reduce((sum, direction) => sum + (byDirection[direction]?.count ?? 0), 0)
    if (pageable === undefined && withHost > 0) {
      return cannotTell(
        `The trace has ${countText(withHost, 'copy', 'copies')} with the host, but not the kind of their memory`,
        {
          next: [NEXT.nsys],
        },
      )
    }
    const { count, totalNs, bytes } = pageable ?? { count: 0, totalNs: 0, bytes: undefined }
    const share = totalNs / time.windowNs
    const isWorth = share >= WORTH_SHARE
    return {
      verdict: isWorth ? 'yes' : 'no',
      confidence: isWorth ? confidenceAt(share, WORTH_SHARE) : 0.9,
      statement:
        count === 0
          ? 'No copy went through pageable memory'
          : `${shareText(share)} of the window goes into ${countText(count, 'copy', 'copies')} with pageable memory${pageableAsync > 0 ? `; ${pageableAsync} of them called asynchronously, which block all the same` : ''}`,
      detail:
        'Time of the copies on the GPU; the wait of the host while the driver stages them is not in it. Small copies (up to 64 KB to the device) return early.',
      evidence: [
        ...windowRows(time),
        timeRow(bytes === undefined ? 'Pageable copies' : `Pageable copies, ${formatBytes(bytes)}`, totalNs),
        percentRow('Of the window', share),
      ],
      next: isWorth ? ['Pin the host’s memory: DataLoader(pin_memory=True), tensor.pin_memory(), cudaHostAlloc'] : [],
    }
  },
})
