import { EngineError } from '#domain/errors.ts'
import type {
  ConfigProblem,
  ModelConfig,
  NewModel,
  RepositoryModel,
  ServerStart,
  StartedServer,
  StartedServerEvent,
} from '#domain/repository.ts'
import type { PathGuard } from './path-guard.ts'

/** Model repositories on disk and servers started over them, as the faces ask for them. */
export class RepositoryDesk {
  readonly #guard: PathGuard

  constructor(guard: PathGuard) {
    this.#guard = guard
  }

  parseConfig(_text: string, _modelName?: string): { config?: ModelConfig; problems: ConfigProblem[] } {
    throw this.#absent()
  }

  writeConfig(_config: ModelConfig, _text?: string): { text: string; problems: ConfigProblem[] } {
    throw this.#absent()
  }

  async draft(
    _model: NewModel,
    _signal?: AbortSignal,
  ): Promise<{ config: ModelConfig; text: string; problems: ConfigProblem[] }> {
    throw this.#absent()
  }

  async list(_path: string): Promise<{ models: RepositoryModel[]; problems: ConfigProblem[] }> {
    throw this.#absent()
  }

  async add(
    _request: { path: string; model: NewModel; text?: string | undefined; overwrite: boolean },
    _signal?: AbortSignal,
  ): Promise<{ model: RepositoryModel; written: string[] }> {
    throw this.#absent()
  }

  async saveConfig(_request: { path: string; name: string; text: string }): Promise<RepositoryModel> {
    throw this.#absent()
  }

  async startCommand(_start: ServerStart): Promise<string> {
    throw this.#absent()
  }

  async start(_start: ServerStart): Promise<StartedServer> {
    throw this.#absent()
  }

  servers(): StartedServer[] {
    return []
  }

  // biome-ignore lint/correctness/useYield: not built yet
  async *watch(_id: string, _signal?: AbortSignal): AsyncGenerator<StartedServerEvent> {
    throw this.#absent()
  }

  async stop(_id: string): Promise<void> {
    throw this.#absent()
  }

  /** Ends every server this app started. */
  async close(): Promise<void> {}

  #absent(): EngineError {
    void this.#guard
    return new EngineError('INTERNAL', 'Not built yet')
  }
}
