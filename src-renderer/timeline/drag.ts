import type { TimelineState } from './timeline.svelte.ts'
import { spanNs } from './viewport.ts'

const CLICK_PX = 4

export interface Drag {
  readonly dragging: boolean
  /** Time under `x` of the canvas. */
  nsAt(x: number): number
  begin(event: PointerEvent): void
  move(event: PointerEvent): void
  end(event: PointerEvent): void
  cancel(): void
}

/** What a pointer does on the canvas: a click chooses, a drag selects a range, with Shift or the middle button it pans. */
export function useDrag(
  state: () => TimelineState,
  widthPx: () => number,
  choose: (event: PointerEvent) => void,
): Drag {
  let from: { x: number; ns: number; pans: boolean; moved: boolean } | undefined
  const nsAt = (x: number) => {
    const { view } = state()
    return view.startNs + (x / Math.max(widthPx(), 1)) * spanNs(view)
  }
  return {
    get dragging() {
      return from?.moved ?? false
    },
    nsAt,
    begin(event) {
      if (event.button > 1 || !(event.currentTarget instanceof Element)) return
      event.currentTarget.setPointerCapture(event.pointerId)
      const x = event.offsetX
      from = { x, ns: nsAt(x), pans: event.shiftKey || event.button === 1, moved: false }
    },
    move(event) {
      if (from === undefined) return
      from.moved ||= Math.abs(event.offsetX - from.x) > CLICK_PX
      if (!from.moved) return
      const timeline = state()
      if (from.pans) {
        const by = from.ns - nsAt(event.offsetX)
        timeline.jumpTo({ startNs: timeline.view.startNs + by, endNs: timeline.view.endNs + by })
      } else timeline.select({ startNs: from.ns, endNs: nsAt(event.offsetX) })
    },
    end(event) {
      const click = from !== undefined && !from.moved && !from.pans
      from = undefined
      if (click) choose(event)
    },
    cancel() {
      from = undefined
    },
  }
}
