import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { Model } from '#domain/model.ts'
import type {
  ConfigProblem,
  ModelConfig,
  NewModel,
  RepositoryModel,
  ServerStart,
  StartedServer,
  StartedServerEvent,
} from '#domain/repository.ts'
import { editConfig } from '#formats/pbtxt/edit.ts'
import { invalidConfig } from '#formats/pbtxt/invalid-config.ts'
import { parseConfig } from '#formats/pbtxt/parse-config.ts'
import { placeOf } from '#formats/pbtxt/place-of.ts'
import { printConfig } from '#formats/pbtxt/print.ts'
import { draftConfig } from '../triton/repository/draft.ts'
import { lintValues } from '../triton/repository/lint-values.ts'
import { readRepository, repositoryConfigs } from '../triton/repository/read-repository.ts'
import { checkedName, writeConfigText, writeModel } from '../triton/repository/write-model.ts'
import { StartedServers } from '../triton/servers/started-servers.ts'
import type { PathGuard } from './path-guard.ts'

interface Needs {
  guard: PathGuard
  inspect(path: string, signal?: AbortSignal): Promise<Model>
  /** Undefined where it cannot be told. */
  hasGpu(): Promise<boolean | undefined>
  toolPaths(): Readonly<Record<string, string>>
}

/** Model repositories on disk and servers started over them, as the faces ask for them. */
export class RepositoryDesk {
  readonly #needs: Needs
  readonly #servers: StartedServers

  constructor(needs: Needs) {
    this.#needs = needs
    this.#servers = new StartedServers(needs.toolPaths)
  }

  parseConfig(text: string, modelName?: string): { config?: ModelConfig; problems: ConfigProblem[] } {
    const { config, tree, problems } = parseConfig(text)
    if (config === undefined) return { problems }
    const name = modelName ?? String(config.name ?? '')
    const lints = lintValues({ name, config, versions: [], files: [], models: new Map() })
    return { config, problems: lints.map(lint => ({ ...lint, ...placeOf(text, tree, lint.field) })) }
  }

  writeConfig(config: ModelConfig, text?: string): { text: string; problems: ConfigProblem[] } {
    const written = text === undefined ? printConfig(config) : editConfig(text, config)
    return { text: written, problems: this.parseConfig(written).problems }
  }

  async draft(
    { path, ...model }: NewModel & { path?: string | undefined },
    signal?: AbortSignal,
  ): Promise<{ config: ModelConfig; text: string; problems: ConfigProblem[] }> {
    const { guard, inspect } = this.#needs
    if (model.modelPath !== undefined) await guard.check(model.modelPath)
    if (path !== undefined) await guard.check(path)
    const models = path === undefined ? new Map<string, ModelConfig>() : await repositoryConfigs(path, this.#mayRead)
    const { config, problems } = await draftConfig(model, file => inspect(file, signal), models)
    const text = printConfig(config)
    const fields = new Set(problems.map(({ field }) => field))
    const lints = this.parseConfig(text, model.name).problems.filter(({ field }) => !fields.has(field))
    return { config, text, problems: [...problems, ...lints] }
  }

  async list(path: string): Promise<{ models: RepositoryModel[]; problems: ConfigProblem[] }> {
    const { guard, inspect, hasGpu } = this.#needs
    await guard.check(path)
    return readRepository(path, {
      hasGpu,
      mayRead: this.#mayRead,
      async inspect(file) {
        await guard.check(file) // a link in the repository must not lead out
        return inspect(file)
      },
    })
  }

  async add(
    request: { path: string; model: NewModel; text?: string | undefined; overwrite: boolean },
    signal?: AbortSignal,
  ): Promise<{ model: RepositoryModel; written: string[] }> {
    const { path, model, overwrite } = request
    await this.#checkModelFolder(path, model.name)
    const text = request.text ?? (await this.#draftedText(path, model, signal))
    const isOnnx = model.modelPath?.toLowerCase().endsWith('.onnx') === true
    if (model.modelPath !== undefined) await this.#needs.guard.check(model.modelPath)
    const file =
      isOnnx && model.modelPath !== undefined ? await this.#needs.inspect(model.modelPath, signal) : undefined
    const beside = file?.externalData.map(({ path }) => path) ?? []
    const written = await writeModel(path, model, text, { overwrite, beside })
    return { model: await this.#model(path, model.name), written }
  }

  async saveConfig({ path, name, text }: { path: string; name: string; text: string }): Promise<RepositoryModel> {
    await this.#checkModelFolder(path, name)
    await writeConfigText(path, name, text)
    return this.#model(path, name)
  }

  async startCommand(start: ServerStart): Promise<string> {
    await this.#needs.guard.check(start.repositoryPath)
    return this.#servers.command(start)
  }

  async start(start: ServerStart): Promise<StartedServer> {
    await this.#needs.guard.check(start.repositoryPath)
    return this.#servers.start(start)
  }

  servers(): StartedServer[] {
    return this.#servers.list()
  }

  watch(id: string, signal?: AbortSignal): AsyncGenerator<StartedServerEvent> {
    return this.#servers.watch(id, signal)
  }

  stop(id: string): Promise<void> {
    return this.#servers.stop(id)
  }

  /** Ends every server this app started. */
  close(): Promise<void> {
    return this.#servers.close()
  }

  /** @throws EngineError CONFIG_INVALID where the draft has an error */
  async #draftedText(path: string, model: NewModel, signal?: AbortSignal): Promise<string> {
    const { text, problems } = await this.draft({ ...model, ...(model.ensemble ? { path } : {}) }, signal)
    const errors = problems.filter(({ severity }) => severity === 'error')
    if (errors.length > 0) throw invalidConfig(errors, model.name)
    return text
  }

  /** The repository must be allowed, and so must what folders of that name link to. */
  async #checkModelFolder(path: string, name: string): Promise<void> {
    const { guard } = this.#needs
    const folder = join(path, checkedName(name))
    await guard.check(path)
    for (const place of [folder, join(folder, '1')]) {
      await guard.check(place).catch(thrown => {
        if (!(thrown instanceof EngineError) || thrown.code !== 'FILE_NOT_FOUND') throw thrown
      })
    }
  }

  readonly #mayRead = async (path: string): Promise<boolean> => {
    try {
      await this.#needs.guard.check(path)
      return true
    } catch (thrown) {
      if (thrown instanceof EngineError && (thrown.code === 'FORBIDDEN' || thrown.code === 'FILE_NOT_FOUND'))
        return false
      throw thrown
    }
  }

  async #model(path: string, name: string): Promise<RepositoryModel> {
    const model = (await this.list(path)).models.find(model => model.name === name)
    if (model === undefined) throw new EngineError('NOT_FOUND', `There is no model "${name}"`, { where: path })
    return model
  }
}
