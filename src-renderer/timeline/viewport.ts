/** A stretch of time on a number of pixels. Times in ns since the trace's base; all functions are pure. */
export interface Viewport {
  startNs: number
  endNs: number
}

/** Nothing is recorded finer than this: a pixel never shows less than 1/64 ns. */
const LEAST_NS = 16
/** Empty room beside the trace, as a share of it, so that its edges can be seen as edges. */
const MARGIN = 0.02

export function spanNs({ startNs, endNs }: Viewport): number {
  return endNs - startNs
}

export function wholeTrace(trace: Viewport): Viewport {
  const margin = Math.max(spanNs(trace), 1) * MARGIN
  return { startNs: trace.startNs - margin, endNs: trace.endNs + margin }
}

/** @param factor below 1 zooms in   @param atNs what stays where it is */
export function zoom(view: Viewport, factor: number, atNs: number, trace: Viewport): Viewport {
  const most = spanNs(wholeTrace(trace))
  const span = Math.min(most, Math.max(LEAST_NS, spanNs(view) * factor))
  const share = (atNs - view.startNs) / spanNs(view)
  return inside({ startNs: atNs - share * span, endNs: atNs + (1 - share) * span }, trace)
}

/** @param share of the view's own width; positive shows what comes later */
export function pan(view: Viewport, share: number, trace: Viewport): Viewport {
  const by = spanNs(view) * share
  return inside({ startNs: view.startNs + by, endNs: view.endNs + by }, trace)
}

/** Shows all of `range` with some room around it. */
export function fitted(range: Viewport, trace: Viewport, room = 0.1): Viewport {
  const span = Math.max(spanNs(range) * (1 + 2 * room), LEAST_NS)
  const middle = (range.startNs + range.endNs) / 2
  return inside({ startNs: middle - span / 2, endNs: middle + span / 2 }, trace)
}

/** Same zoom, moved only as far as needed for `range` to be seen; its start where it is wider than the view. */
export function reveal(view: Viewport, range: Viewport, trace: Viewport): Viewport {
  const room = spanNs(view) * 0.1
  if (range.startNs >= view.startNs && range.endNs <= view.endNs) return view
  const startsBefore = range.startNs < view.startNs + room
  const startNs =
    startsBefore || spanNs(range) > spanNs(view) - 2 * room ? range.startNs - room : range.endNs + room - spanNs(view)
  return inside({ startNs, endNs: startNs + spanNs(view) }, trace)
}

/** The view never leaves the trace and its margin; one wider than that shows it whole. */
export function inside(view: Viewport, trace: Viewport): Viewport {
  const whole = wholeTrace(trace)
  const span = Math.min(spanNs(view), spanNs(whole))
  const startNs = Math.min(Math.max(view.startNs, whole.startNs), whole.endNs - span)
  return { startNs, endNs: startNs + span }
}

/** Between two views, for a smooth way: `share` 0 is `from`, 1 is `to`. Zooming is even on a logarithmic scale. */
export function between(from: Viewport, to: Viewport, share: number): Viewport {
  if (share >= 1) return to
  const span = spanNs(from) * (spanNs(to) / spanNs(from)) ** share
  const middleFrom = (from.startNs + from.endNs) / 2
  const middleTo = (to.startNs + to.endNs) / 2
  // The middle follows the share of the way that the span went, so that the point zoomed at stays still.
  const way = spanNs(to) === spanNs(from) ? share : (span - spanNs(from)) / (spanNs(to) - spanNs(from))
  const middle = middleFrom + (middleTo - middleFrom) * way
  return { startNs: middle - span / 2, endNs: middle + span / 2 }
}
