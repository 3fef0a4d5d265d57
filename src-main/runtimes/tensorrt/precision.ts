import { BUILD_PRECISIONS, type BuildPrecision } from '#domain/build-spec.ts'
import type { Model } from '#domain/model.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { TrtexecAbilities } from '../../../native-tools/trtexec-abilities.ts'
import { ArgumentList } from '../../../native-tools/trtexec-arguments.ts'
import { addPrecision, heldPrecision } from '../../../native-tools/trtexec-precision.ts'
import type { PrecisionAnswer } from '../define.ts'

export function isBuildPrecision(asked: string): asked is BuildPrecision {
  return BUILD_PRECISIONS.some(known => known === asked)
}

/** Whether the trtexec that is there builds this model in a precision. Not known yet which one: it is asked when it runs. */
export function precisionAnswer(asked: string, model: Model, abilities: TrtexecAbilities | undefined): PrecisionAnswer {
  if (!isBuildPrecision(asked)) return { why: `there is no precision ${asked}`, hint: BUILD_PRECISIONS.join(', ') }
  if (abilities === undefined) return { runs: runsAs(asked, model) }
  const list = new ArgumentList(abilities)
  addPrecision(list, { precision: asked }, model)
  const made = list.result()
  if ('argv' in made) return { runs: runsAs(asked, model) }
  const [first] = made.refused
  return first === undefined ? { why: 'it cannot be built' } : { why: first.why, hint: first.hint }
}

/** TF32 is on by default in every dialect: a model that holds FP32 runs so unless FP32 is asked for. */
export function runsAs(asked: BuildPrecision, model: Model): string {
  if (asked !== 'model') return asked
  const held = heldPrecision(model)
  if (held === UNKNOWN) return 'model'
  return held === 'fp32' ? 'tf32' : held
}
