import { EngineError } from '#domain/errors.ts'
import type { Readiness } from '#domain/machine.ts'
import { findInterpreters, interpreterPath } from '../../../native-tools/interpreters.ts'
import { type PythonFacts, pythonFacts } from '../../../native-tools/python-facts.ts'
import type { ReadyQuestion } from '../define.ts'

/** Others that are asked when the chosen Python lacks what is needed. */
const MAX_OTHERS = 8

/** What an interpreter lacks, or the version of what it has. */
export type Verdict = { version: string } | { why: string; hint: string }

/**
 * Whether the chosen Python (option, Settings, PATH) has what a runtime needs; where not, another one that has it is
 * named.
 */
export async function pythonReady(
  question: ReadyQuestion,
  judge: (facts: PythonFacts, options: Readonly<Record<string, unknown>>) => Verdict,
): Promise<Readiness> {
  const { options = {}, toolPaths = {} } = question
  try {
    const path = interpreterPath(textOf(options.python), toolPaths.python)
    const facts = await pythonFacts(path)
    const verdict = judge(facts, options)
    if ('version' in verdict) return { ready: true, version: `${verdict.version} · Python ${facts.python}`, path }
    const better = await otherPython(path, facts_ => 'version' in judge(facts_, options))
    const hint =
      better === undefined ? verdict.hint : `${better} has it: set the option "python" to it, or choose it in Settings.`
    return { ready: false, path, why: `${verdict.why} (${path})`, hint }
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown
    const { hint, where } = thrown.data
    return {
      ready: false,
      why: where === undefined ? thrown.message : `${thrown.message}: ${where}`,
      ...(hint === undefined ? {} : { hint }),
    }
  }
}

async function otherPython(not: string, has: (facts: PythonFacts) => boolean): Promise<string | undefined> {
  const others = findInterpreters()
    .map(({ path }) => path)
    .filter(path => path !== not)
    .slice(0, MAX_OTHERS)
  const answers = await Promise.allSettled(others.map(path => pythonFacts(path)))
  return others.find((_, at) => {
    const answer = answers[at] // one that does not answer is no better
    return answer?.status === 'fulfilled' && has(answer.value)
  })
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
