import type { TraceWindow } from '#domain/trace.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { cachedColumn } from './cached-column.ts'
import type { TraceIndex } from './define.ts'
import { IS_DEVICE_WORK } from './device-walk.ts'
import { eachSlice } from './slice-reader.ts'
import { deviceLanesOf } from './threads.ts'
import { gpuWindow, wholeWindow } from './windows.ts'

/** The window facts are told of: `TraceFacts.window` says which. */
export function factsWindow(index: TraceIndex, steps: readonly TraceWindow[]): TraceFacts['window'] {
  const [first] = steps
  if (first) {
    const endNs = steps.reduce((last, step) => Math.max(last, step.endNs), first.endNs)
    return {
      kind: 'steps',
      startNs: first.startNs,
      endNs: Math.max(endNs, lastWorkOf(index, steps)),
      steps: steps.length,
    }
  }
  const gpu = gpuWindow(index)
  const { startNs, endNs } = gpu ?? wholeWindow(index)
  return { kind: gpu ? 'gpu' : 'cpu', startNs, endNs, steps: 0 }
}

/** End of the last device work whose call began inside a step; steps by start, without overlap. */
function lastWorkOf(index: TraceIndex, steps: readonly TraceWindow[]): number {
  let lastNs = Number.NEGATIVE_INFINITY
  const callStart = cachedColumn(index, 'start')
  for (const lanes of deviceLanesOf(index).values())
    eachSlice(index, lanes, undefined, ['link'], ({ category, start, duration, link, i }) => {
      const call = link[i] ?? 0
      if (call === 0 || IS_DEVICE_WORK[category[i] ?? 0] === 0) return
      const endNs = (start[i] ?? 0) + (duration[i] ?? 0)
      if (endNs > lastNs && isInSome(steps, callStart.at(call - 1))) lastNs = endNs
    })
  return lastNs
}

function isInSome(steps: readonly TraceWindow[], atNs: number): boolean {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((steps[middle]?.startNs ?? 0) <= atNs) low = middle + 1
    else high = middle
  }
  return low > 0 && atNs < (steps[low - 1]?.endNs ?? 0)
}
