import type { TraceFigures, TraceWindow } from '#domain/trace.ts'
import { cpuFigures } from './cpu-figures.ts'
import type { TraceIndex } from './define.ts'
import { deviceFigures } from './device-figures.ts'
import { GapReasons } from './gaps.ts'
import { deviceLanesOf, threadsOf } from './threads.ts'
import { stretchOf } from './windows.ts'

/**
 * Where time went in one window: each device (a row for every device with work anywhere in the trace) and the threads.
 * @param tracks only these; a device then is what its tracks among them did. Absent: all
 */
export function figuresOf(index: TraceIndex, window: TraceWindow, tracks?: ReadonlySet<number>): TraceFigures {
  const stretch = stretchOf(window)
  const reasons = index.manifest.linked > 0 ? new GapReasons(index, stretch) : undefined
  return {
    window,
    devices: [...deviceLanesOf(index, tracks)].map(([id, lanes]) => deviceFigures(index, id, lanes, stretch, reasons)),
    cpu: cpuFigures(index, stretch, threadsOf(index, tracks)),
  }
}
