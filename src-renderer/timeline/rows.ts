import type { TraceTrack } from '#domain/trace.ts'

/** One lane on the screen, or the head of a group. Heights in CSS pixels. */
export interface Row {
  kind: 'group' | 'track'
  key: string
  /** Group or track title. */
  title: string
  /** Of the row, from the top of its pane. */
  top: number
  height: number
  track?: TraceTrack
  /** Lanes drawn in it: all, or the first alone where the track is collapsed. */
  lanes: readonly number[]
  collapsed: boolean
  pinned: boolean
  /** Lanes that are not drawn because they lie too deep. */
  hidden: number
}

export interface RowState {
  /** Keys of groups and tracks that are folded. */
  collapsed: ReadonlySet<string>
  pinned: ReadonlySet<string>
  /** Keys of tracks that are drawn to their full depth. */
  wide: ReadonlySet<string>
  /** Lower case; tracks whose title and group do not contain it are left out. */
  filter: string
}

export const LANE_PX = 18
export const COUNTER_PX = 36
export const GROUP_PX = 24
const TRACK_GAP_PX = 5
/** Deeper nesting than this is drawn when the track is asked for it; a stack of 60 Python frames would fill the page. */
const MOST_LANES = 24

export function trackKey(track: TraceTrack): string {
  return `track ${track.index}`
}

export function groupKey(group: string): string {
  return `group ${group}`
}

/** The rows of both panes: pinned tracks keep their place at the top, the others stand under their group. */
export function layRows(tracks: readonly TraceTrack[], state: RowState): { pinned: Row[]; main: Row[] } {
  const shown = tracks.filter(track => `${track.group} ${track.title}`.toLowerCase().includes(state.filter))
  const pinned = stack(
    shown
      .filter(track => state.pinned.has(trackKey(track)))
      .map(track => ({ ...trackRow(track, state), title: `${track.title} · ${track.group}` })),
  )
  const groups = Map.groupBy(shown, ({ group }) => group)
  const main = [...groups].flatMap(([group, members]) => {
    const head = groupRow(group, state)
    return head.collapsed ? [head] : [head, ...members.map(track => trackRow(track, state))]
  })
  return { pinned, main: stack(main) }
}

export function heightOf(rows: readonly Row[]): number {
  const last = rows.at(-1)
  return last === undefined ? 0 : last.top + last.height
}

/** Rows that touch [top, bottom) of a pane. */
export function visibleRows(rows: readonly Row[], top: number, bottom: number): Row[] {
  return rows.filter(row => row.top < bottom && row.top + row.height > top)
}

/** Lane under `y`, with its top. */
export function laneAt(rows: readonly Row[], y: number): { row: Row; lane: number; top: number } | undefined {
  const row = rows.find(each => y >= each.top && y < each.top + each.height)
  if (row?.kind !== 'track') return undefined
  const height = laneHeight(row)
  const index = Math.floor((y - row.top) / height)
  const lane = row.lanes[index]
  return lane === undefined ? undefined : { row, lane, top: row.top + index * height }
}

export function laneHeight(row: Row): number {
  return row.track?.kind === 'counter' ? COUNTER_PX : LANE_PX
}

function groupRow(group: string, { collapsed }: RowState): Row {
  const key = groupKey(group)
  return {
    kind: 'group',
    key,
    title: group,
    top: 0,
    height: GROUP_PX,
    lanes: [],
    collapsed: collapsed.has(key),
    pinned: false,
    hidden: 0,
  }
}

function trackRow(track: TraceTrack, { collapsed, pinned, wide }: RowState): Row {
  const key = trackKey(track)
  const isCollapsed = collapsed.has(key)
  const lanes = track.lanes.slice(0, isCollapsed ? 1 : wide.has(key) ? undefined : MOST_LANES).map(({ index }) => index)
  const each = track.kind === 'counter' ? COUNTER_PX : LANE_PX
  return {
    kind: 'track',
    key,
    title: track.title,
    top: 0,
    height: Math.max(lanes.length, 1) * each + TRACK_GAP_PX,
    track,
    lanes,
    collapsed: isCollapsed,
    pinned: pinned.has(key),
    hidden: isCollapsed ? 0 : track.lanes.length - lanes.length,
  }
}

function stack(rows: Row[]): Row[] {
  let top = 0
  return rows.map(row => {
    const placed = { ...row, top }
    top += row.height
    return placed
  })
}
