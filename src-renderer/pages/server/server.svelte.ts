import type { ModelConfig } from '#domain/repository.ts'
import type { ServerInfo, ServerModel, ServerTargetInput } from '#domain/server.ts'
import {
  type ConnectionForm,
  formOfTarget,
  newConnectionForm,
  readConnection,
} from '../../components/connection-form.ts'
import type { Engine as EngineClient } from '../../engine.ts'

type Engine = Pick<EngineClient, 'servers'>

export interface ModelDetail {
  model: ServerModel
  config?: ModelConfig | undefined
  configText?: string | undefined
}

const SETTLE_MS = 700
/** A model of several gigabytes loads for minutes, but the load call itself waits for it: only unloading lingers. */
const SETTLE_TRIES = 12

/** A server that was connected: who it is, its models, the chosen one. */
export class ServerView {
  readonly #engine: Engine
  readonly #remember: (target: ServerTargetInput) => void

  form = $state.raw<ConnectionForm>(newConnectionForm())
  /** What was connected; the form may be typed on since. */
  target = $state.raw<ServerTargetInput>()
  info = $state.raw<ServerInfo>()
  connecting = $state(false)
  error = $state.raw<unknown>()
  modelName = $state<string>()
  /** The chosen model with its configuration. */
  detail = $state.raw<ModelDetail>()
  detailLoading = $state(false)
  detailError = $state.raw<unknown>()
  tab = $state('live')
  /** What is being done to a model: "Loading delay". */
  acting = $state<string>()
  actionError = $state.raw<{ title: string; error: unknown }>()
  /** Models that run with a configuration given here instead of their file's. */
  overridden = $state.raw<ReadonlySet<string>>(new Set())
  #connection = 0
  #detail = 0

  reading = $derived(readConnection(this.form))
  models = $derived(this.info?.models ?? [])
  model = $derived(this.models.find(each => each.name === this.modelName))

  constructor(engine: Engine, remember: (target: ServerTargetInput) => void = () => {}) {
    this.#engine = engine
    this.#remember = remember
  }

  change(part: Partial<ConnectionForm>): void {
    this.form = { ...this.form, ...part }
  }

  /** Connects to what the form says. @returns whether a server answered */
  async connect(): Promise<boolean> {
    const { target } = this.reading
    if (target === undefined) return false
    const connection = ++this.#connection
    this.connecting = true
    this.error = undefined
    this.actionError = undefined
    if (target.url !== this.target?.url) this.#leave()
    try {
      const info = await this.#engine.servers.connect({ target })
      if (connection !== this.#connection) return false
      this.target = target
      this.info = info
      this.#remember(target)
      await this.choose(this.#firstChoice(info))
      return true
    } catch (thrown) {
      if (connection !== this.#connection) return false
      this.#leave()
      this.error = thrown
      return false
    } finally {
      if (connection === this.#connection) this.connecting = false
    }
  }

  async connectTo(target: ServerTargetInput): Promise<boolean> {
    this.form = formOfTarget(target)
    return this.connect()
  }

  /** Asks the same server again; what is shown stays meanwhile. */
  async refresh(): Promise<void> {
    const { target } = this
    if (target === undefined) return
    try {
      this.info = await this.#engine.servers.connect({ target })
    } catch (thrown) {
      this.error = thrown
    }
  }

  /** The model stays chosen while it exists; otherwise one that serves. */
  #firstChoice({ models }: ServerInfo): string | undefined {
    const kept = models.find(each => each.name === this.modelName)
    return (kept ?? models.find(each => each.state === 'READY') ?? models[0])?.name
  }

  async choose(name: string | undefined): Promise<void> {
    const asked = ++this.#detail
    if (name !== this.modelName) this.detail = undefined
    this.modelName = name
    this.detailError = undefined
    this.detailLoading = false
    const { target } = this
    if (name === undefined || target === undefined || !this.#answers(name)) {
      this.detail = undefined
      return
    }
    this.detailLoading = true
    try {
      const detail = await this.#engine.servers.model({ target, model: name })
      if (asked === this.#detail) this.detail = detail
    } catch (thrown) {
      if (asked === this.#detail) this.detailError = thrown
    } finally {
      if (asked === this.#detail) this.detailLoading = false
    }
  }

  /** A model that is not loaded has neither metadata nor configuration. */
  #answers(name: string): boolean {
    const state = this.info?.models.find(each => each.name === name)?.state
    return state === 'READY' || state === 'UNKNOWN'
  }

  /** @param config replaces the file's configuration until the model is unloaded and loaded again */
  async load(name: string, config?: ModelConfig): Promise<boolean> {
    const done = await this.#act(`Loading ${name}`, `${name} was not loaded`, target =>
      this.#engine.servers.load({ target, model: name, ...(config === undefined ? {} : { config }) }),
    )
    if (done && config !== undefined) this.overridden = new Set([...this.overridden, name])
    return done
  }

  async unload(name: string, dependents = false): Promise<boolean> {
    const done = await this.#act(`Unloading ${name}`, `${name} was not unloaded`, target =>
      this.#engine.servers.unload({ target, model: name, dependents }),
    )
    if (done) this.overridden = new Set([...this.overridden].filter(each => each !== name))
    return done
  }

  /** A plain load would keep the configuration given here: only unload and load read the file again. */
  async loadFromFile(name: string): Promise<boolean> {
    return (await this.unload(name)) && (await this.load(name))
  }

  async #act(doing: string, failed: string, call: (target: ServerTargetInput) => Promise<unknown>): Promise<boolean> {
    const { target } = this
    if (target === undefined || this.acting !== undefined) return false
    this.acting = doing
    this.actionError = undefined
    try {
      await call(target)
      await this.#settle()
      return true
    } catch (error) {
      this.actionError = { title: failed, error }
      await this.refresh()
      return false
    } finally {
      this.acting = undefined
      await this.choose(this.modelName)
    }
  }

  /** Triton lists a model as UNLOADING for a second or two after the call was answered. */
  async #settle(): Promise<void> {
    for (let tries = 0; tries < SETTLE_TRIES; tries++) {
      await this.refresh()
      if (!this.info?.models.some(each => each.state === 'LOADING' || each.state === 'UNLOADING')) return
      await new Promise(resolve => setTimeout(resolve, SETTLE_MS))
    }
  }

  #leave(): void {
    this.target = undefined
    this.info = undefined
    this.modelName = undefined
    this.detail = undefined
    this.detailError = undefined
    this.overridden = new Set()
  }
}
