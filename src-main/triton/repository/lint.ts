import type { Model } from '#domain/model.ts'
import type { ConfigProblem, ModelConfig } from '#domain/repository.ts'
import type { EngineFile } from './engine-version.ts'
import { lintEnsemble } from './lint-ensemble.ts'
import { lintFiles } from './lint-files.ts'
import { lintOnnx } from './lint-onnx.ts'
import { lintValues } from './lint-values.ts'

/** What is known of a model when its configuration is judged; what is absent could not be looked at. */
export interface LintContext {
  /** Of its folder. */
  name: string
  config: ModelConfig
  /** Names of the files of each version folder, and of the model's own folder. */
  versions: readonly { version: string; files: readonly string[] }[]
  files: readonly string[]
  engines?: readonly EngineFile[]
  /** The other models of the repository. */
  models: ReadonlyMap<string, ModelConfig>
  /** Read from the newest version's model.onnx. */
  onnx?: Model
  /** Whether this machine has an NVIDIA GPU. */
  hasGpu?: boolean
}

/** A problem without its place: the field tells it. */
export type Lint = ConfigProblem & { field: string }

/** What Triton would refuse when it loads the model, though it parses, and what it would do otherwise than meant. */
export function lintModel(context: LintContext): Lint[] {
  return [...lintValues(context), ...lintFiles(context), ...lintEnsemble(context), ...lintOnnx(context)]
}
