import { backendOfConfig, backendOfFile } from './backends.ts'
import { listOf, objectOf, textOf } from './config-values.ts'
import type { EngineFile } from './engine-version.ts'
import type { Lint, LintContext } from './lint.ts'

/** Folders and files against what the configuration names. */
export function lintFiles({ config, versions, files, engines = [] }: LintContext): Lint[] {
  const lints: Lint[] = []
  const isEnsemble = config.platform === 'ensemble' || config.ensemble_scheduling !== undefined
  if (versions.length === 0)
    lints.push({
      severity: 'error',
      field: '',
      message: 'There is no version folder',
      hint: 'Make a folder "1" with the model file in it (empty for an ensemble).',
    })
  if (!isEnsemble) lints.push(...lintModelFile(config, versions))
  for (const [i, output] of listOf(config.output).map(objectOf).entries()) {
    const label = textOf(output.label_filename)
    if (label !== undefined && !label.includes('/') && !files.includes(label))
      lints.push({
        severity: 'error',
        field: `output[${i}].label_filename`,
        message: `The label file ${label} is not in the model's folder`,
        hint: 'It belongs beside config.pbtxt.',
      })
  }
  if (backendOfConfig(config)?.id === 'tensorrt') lints.push(...engines.map(engineLint))
  return lints
}

function lintModelFile(config: LintContext['config'], versions: LintContext['versions']): Lint[] {
  const backend = backendOfConfig(config)
  const named = textOf(config.default_model_filename)
  if (!textOf(config.backend) && !textOf(config.platform)) {
    const found = versions.flatMap(({ files }) => files).find(file => backendOfFile(file)?.file === file)
    if (found === undefined && named === undefined)
      return [
        {
          severity: 'error',
          field: 'backend',
          message: 'Neither backend nor platform is set, and no file tells it',
          hint: 'Set backend, for example "onnxruntime".',
        },
      ]
    return []
  }
  const expected = named ?? backend?.file
  if (expected === undefined) return [] // a backend we do not know: its files are its matter
  return versions.flatMap(({ version, files }) => {
    if (files.includes(expected)) return []
    const instead = files.filter(file => backendOfFile(file) !== undefined)
    const hint =
      instead.length > 0
        ? `It has ${instead.join(', ')}: rename it, or set default_model_filename.`
        : 'Copy the model there.'
    const message = `Version ${version} has no ${expected}`
    return [
      { severity: 'error' as const, field: named === undefined ? 'backend' : 'default_model_filename', message, hint },
    ]
  })
}

function engineLint({ version, file, tensorrt }: EngineFile): Lint {
  return {
    severity: 'info',
    field: 'backend',
    message:
      tensorrt === undefined
        ? `Which TensorRT built ${version}/${file} cannot be told from its head`
        : `${version}/${file} was built by TensorRT ${tensorrt}`,
    hint: 'It loads in that TensorRT alone (unless it was built version-compatible), on the type of GPU it was built on.',
  }
}
