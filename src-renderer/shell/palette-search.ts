import { computeCommandScore } from 'bits-ui'
import type { Command } from './commands.svelte.ts'

/** A line of the palette: a command, or a place to go to. */
export interface PaletteEntry extends Command {
  note?: string
}

const SHOWN = 40
/** Letters scattered over a long path score a little; beside a real hit they are noise. */
const WORST_OF_BEST = 0.1

/** The entries that fit best, groups kept together in the order of their best entry. */
export function bestEntries(entries: readonly PaletteEntry[], query: string): PaletteEntry[] {
  const text = query.trim()
  if (text === '') return entries.slice(0, SHOWN)
  const scored = entries
    .map(entry => ({ entry, score: computeCommandScore(entry.title, text, [entry.group, entry.note ?? '']) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
  const worst = (scored[0]?.score ?? 0) * WORST_OF_BEST
  return scored
    .filter(({ score }) => score >= worst)
    .slice(0, SHOWN)
    .map(({ entry }) => entry)
}
