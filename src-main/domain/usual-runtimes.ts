import type { RuntimeInfo } from './machine.ts'

/** A runtime as a spec names it, with precisions of its own where "model" is not what is asked. */
export interface UsualRuntime {
  id: string
  precisions?: string[]
}

/**
 * What "all runtimes" asks for: each known one in its usual precisions, whether it is here or not, so that the table has
 * a column for each and says what is missing. No zod: form and command line share it.
 */
export function usualRuntimes(runtimes: readonly Pick<RuntimeInfo, 'id' | 'precisions' | 'usual'>[]): UsualRuntime[] {
  return runtimes.flatMap(({ id, precisions, usual }) => {
    const [first = 'model'] = precisions
    const asked = usual ?? [precisions.includes('model') ? 'model' : first]
    if (asked.length === 0) return []
    return [asked.join() === 'model' ? { id } : { id, precisions: [...asked] }]
  })
}
