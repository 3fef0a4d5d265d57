import { EngineError } from '#domain/errors.ts'
import type {
  InferAnswer,
  InferRequest,
  MetricSample,
  ModelStatistics,
  ServerInfo,
  ServerModel,
  ServerSample,
  ServerTarget,
} from '#domain/server.ts'
import type { PathGuard } from './path-guard.ts'

type Settings = Record<string, string | string[] | number | boolean>

/** Running Triton servers as the faces ask for them. */
export class ServerDesk {
  readonly #guard: PathGuard

  constructor(guard: PathGuard) {
    this.#guard = guard
  }

  connect(_target: ServerTarget, _signal?: AbortSignal): Promise<ServerInfo> {
    return this.#absent()
  }

  model(
    _target: ServerTarget,
    _model: string,
    _version?: string,
    _signal?: AbortSignal,
  ): Promise<{ model: ServerModel; config?: Record<string, unknown>; configText?: string }> {
    return this.#absent()
  }

  load(_target: ServerTarget, _model: string, _config?: Record<string, unknown>, _signal?: AbortSignal): Promise<void> {
    return this.#absent()
  }

  unload(_target: ServerTarget, _model: string, _dependents: boolean, _signal?: AbortSignal): Promise<void> {
    return this.#absent()
  }

  statistics(
    _target: ServerTarget,
    _model?: string,
    _version?: string,
    _signal?: AbortSignal,
  ): Promise<ModelStatistics[]> {
    return this.#absent()
  }

  metrics(_target: ServerTarget, _signal?: AbortSignal): Promise<MetricSample[]> {
    return this.#absent()
  }

  // biome-ignore lint/correctness/useYield: not built yet
  async *watch(
    _target: ServerTarget,
    _model: string | undefined,
    _intervalMs: number,
    _signal?: AbortSignal,
  ): AsyncGenerator<ServerSample> {
    await this.#absent()
  }

  infer(_target: ServerTarget, _request: InferRequest, _signal?: AbortSignal): Promise<InferAnswer> {
    return this.#absent()
  }

  traceSettings(_target: ServerTarget, _model?: string, _set?: Settings, _signal?: AbortSignal): Promise<Settings> {
    return this.#absent()
  }

  logSettings(_target: ServerTarget, _set?: Settings, _signal?: AbortSignal): Promise<Settings> {
    return this.#absent()
  }

  sharedMemory(
    _target: ServerTarget,
    _signal?: AbortSignal,
  ): Promise<
    { name: string; kind: 'system' | 'cuda'; key?: string; bytes: number; offset?: number; deviceId?: number }[]
  > {
    return this.#absent()
  }

  #absent(): Promise<never> {
    void this.#guard
    return Promise.reject(new EngineError('INTERNAL', 'Not built yet'))
  }
}
