import { cellsInView } from './hit.ts'
import type { Row } from './rows.ts'
import type { TimelineState } from './timeline.svelte.ts'

/** Choosing without a pointer: a slice in the middle of what is visible, then from lane to lane. */

/** Lanes from top to bottom, as they stand on the screen. */
export function lanesInOrder({ pinned, main }: { pinned: readonly Row[]; main: readonly Row[] }): number[] {
  const lanes = [...pinned, ...main].flatMap(({ lanes: of, track }) => (track?.kind === 'counter' ? [] : of))
  return [...new Set(lanes)]
}

/** The slice at the centre of the view in the first of these lanes that shows any. */
export async function chooseCentre(timeline: TimelineState, lanes: readonly number[]): Promise<void> {
  await timeline.inTurn(async () => {
    const { startNs, endNs } = timeline.view
    await chooseNear(timeline, lanes, (startNs + endNs) / 2)
  })
}

/** From the chosen slice to one at the same time in the lane above or below that shows any. */
export async function moveLane(timeline: TimelineState, by: 1 | -1): Promise<void> {
  await timeline.inTurn(async () => {
    const { detail } = timeline
    if (detail === undefined) return
    const lanes = lanesInOrder(timeline.rows)
    const at = lanes.indexOf(detail.lane)
    const beyond = by === 1 ? lanes.slice(at + 1) : lanes.slice(0, Math.max(0, at)).toReversed()
    const { startNs, endNs } = timeline.view
    const middle = detail.startNs + detail.durationNs / 2
    await chooseNear(timeline, beyond, Math.min(Math.max(middle, startNs), endNs))
  })
}

async function chooseNear(timeline: TimelineState, lanes: readonly number[], atNs: number): Promise<void> {
  for (const lane of lanes) {
    const slice = nearest(timeline, lane, atNs)
    if (slice !== undefined) return timeline.choose(slice, { show: true })
  }
}

/** Of the drawn cells the one nearest in time; of several slices in one the longest. */
function nearest({ store, view, widthPx }: TimelineState, lane: number, atNs: number): number | undefined {
  const away = ({ startNs, endNs }: { startNs: number; endNs: number }) => Math.max(0, startNs - atNs, atNs - endNs)
  const [first, ...others] = cellsInView(store, view, widthPx, lane)
  if (first === undefined) return undefined
  return others.reduce((best, each) => (away(each) < away(best) ? each : best), first).slice
}
