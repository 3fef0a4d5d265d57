import { EngineError } from '#domain/errors.ts'
import type { Readiness } from '#domain/machine.ts'
import { findInterpreters, hasPackage, interpreterPath } from '../../../native-tools/interpreters.ts'
import { type PythonFacts, pythonFacts } from '../../../native-tools/python-facts.ts'
import type { ReadyQuestion } from '../define.ts'

/** What an interpreter lacks (`needs`: the folder of a package that would do), or the version of what it has. */
export type Verdict = { version: string } | { why: string; hint: string; needs?: string }

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
    const { needs } = verdict
    const other = needs === undefined ? undefined : findInterpreters().find(found => hasPackage(found.path, needs))
    const hint =
      other === undefined
        ? verdict.hint
        : `${other.path} has it: set the option "python" to it, or choose it in Settings.`
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

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
