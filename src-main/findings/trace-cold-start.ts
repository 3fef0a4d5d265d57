import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { traceRule } from './trace-rule.ts'
import { coldStartNs, isColdStart, START_UP_SHARE } from './trace-start-up.ts'
import { confidenceAt, percentRow, shareText, timeRow, timeText } from './trace-time.ts'

/** The beginning of the window is slower than the rest: its means are not those of a warm run. */
export const traceColdStart = traceRule({
  id: 'trace-cold-start',
  title: 'The window holds a cold start',
  source: 'First step against the median of the later ones; our thresholds',
  judge({ trace }) {
    const { coldStart, window } = trace
    const windowNs = window.endNs - window.startNs
    if (coldStart === undefined || windowNs <= 0) {
      return cannotTell('The trace has no course to compare its beginning with', { next: [NEXT.torchLonger] })
    }
    const { firstNs, laterMedianNs, what } = coldStart
    const share = coldStartNs(trace) / windowNs
    const isCold = isColdStart(trace)
    return {
      verdict: isCold ? 'yes' : 'no',
      confidence: confidenceAt(share, START_UP_SHARE),
      statement: `${what}: ${timeText(firstNs)} at first, ${timeText(laterMedianNs)} later; the difference is ${shareText(share)} of the window`,
      detail: 'One slow beginning may also be a larger input. A start-up before the window does not show here.',
      evidence: [
        timeRow('First', firstNs),
        timeRow('Later, median', laterMedianNs),
        percentRow('Difference, of the window', share),
      ],
      next: isCold ? [NEXT.torchWarm, 'Look at later steps alone: brush them in the timeline'] : [],
    }
  },
})
