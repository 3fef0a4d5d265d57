import type { ImportSpecInput } from '#domain/import-spec.ts'
import { groupsOfFiles } from '#domain/trace-ranks.ts'
import type { Engine } from '../engine.ts'

export interface TraceFiles {
  /** By file name without endings: what a new session would be called. */
  name: string
  specs: ImportSpecInput[]
}

/**
 * Files that are traces, all of them, as their content says; then there is nothing to ask before they are imported.
 * @returns undefined for anything else, also for files that cannot be read: the import page says what they are
 */
export async function asTraces(
  paths: readonly string[],
  runs: Pick<Engine['runs'], 'plan'>,
): Promise<TraceFiles | undefined> {
  const groups = groupsOfFiles(paths)
  const specs = paths.map((path, at): ImportSpecInput => ({ path, ...(groups[at] ? { group: groups[at] } : {}) }))
  const plans = await Promise.all(
    specs.map(spec => runs.plan({ kind: 'import', spec }).catch(() => undefined)), // its page asks again and shows why
  )
  if (!plans.every(plan => plan?.trace === true && plan.problems.length === 0)) return undefined
  const [first = ''] = paths
  const name = first.split(/[/\\]/).at(-1) ?? ''
  return { name: name.replace(/(\.[a-z][a-z0-9-]*)+$/i, '') || name, specs }
}
