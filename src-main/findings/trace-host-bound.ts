import { cannotTell } from './define.ts'
import { NEXT } from './trace-next.ts'
import { judgePart } from './trace-part.ts'
import { traceRule } from './trace-rule.ts'
import { startUpOf } from './trace-start-up.ts'
import { countText, idleSentence, shareText, timeOf, timeRow } from './trace-time.ts'

const SHOWN = 3

/** The device has nothing to do because the host has not launched the next work. */
export const traceHostBound = traceRule({
  id: 'trace-host-bound',
  title: 'The GPU waits for the host',
  source: 'HolisticTraceAnalysis, idle time breakdown: host wait, here over the whole device; our threshold',
  judge({ trace }) {
    const time = timeOf(trace)
    const judged = judgePart(trace, 'host', {
      sentence: idleSentence('host', 'the next work had not been launched yet'),
      label: 'GPU waits for launches',
      detail: `What the host did meanwhile it does not tell. ${trace.recorded.python ? 'Recording of Python stacks lengthens the host’s part.' : 'Profiling itself makes each launch a little slower.'}`,
      needs: [NEXT.nsysCudaNvtx],
      evidence: () => [
        ...delayRows(trace.launches.delay?.medianNs, trace.launches.call?.medianNs),
        ...(trace.operators ?? [])
          .slice(0, SHOWN)
          .map(({ name, count, selfCpuNs }) => timeRow(`${name}, ${countText(count, 'call')}, CPU`, selfCpuNs)),
      ],
      next: [
        trace.recorded.python ? NEXT.torch : NEXT.torchStack,
        'Larger batches: the host’s work per launch stays the same',
        'Fewer launches: torch.compile or CUDA graphs',
      ],
    })
    const startUp = time === undefined ? undefined : startUpOf(trace, time)
    if (judged.verdict !== 'yes' || time === undefined || startUp === undefined) return judged
    return cannotTell(
      `The GPU waited ${shareText(time.shares.host)} of the window for launches, but start-up explains most of it: how it is later the trace does not show`,
      { detail: `See trace-${startUp}.`, evidence: judged.evidence ?? [], next: [NEXT.torchWarm] },
    )
  },
})

function delayRows(delayNs: number | undefined, callNs: number | undefined) {
  return [
    ...(delayNs === undefined ? [] : [timeRow('Median from launch to start', Math.max(0, delayNs))]),
    ...(callNs === undefined ? [] : [timeRow('Median launching call', callNs)]),
  ]
}
