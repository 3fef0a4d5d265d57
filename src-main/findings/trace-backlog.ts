import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { traceRule } from './trace-rule.ts'
import { countText, percentRow, timeOf, timeRow, timeText, whyNoTime, windowRows } from './trace-time.ts'

/** Of the pieces of device work, or of the window: less changes no figure that is shown. */
const WORTH_SHARE = 0.01

/** Work on the device whose launch is not in the trace: it belongs to steps before the recording. */
export const traceBacklog = traceRule({
  id: 'trace-backlog',
  title: 'The GPU still works on what came before',
  source: 'Correlation ids: device work below the first traced launch',
  judge({ trace }) {
    const { backlog, recorded, devices } = trace
    const time = timeOf(trace)
    if (time === undefined) return whyNoTime(trace)
    if (!recorded.apiCalls) {
      return cannotTell('Launching calls were not recorded: nobody can tell which work came from before', {
        next: [NEXT.nsys],
      })
    }
    const work = devices.reduce((sum, row) => sum + row.kernels + row.copies + row.fills + row.graphs, 0)
    const share = Math.max(work === 0 ? 0 : backlog.count / work, backlog.totalNs / time.windowNs)
    const isWorth = backlog.count > 0 && share >= WORTH_SHARE
    return {
      verdict: isWorth ? 'yes' : 'no',
      confidence: 0.9,
      statement:
        backlog.count === 0
          ? 'All work of the GPU was launched inside the trace'
          : `${countText(backlog.count, 'piece')} of the GPU’s work, ${timeText(backlog.totalNs)}, launched before the recording`,
      detail:
        'It owns no time: such work counts as busy. The host’s and the GPU’s part of a step then belong to different steps, and work per operator is too small.',
      evidence: [
        ...windowRows(time),
        { label: 'Without launch', value: backlog.count },
        percentRow('Of the window', backlog.totalNs / time.windowNs),
        ...(trace.launches.delay === undefined
          ? []
          : [timeRow('Median from launch to start', trace.launches.delay.medianNs)]),
      ],
      next: isWorth ? ['Synchronise before the recording starts: torch.cuda.synchronize()', NEXT.torchLonger] : [],
    }
  },
})
