import { rateText } from '#domain/display.ts'
import { app } from './app-state.svelte.ts'
import { commands } from './commands.svelte.ts'
import { openPath } from './opening.ts'
import type { PaletteEntry } from './palette-search.ts'
import { router } from './router.svelte.ts'

/** Commands, runs of the open session, recent sessions: what can be reached by name. */
export function paletteEntries(): PaletteEntry[] {
  const own = commands.usable.filter(command => command.hidden !== true && command.id !== 'palette.open')
  const runs = (app.session?.runs ?? []).toReversed().map(run => ({
    id: `run:${run.id}`,
    title: run.title,
    group: 'Runs',
    note: [run.subtitle, run.best && rateText(run.best)].filter(Boolean).join(' · '),
    run: () => router.go('/run/:runId', { runId: run.id }),
  }))
  const recent = app.recent
    .filter(session => !session.missing && session.path !== app.session?.info.path)
    .map(session => ({
      id: `recent:${session.path}`,
      title: session.name,
      group: 'Recent sessions',
      note: session.path,
      run: () => openPath(session.path),
    }))
  return [...own, ...runs, ...recent]
}
