import { computeCommandScore } from 'bits-ui'
import { formatRate } from '#domain/display.ts'
import { app } from './app-state.svelte.ts'
import { type Command, commands } from './commands.svelte.ts'
import { openPath } from './opening.ts'
import { router } from './router.svelte.ts'

export interface PaletteEntry extends Command {
  note?: string
}

/** Commands, runs of the open session, recent sessions: what can be reached by name. */
export function paletteEntries(): PaletteEntry[] {
  const own = commands.usable.filter(command => command.hidden !== true && command.id !== 'palette.open')
  const runs = (app.session?.runs ?? []).toReversed().map(run => ({
    id: `run:${run.id}`,
    title: run.title,
    group: 'Runs',
    note: [run.subtitle, run.best && `${formatRate(run.best.inferPerSec)} FPS`].filter(Boolean).join(' · '),
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

const SHOWN = 40

/** The entries that fit best, groups kept together in the order of their best entry. */
export function bestEntries(entries: readonly PaletteEntry[], query: string): PaletteEntry[] {
  const text = query.trim()
  if (text === '') return entries.slice(0, SHOWN)
  return entries
    .map(entry => ({ entry, score: computeCommandScore(entry.title, text, [entry.group, entry.note ?? '']) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, SHOWN)
    .map(({ entry }) => entry)
}
