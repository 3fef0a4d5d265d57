import type { Readiness } from '#domain/machine.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { TrtexecAbilities } from '../../../native-tools/trtexec-abilities.ts'
import type { BuildFiles } from '../../../native-tools/trtexec-arguments.ts'

/** What is known of this machine; handed in, so that the plan is pure. */
export interface BuildWorld {
  /** `path` is a program's, or `docker:IMAGE`. */
  trtexec: Readiness
  /** Absent only when trtexec is not ready. */
  abilities?: TrtexecAbilities
  /** Name of the GPU it builds for; absent: none was found. */
  gpu?: string
  /** Absolute folder of the engines; absent while the session, beside which it lies, is not known. */
  folder?: string
  /** An engine or anything else lies at this path. */
  exists(path: string): boolean
  /** What an earlier build of the same key took. */
  earlierBuildMs?(key: string): number | undefined
}

export interface BuildPlan {
  /** With `argv` after the program's name, unless there are problems. */
  plan: RunPlan
  /** The same for builds that ask the same of the same model, TensorRT and GPU: 64 hexadecimal digits. */
  key: string
  /** What the arguments were made for; paths hold the folder's name alone while it is not known. */
  files: BuildFiles
}
