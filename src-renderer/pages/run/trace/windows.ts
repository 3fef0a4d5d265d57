import type { TraceSummary } from '#domain/trace.ts'
import { readable } from '../../../timeline/name-text.ts'
import { formatNs } from '../../../timeline/time-text.ts'

interface Range {
  startNs: number
  endNs: number
}

/** Windows as long as this share of the trace are the trace. */
const SAME_SHARE = 0.98

/** Windows that overview and tables can be about: all, each step, and what was dragged over in the timeline. */
export function windowOptions(summary: TraceSummary, range: Range | undefined) {
  const { window, steps } = summary
  const whole = { value: 'whole', label: `Whole trace · ${formatNs(window.endNs - window.startNs, 3)}` }
  const ofSteps = steps.map(({ window: step }, index) => ({
    value: `step ${index}`,
    label: `${readable(step.name)} · ${formatNs(step.endNs - step.startNs, 3)}`,
  }))
  const gpu = gpuWindow(summary)
  const ofGpu =
    gpu === undefined
      ? []
      : [{ value: 'gpu', label: `First to last GPU work · ${formatNs(gpu.endNs - gpu.startNs, 3)}` }]
  const dragged =
    range === undefined || chosenWindow(summary, range) !== 'selection'
      ? []
      : [{ value: 'selection', label: `Selection · ${formatNs(range.endNs - range.startNs, 3)}` }]
  return [whole, ...dragged, ...ofGpu, ...ofSteps]
}

export function chosenWindow(summary: TraceSummary, range: Range | undefined): string {
  if (range === undefined) return 'whole'
  if (isSame(gpuWindow(summary), range)) return 'gpu'
  const step = summary.steps.findIndex(({ window }) => isSame(window, range))
  return step < 0 ? 'selection' : `step ${step}`
}

/** The stretch a chosen option stands for; none for the whole trace and for the selection, which is there already. */
export function rangeOf(summary: TraceSummary, value: string): Range | undefined {
  if (value === 'gpu') return gpuWindow(summary)
  const [kind, index] = value.split(' ')
  return kind === 'step' ? summary.steps[Number(index)]?.window : undefined
}

/** What the verdict is about, unless steps were recorded; none where it is as good as the whole trace. */
function gpuWindow({ window, devices }: TraceSummary): Range | undefined {
  const busy = devices.filter(({ busyNs }) => busyNs > 0)
  if (busy.length === 0) return undefined
  const startNs = Math.min(...busy.map(device => device.startNs))
  const endNs = Math.max(...busy.map(device => device.endNs))
  return endNs - startNs > SAME_SHARE * (window.endNs - window.startNs) ? undefined : { startNs, endNs }
}

function isSame(window: Range | undefined, { startNs, endNs }: Range): boolean {
  return window !== undefined && window.startNs === startNs && window.endNs === endNs
}
