import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { traceRule } from './trace-rule.ts'
import { compileNs, START_UP_SHARE } from './trace-start-up.ts'
import { confidenceAt, countText, percentRow, shareText, timeRow, timeText } from './trace-time.ts'

const SHOWN = 5

/** Compiling, autotuning, loading of modules and first uses while the trace runs. */
export const traceCompile = traceRule({
  id: 'trace-compile',
  title: 'Compiling or first use inside the window',
  source: 'Names of compile ranges and of calls that load code; calls 100 times as long as the median of their name',
  judge({ trace }) {
    const { recorded, window, compile } = trace
    const windowNs = window.endNs - window.startNs
    if (windowNs <= 0 || !(recorded.ops || recorded.apiCalls || recorded.ranges || recorded.python)) {
      return cannotTell('Nothing that could show compiling was recorded', { next: [NEXT.torch, NEXT.nsysCudaNvtx] })
    }
    const totalNs = compileNs(trace)
    const share = totalNs / windowNs
    const isWorth = share >= START_UP_SHARE
    return {
      verdict: isWorth ? 'yes' : 'no',
      confidence: isWorth ? confidenceAt(share, START_UP_SHARE) : 0.7,
      statement:
        compile.length === 0
          ? 'No compiling, loading of modules or first use shows in the window'
          : `Compiling, loading of modules and first uses take ${timeText(totalNs)}, ${shareText(share)} of the window`,
      detail: 'By names alone: a compiler without ranges of its own is not seen. Threads beside each other add up.',
      evidence: [
        timeRow('Window', windowNs),
        percentRow('Of the window', share),
        ...compile
          .slice(0, SHOWN)
          .map(({ name, count, totalNs: ns }) => timeRow(`${name}, ${countText(count, 'time')}`, ns)),
      ],
      next: isWorth
        ? [NEXT.torchWarm, 'Keep input shapes fixed, or mark them dynamic, so that nothing is compiled again']
        : [],
    }
  },
})
