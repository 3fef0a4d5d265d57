import type { Protocol, ServerInfo, ServerModel, ServerTargetInput } from '#domain/server.ts'
import {
  type ConnectionForm,
  formOfTarget,
  newConnectionForm,
  readConnection,
} from '../../components/connection-form.ts'
import { PlannedRun } from '../../components/planned-run.svelte.ts'
import type { Engine as EngineClient } from '../../engine.ts'
import { otherAddress } from './addresses.ts'
import { newSweepForm, readForm, type Scenario, type SweepForm, scenarioFields } from './sweep-form.ts'

type Engine = Pick<EngineClient, 'servers' | 'runs'>

const PLAN_DELAY_MS = 250 // each plan asks the server

/** The form of a sweep: a server, a model, the load; what the engine makes of it; why it can't be started. */
export class NewSweep extends PlannedRun {
  readonly #engine: Engine
  readonly #remember: (target: ServerTargetInput) => void

  connection = $state.raw<ConnectionForm>(newConnectionForm())
  form = $state.raw<SweepForm>(newSweepForm())
  /** What was connected; the address may be typed on since. */
  target = $state.raw<ServerTargetInput>()
  info = $state.raw<ServerInfo>()
  connecting = $state(false)
  connectError = $state.raw<unknown>()
  model = $state.raw<ServerModel>()
  modelLoading = $state(false)
  modelError = $state.raw<unknown>()
  #connection = 0
  #detail = 0

  connectionReading = $derived(readConnection(this.connection))
  reading = $derived(readForm(this.form, this.model))
  /** The whole spec, secrets included: goes to the engine, never into an address or a file. */
  spec = $derived({ ...this.reading.spec, connection: this.target?.connection ?? {} })
  /** Equal forms give equal texts, so that a plan's answer does not ask for the next plan. */
  specText = $derived(JSON.stringify(this.spec))
  protected specToStart = $derived(this.spec)
  blocked = $derived(this.#whyBlocked())

  constructor(engine: Engine, remember: (target: ServerTargetInput) => void = () => {}) {
    super(engine.runs, 'sweep', PLAN_DELAY_MS)
    this.#engine = engine
    this.#remember = remember
  }

  /** Connects to what the form says, then shows `modelName`, or the only model there is. */
  async connect(modelName?: string): Promise<void> {
    const { target } = this.connectionReading
    if (target === undefined) return
    const asked = ++this.#connection
    this.connecting = true
    this.connectError = undefined
    this.#leave()
    try {
      const info = await this.#engine.servers.connect({ target })
      if (asked !== this.#connection) return
      this.target = target
      this.info = info
      this.#remember(target)
      this.#takeAddresses(info, target.url)
      const ready = info.models.filter(model => model.state === 'READY')
      const only = ready.length === 1 ? ready[0]?.name : undefined
      const name = info.models.find(model => model.name === (modelName ?? this.form.model))?.name ?? only
      if (name !== undefined) await this.chooseModel(name)
    } catch (error) {
      if (asked === this.#connection) this.connectError = error
    } finally {
      if (asked === this.#connection) this.connecting = false
    }
  }

  async connectTo(target: ServerTargetInput, modelName?: string): Promise<void> {
    this.connection = formOfTarget(target)
    await this.connect(modelName)
  }

  /** The connected protocol; the other one's usual address is only offered. */
  #takeAddresses({ protocol }: ServerInfo, url: string): void {
    const other: Protocol = protocol === 'http' ? 'grpc' : 'http'
    const addresses = { http: '', grpc: '', [protocol]: url, [other]: otherAddress(url, other) }
    this.form = { ...this.form, protocols: [protocol], addresses }
  }

  #leave(): void {
    this.target = undefined
    this.info = undefined
    this.model = undefined
    this.dropPlan()
    this.startError = undefined
  }

  async chooseModel(name: string): Promise<void> {
    const { target } = this
    if (target === undefined) return
    const asked = ++this.#detail
    this.form = { ...this.form, model: name, version: '', shapes: {} }
    this.model = undefined
    this.plan = undefined
    this.modelError = undefined
    this.modelLoading = true
    try {
      const { model } = await this.#engine.servers.model({ target, model: name })
      if (asked !== this.#detail) return
      this.model = model
      if (model.decoupled === true) this.#needStream()
    } catch (error) {
      if (asked === this.#detail) this.modelError = error
    } finally {
      if (asked === this.#detail) this.modelLoading = false
    }
  }

  /** A model that answers several times needs the gRPC stream. */
  #needStream(): void {
    this.form = { ...this.form, protocols: ['grpc'], streaming: true }
  }

  change(part: Partial<SweepForm>): void {
    this.form = { ...this.form, ...part }
  }

  /** Takes the scenario's batches, concurrencies and way of the tensors; they can be changed after. */
  chooseScenario(scenario: Scenario): void {
    this.change({ scenario, ...scenarioFields(scenario), load: 'concurrency' })
  }

  #whyBlocked(): string | undefined {
    if (this.info === undefined) return 'Connect to a server first'
    if (this.form.model === '') return 'Choose a model'
    if (this.modelLoading) return 'The model is being read'
    if (this.model === undefined) return 'The model cannot be read'
    const [problem] = Object.values(this.reading.problems)
    if (problem !== undefined) return problem
    if (this.planError !== undefined) return 'The plan could not be made'
    if (this.plan === undefined) return 'The plan is being made'
    return this.plan.problems[0]?.message
  }
}
