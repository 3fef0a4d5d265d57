import type { RunSummary } from '#domain/run.ts'

export interface RunGroup {
  kind: string
  title: string
  /** Newest first. */
  runs: RunSummary[]
}

/** Known kinds in the order of the work; kinds are open, so others follow under their own name. */
const TITLES: Readonly<Record<string, string>> = {
  bench: 'Benchmarks',
  build: 'Builds',
  capture: 'Profiles',
  sweep: 'Server sweeps',
  search: 'Configuration searches',
  import: 'Imports',
  pipeline: 'Pipelines',
}

export function runGroups(runs: readonly RunSummary[]): RunGroup[] {
  const known = Object.keys(TITLES)
  const rank = (kind: string) => (known.includes(kind) ? known.indexOf(kind) : known.length)
  return [...Map.groupBy(runs, run => run.kind)]
    .map(([kind, own]) => ({
      kind,
      title: TITLES[kind] ?? kind.charAt(0).toUpperCase() + kind.slice(1),
      runs: own.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt)),
    }))
    .toSorted((a, b) => rank(a.kind) - rank(b.kind) || a.kind.localeCompare(b.kind))
}
