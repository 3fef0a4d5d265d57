import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { Model } from '#domain/model.ts'
import type { ConfigProblem, ModelConfig, RepositoryModel } from '#domain/repository.ts'
import { parseConfig } from '#formats/pbtxt/parse-config.ts'
import { placeOf } from '#formats/pbtxt/place-of.ts'
import { backendOfConfig, backendOfFile } from './backends.ts'
import { lintModel } from './lint.ts'

/** What of the machine and of other rooms the lints use. */
export interface LintHelp {
  inspect(path: string): Promise<Model>
  hasGpu(): Promise<boolean | undefined>
}

const MAX_MODELS = 1000
const MAX_CONFIG_BYTES = 4 * 1024 * 1024

type FolderModel = Pick<RepositoryModel, 'name' | 'path' | 'versions' | 'configText'> & { files: string[] }

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
  for (const name of folders.slice(0, MAX_MODELS)) found.push(await readFolder(path, name))
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
export async function repositoryConfigs(path: string): Promise<Map<string, ModelConfig>> {
  const configs = new Map<string, ModelConfig>()
  for (const { name, isFolder } of await entriesOf(path)) {
    const config = isFolder ? parsed(await readFolder(path, name)).config : undefined
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
  const { files, ...model } = folder
  const { config, tree, problems } = parsed(folder)
  const text = folder.configText ?? ''
  const found: ConfigProblem[] = [...problems]
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

async function readFolder(repository: string, name: string): Promise<FolderModel> {
  const path = join(repository, name)
  const entries = await entriesOf(path)
  const versions: FolderModel['versions'] = []
  for (const { name: version, isFolder } of entries) {
    if (!isFolder || !/^[1-9]\d*$/.test(version)) continue
    const files = (await entriesOf(join(path, version))).filter(({ isFolder }) => !isFolder)
    versions.push({ version, files: files.map(({ name, bytes }) => ({ name, bytes })) })
  }
  const configFile = entries.find(entry => entry.name === 'config.pbtxt' && !entry.isFolder)
  const isReadable = configFile !== undefined && configFile.bytes <= MAX_CONFIG_BYTES
  return {
    name,
    path,
    versions,
    ...(isReadable ? { configText: await readText(join(path, 'config.pbtxt')) } : {}),
    files: entries.filter(({ isFolder }) => !isFolder).map(({ name }) => name),
  }
}

/** Not hidden ones, by name. */
async function entriesOf(path: string): Promise<{ name: string; isFolder: boolean; bytes: number }[]> {
  const names = await readdir(path).catch(cause => {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new EngineError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing ? 'There is no such folder' : 'The folder cannot be read',
      { where: path },
      { cause },
    )
  })
  const visible = names.filter(name => !name.startsWith('.')).toSorted()
  const entries = await Promise.all(
    visible.map(async name => {
      const facts = await stat(join(path, name)).catch(() => undefined) // gone meanwhile, or a link to nowhere
      return facts && { name, isFolder: facts.isDirectory(), bytes: facts.size }
    }),
  )
  return entries.filter(entry => entry !== undefined)
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(cause => {
    throw new EngineError('FILE_UNREADABLE', 'The configuration cannot be read', { where: path }, { cause })
  })
}
