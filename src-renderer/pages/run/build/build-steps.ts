/** Steps of a build in trtexec's order, by the words of its phases. Phases before the first are the run's own start. */
const STEPS = [
  { title: 'Read the model', phase: /^reading the model/ },
  { title: 'Optimise the graph', phase: /^optimising/ },
  { title: 'Time tactics', phase: /^timing tactics/ },
  { title: 'Put the engine together', phase: /^putting the engine/ },
] as const

export interface BuildStep {
  title: string
  state: 'done' | 'now' | 'to come'
}

/**
 * Where a build is: nobody knows how far, only at what. @param phase of the run's progress
 * @param before how many steps had begun when it was last asked: a phase in other words changes nothing
 */
export function buildSteps(phase: string | undefined, before: number): { steps: BuildStep[]; begun: number } {
  const at = phase === undefined ? -1 : STEPS.findIndex(step => step.phase.test(phase))
  const begun = at === -1 ? before : at + 1
  return {
    begun,
    steps: STEPS.map(({ title }, index) => ({
      title,
      state: index + 1 < begun ? 'done' : index + 1 === begun ? 'now' : 'to come',
    })),
  }
}
