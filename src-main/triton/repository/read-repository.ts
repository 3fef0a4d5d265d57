import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { Model } from '#domain/model.ts'
import type { ConfigProblem, ModelConfig, RepositoryModel } from '#domain/repository.ts'
import { parseConfig } from '#formats/pbtxt/parse-config.ts'
import { placeOf } from '#formats/pbtxt/place-of.ts'
import { backendOfConfig, backendOfFile } from './backends.ts'
import { lintModel } from './lint.ts'
import { entriesOf, type FolderModel, linkProblem, readFolder } from './model-folder.ts'

/** What of the machine and of other rooms the lints use. */
export interface LintHelp {
  /** Whether what lies there, links followed, may be shown. */
  mayRead(path: string): Promise<boolean>
  inspect(path: string): Promise<Model>
  hasGpu(): Promise<boolean | undefined>
}

const MAX_MODELS = 1000

/**
 * Models of a repository folder: each folder in it is one, with numbered version folders, as Triton sees it.
 * @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function readRepository(
  path: string,
  help: LintHelp,
): Promise<{ models: RepositoryModel[]; problems: ConfigProblem[] }> {
  const folders = (await entriesOf(path)).filter(entry => entry.isFolder).map(({ name }) => name)
  const found: FolderModel[] = []
  for (const name of folders.slice(0, MAX_MODELS)) found.push(await readFolder(path, name, help.mayRead))
  const configs = new Map(found.map(model => [model.name, parsed(model).config ?? {}]))
  const hasGpu = await help.hasGpu()
  const models: RepositoryModel[] = []
  for (const model of found) models.push(await judge(model, configs, hasGpu, help))
  const problems: ConfigProblem[] = []
  if (folders.length === 0)
    problems.push({
      severity: 'warning',
      message: 'There is no model in this folder',
      hint: 'A model is a folder: MODEL/1/model.onnx.',
    })
  if (folders.length > MAX_MODELS)
    problems.push({
      severity: 'warning',
      message: `Only the first ${MAX_MODELS} of ${folders.length} folders are read`,
    })
  return { models, problems }
}

/** Configurations by name of model, as an ensemble needs them; what does not parse is left out. */
export async function repositoryConfigs(path: string, mayRead: LintHelp['mayRead']): Promise<Map<string, ModelConfig>> {
  const configs = new Map<string, ModelConfig>()
  for (const { name, isFolder } of await entriesOf(path)) {
    const config = isFolder ? parsed(await readFolder(path, name, mayRead)).config : undefined
    if (config !== undefined) configs.set(name, config)
  }
  return configs
}

function parsed({ configText }: FolderModel) {
  return parseConfig(configText ?? '')
}

async function judge(
  folder: FolderModel,
  models: ReadonlyMap<string, ModelConfig>,
  hasGpu: boolean | undefined,
  help: LintHelp,
): Promise<RepositoryModel> {
  const { files, engines, hidden, ...model } = folder
  const { config, tree, problems } = parsed(folder)
  const text = folder.configText ?? ''
  const found: ConfigProblem[] = [...hidden.map(linkProblem), ...problems]
  if (config !== undefined) {
    const { onnx, why } = await onnxOf(folder, config, help)
    if (why !== undefined) found.push(why)
    const { name, versions } = folder
    const named = versions.map(({ version, files }) => ({ version, files: files.map(({ name }) => name) }))
    const context = {
      name,
      config,
      versions: named,
      files,
      engines,
      models,
      ...(onnx ? { onnx } : {}),
      ...(hasGpu === undefined ? {} : { hasGpu }),
    }
    for (const { field, ...lint } of lintModel(context))
      found.push({ ...lint, ...(field ? { field } : {}), ...placeOf(text, tree, field) })
  }
  return { ...model, ...(config && folder.configText !== undefined ? { config } : {}), problems: found }
}

/** The newest version's ONNX file, read; what is wrong with it is a problem of the model. */
async function onnxOf(
  { path, versions }: FolderModel,
  config: ModelConfig,
  help: LintHelp,
): Promise<{ onnx?: Model; why?: ConfigProblem }> {
  const newest = versions.toSorted((a, b) => Number(b.version) - Number(a.version))[0]
  const backend = backendOfConfig(config)
  const name =
    typeof config.default_model_filename === 'string' && config.default_model_filename !== ''
      ? config.default_model_filename
      : 'model.onnx'
  const isOnnx = backend === undefined ? !config.platform && !config.backend : backend.id === 'onnxruntime'
  const file = isOnnx
    ? newest?.files.find(file => file.name === name && backendOfFile(file.name)?.id === 'onnxruntime')
    : undefined
  if (newest === undefined || file === undefined) return {}
  try {
    return { onnx: await help.inspect(join(path, newest.version, file.name)) }
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown
    const { hint } = thrown.data
    return {
      why: {
        severity: 'error',
        message: `${newest.version}/${file.name}: ${thrown.message}`,
        ...(hint ? { hint } : {}),
      },
    }
  }
}
