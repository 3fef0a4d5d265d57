import type { RunSummary } from '#domain/run.ts'

export interface RunGroup {
  kind: string
  title: string
  /** As shown: newest first, ranks of a job together. */
  runs: RunSummary[]
  parts: RunPart[]
}

/** Runs that belong together under a title of their own, or a run alone. */
export interface RunPart {
  /** "rank*.json.gz: 8 ranks" */
  title?: string
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
    .map(([kind, own]) => {
      const parts = partsOf(own.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt)))
      return {
        kind,
        title: TITLES[kind] ?? kind.charAt(0).toUpperCase() + kind.slice(1),
        runs: parts.flatMap(({ runs }) => runs),
        parts,
      }
    })
    .toSorted((a, b) => rank(a.kind) - rank(b.kind) || a.kind.localeCompare(b.kind))
}

/** Ranks of a job stand where its newest is, in the order they were read. */
function partsOf(runs: readonly RunSummary[]): RunPart[] {
  const jobs = Map.groupBy(runs, ({ job }) => job)
  return runs.flatMap((run): RunPart[] => {
    const ranks = run.job === undefined ? [] : (jobs.get(run.job) ?? [])
    if (ranks.length < 2) return [{ runs: [run] }]
    return ranks[0] === run ? [{ title: `${run.job}: ${ranks.length} ranks`, runs: ranks.toReversed() }] : []
  })
}
