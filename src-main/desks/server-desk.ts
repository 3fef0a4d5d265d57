import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '#domain/errors.ts'
import type { ModelConfig } from '#domain/repository.ts'
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
import { printConfig } from '#formats/pbtxt/print.ts'
import type { CallOptions, Settings, SharedRegion, TritonClient } from '../triton/control/client.ts'
import { connectServer } from '../triton/control/connect.ts'
import { askOneModel, withKnownModels } from '../triton/control/list-models.ts'
import { readMetrics } from '../triton/control/metrics.ts'
import { openClient } from '../triton/control/open-client.ts'
import { inferOnce } from '../triton/infer/infer.ts'
import type { PathGuard } from './path-guard.ts'

/** Loading a model may build an engine: minutes, not the seconds of other calls. */
const LOAD_TIMEOUT_MS = 15 * 60_000

/** Running Triton servers as the faces ask for them. A client lives as long as its call. */
export class ServerDesk {
  readonly #guard: PathGuard

  constructor(guard: PathGuard) {
    this.#guard = guard
  }

  connect(target: ServerTarget, signal?: AbortSignal): Promise<ServerInfo> {
    return this.#with(target, client => connectServer(client, target.connection, { signal }))
  }

  async model(
    target: ServerTarget,
    name: string,
    version?: string,
    signal?: AbortSignal,
  ): Promise<{ model: ServerModel; config?: Record<string, unknown>; configText?: string }> {
    const found = await this.#ofModel(target, { signal }, client => askOneModel(client, name, version, { signal }))
    const configText = found.config === undefined ? undefined : textOf(found.config)
    return configText === undefined ? found : { ...found, configText }
  }

  load(target: ServerTarget, name: string, config?: Record<string, unknown>, signal?: AbortSignal): Promise<void> {
    const options = { signal, timeoutMs: Math.max(LOAD_TIMEOUT_MS, target.connection.timeoutMs) }
    return this.#ofModel(target, { signal }, client => client.loadModel(name, config, options))
  }

  unload(target: ServerTarget, name: string, dependents: boolean, signal?: AbortSignal): Promise<void> {
    return this.#ofModel(target, { signal }, async client => {
      // The server takes any name for unloaded: one that is not there is a mistake of the user's.
      await askOneModel(client, name, undefined, { signal })
      await client.unloadModel(name, dependents, { signal })
    })
  }

  statistics(target: ServerTarget, name?: string, version?: string, signal?: AbortSignal): Promise<ModelStatistics[]> {
    const model = name === undefined ? undefined : { name, version }
    return this.#ofModel(target, { signal }, client => client.statistics(model, { signal }))
  }

  metrics(target: ServerTarget, signal?: AbortSignal): Promise<MetricSample[]> {
    return this.#with(target, client => readMetrics(client.address, target.connection, { signal }))
  }

  /** A sample at once, then one every interval; a server that goes away is said in samples, not by an end. */
  async *watch(
    target: ServerTarget,
    name: string | undefined,
    intervalMs: number,
    signal?: AbortSignal,
  ): AsyncGenerator<ServerSample> {
    const client = await this.#open(target)
    const model = name === undefined ? undefined : { name }
    try {
      for (;;) {
        const dueMs = Date.now() + intervalMs
        const [statistics, metrics] = await Promise.all([
          orWhy('statistics', client.statistics(model, { signal })),
          orWhy('metrics', readMetrics(client.address, target.connection, { signal })),
        ])
        if (signal?.aborted === true) return
        yield {
          atMs: Date.now(),
          ...(statistics.value === undefined ? {} : { statistics: statistics.value }),
          ...(metrics.value === undefined ? {} : { metrics: metrics.value }),
          missing: [statistics.missing, metrics.missing].filter(part => part !== undefined),
        }
        await pause(dueMs - Date.now(), signal)
      }
    } finally {
      client.close()
    }
  }

  async infer(target: ServerTarget, request: InferRequest, signal?: AbortSignal): Promise<InferAnswer> {
    for (const { source } of request.inputs) if (source.from === 'file') await this.#guard.check(source.path)
    return this.#ofModel(target, { signal }, client => inferOnce(client, target, request, signal))
  }

  traceSettings(target: ServerTarget, name?: string, set?: Settings, signal?: AbortSignal): Promise<Settings> {
    return this.#ofModel(target, { signal }, client => client.traceSettings(name, set, { signal }))
  }

  logSettings(target: ServerTarget, set?: Settings, signal?: AbortSignal): Promise<Settings> {
    return this.#with(target, client => client.logSettings(set, { signal }))
  }

  sharedMemory(target: ServerTarget, signal?: AbortSignal): Promise<SharedRegion[]> {
    return this.#with(target, async client => [
      ...(await client.sharedRegions('system', { signal })),
      ...(await client.sharedRegions('cuda', { signal })),
    ])
  }

  /** An unknown model is answered with the models there are. */
  #ofModel<T>(target: ServerTarget, options: CallOptions, work: (client: TritonClient) => Promise<T>): Promise<T> {
    return this.#with(target, client => withKnownModels(client, options, work(client)))
  }

  async #with<T>(target: ServerTarget, work: (client: TritonClient) => Promise<T>): Promise<T> {
    const client = await this.#open(target)
    try {
      return await work(client)
    } finally {
      client.close()
    }
  }

  async #open(target: ServerTarget): Promise<TritonClient> {
    const { caPath, certPath, keyPath } = target.connection.tls ?? {}
    for (const path of [caPath, certPath, keyPath]) if (path !== undefined) await this.#guard.check(path)
    return openClient(target)
  }
}

/** As config.pbtxt; undefined where the server has fields that we do not know: half of it would be another configuration. */
function textOf(config: ModelConfig): string | undefined {
  try {
    return printConfig(config)
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.code === 'CONFIG_INVALID') return undefined
    throw thrown
  }
}

/** A part of a sample, or why it is missing; a mistake of ours is not hidden in a sample. */
async function orWhy<T>(
  what: string,
  work: Promise<T>,
): Promise<{ value: T; missing?: undefined } | { value?: undefined; missing: { what: string; why: string } }> {
  try {
    return { value: await work }
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.code === 'INTERNAL') throw thrown
    return { missing: { what, why: thrown.message } }
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(Math.max(0, ms), undefined, signal === undefined ? {} : { signal })
  } catch (thrown) {
    if (signal?.aborted !== true) throw thrown
  }
}
