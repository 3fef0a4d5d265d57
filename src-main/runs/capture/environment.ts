import type { CaptureSpec } from '#domain/capture-spec.ts'
import { EngineError, type Failure } from '#domain/errors.ts'
import { isSecretName, REMOVED, secretRemover } from '#domain/secret-names.ts'

type WithEnvironment = Extract<CaptureSpec, { env: Record<string, string> }>

/** What a captured program gets beside the scrubbed environment every child has. */
export function addedEnvironment(
  { env, wholeEnvironment }: WithEnvironment,
  ours: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const whole = wholeEnvironment ? Object.entries(ours).filter(isSet) : []
  return { ...Object.fromEntries(whole), ...env }
}

function isSet(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined
}

/** A spec that was kept has lost its secrets: a run of it again needs them given again. */
export function environmentProblems({ env }: WithEnvironment): Failure[] {
  const lost = Object.entries(env).flatMap(([name, value]) => (value === REMOVED ? [name] : []))
  if (lost.length === 0) return []
  return [
    {
      code: 'SPEC_INVALID',
      message: `The value of ${lost.join(', ')} was not kept with the run`,
      where: lost.join(', '),
      hint: 'Give it again: --env NAME takes it from the environment of the command line.',
    },
  ]
}

/** Takes the secrets that a program was given out of what it says. */
export function secretsRemoved(spec: WithEnvironment, ours: NodeJS.ProcessEnv = process.env): (text: string) => string {
  return secretRemover(addedEnvironment(spec, ours))
}

/** The spec as a session keeps it: names of secrets without their values. */
export function keptSpec<Spec extends CaptureSpec>(spec: Spec): Spec {
  if (spec.tool === 'ort') return spec
  const env = Object.entries(spec.env).map(([name, value]) => [name, isSecretName(name) ? REMOVED : value])
  return { ...spec, env: Object.fromEntries(env) }
}

/** A failure as a session keeps it: what the program said may hold its secrets. */
export function withoutSecrets(error: EngineError, clean: (text: string) => string): EngineError {
  const { detail, ...data } = error.data
  const cleaned = detail === undefined ? data : { ...data, detail: clean(detail) }
  return new EngineError(error.code, clean(error.message), cleaned, { cause: error })
}
