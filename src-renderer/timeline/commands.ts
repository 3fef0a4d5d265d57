import type { Command } from '../shell/commands.svelte.ts'
import type { TimelineState } from './timeline.svelte.ts'

/** What else the page around a timeline does. */
export interface TimelineActions {
  focusSearch(): void
  findTrack(): void
  toggleDetails(): void
}

/** Keys as in Perfetto's UI. */
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
    command('clear', 'Clear the selection', ['Escape'], () => state.clear()),
  ]
}
