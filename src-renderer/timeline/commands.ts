import type { Command } from '../shell/commands.svelte.ts'
import type { Row } from './rows.ts'
import type { TimelineState } from './timeline.svelte.ts'

/** What else the page around a timeline does. */
export interface TimelineActions {
  focusSearch(): void
  findTrack(): void
  toggleDetails(): void
  nextHit(by: 1 | -1): void
}

function onTrack({ rows, detail }: TimelineState, act: (row: Row) => void): void {
  const row = [...rows.pinned, ...rows.main].find(({ track }) => track !== undefined && track.index === detail?.track)
  if (row) act(row)
}

/** Keys as in Perfetto's UI, and some more. */
export function timelineCommands(state: TimelineState, actions: TimelineActions): Command[] {
  const group = 'Timeline'
  const command = (id: string, title: string, keys: string[], run: () => void): Command => ({
    id: `timeline.${id}`,
    title,
    group,
    keys,
    run,
  })
  return [
    command('zoom-in', 'Zoom in', ['W'], () => state.zoomIn()),
    command('zoom-out', 'Zoom out', ['S'], () => state.zoomOut()),
    command('left', 'Go left', ['A'], () => state.panLeft()),
    command('right', 'Go right', ['D'], () => state.panRight()),
    command('focus', 'Fit the selection, or everything', ['F'], () => state.focus()),
    command('mark', 'Mark the selection', ['M'], () => state.mark()),
    command('next', 'Next slice of the track', ['.'], () => void state.step('next')),
    command('previous', 'Previous slice of the track', [','], () => void state.step('previous')),
    command('link-next', 'Follow the arrow forward', [']'], () => void state.follow('next')),
    command('link-previous', 'Follow the arrow back', ['['], () => void state.follow('previous')),
    command('search', 'Search slices', ['/'], () => actions.focusSearch()),
    command('find-track', 'Find a track', ['Mod+P'], () => actions.findTrack()),
    command('details', 'Show or hide the details', ['Q'], () => actions.toggleDetails()),
    command('fold', 'Fold or unfold the track of the slice', ['C'], () => onTrack(state, row => state.toggle(row))),
    command('pin', 'Pin or unpin the track of the slice', ['Shift+P'], () =>
      onTrack(state, row => state.togglePin(row)),
    ),
    command('hit-next', 'Next hit of the search', ['N'], () => actions.nextHit(1)),
    command('hit-previous', 'Previous hit of the search', ['Shift+N'], () => actions.nextHit(-1)),
    command('clear', 'Clear the selection', ['Escape'], () => state.clear()),
  ]
}
