import { app } from './app-state.svelte.ts'
import { runGroups } from './run-groups.ts'

/** What of the shell is open. */
class ViewState {
  palette = $state(false)
  keys = $state(false)
  sidebar = $state(true)
  groups = $derived(runGroups(app.session?.runs ?? []))
  /** Ids of the runs in the sidebar's order. */
  runOrder = $derived(this.groups.flatMap(group => group.runs.map(run => run.id)))

  toggle(part: 'palette' | 'keys' | 'sidebar'): void {
    this[part] = !this[part]
  }
}

export const view = new ViewState()
