import type { InferAnswer, ServerModel, ServerTargetInput } from '#domain/server.ts'
import type { Engine as EngineClient } from '../../engine.ts'
import { type ImageForm, type InputForm, newInput, newRequest, type RequestForm, readRequest } from './request-form.ts'

type Engine = Pick<EngineClient, 'servers'>

/** One request to one model: the form, the answer that came, or why none. */
export class RequestView {
  readonly #engine: Engine
  readonly model: ServerModel
  form: RequestForm
  answer = $state.raw<InferAnswer>()
  error = $state.raw<unknown>()
  sending = $state(false)
  #stop: AbortController | undefined

  constructor(engine: Engine, model: ServerModel) {
    this.#engine = engine
    this.model = model
    this.form = $state.raw(newRequest(model))
  }

  reading = $derived.by(() => readRequest(this.form, this.model))

  change(part: Partial<RequestForm>): void {
    this.form = { ...this.form, ...part }
  }

  changeInput(name: string, part: Partial<InputForm>): void {
    const own = this.form.inputs[name]
    if (own) this.change({ inputs: { ...this.form.inputs, [name]: { ...own, ...part } } })
  }

  /** An optional input is sent or left out. */
  setSent(name: string, sent: boolean): void {
    const { [name]: _, ...others } = this.form.inputs
    const tensor = this.model.inputs.find(each => each.name === name)
    this.change({ inputs: sent && tensor ? { ...others, [name]: newInput(tensor) } : others })
  }

  changeImage(part: Partial<ImageForm>): void {
    this.change({ image: { ...this.form.image, ...part } })
  }

  async send(target: ServerTargetInput): Promise<void> {
    const { request } = this.reading
    if (request === undefined || this.sending) return
    const stop = new AbortController()
    this.#stop = stop
    this.sending = true
    this.error = undefined
    try {
      this.answer = await this.#engine.servers.infer({ target, request }, { signal: stop.signal })
    } catch (error) {
      if (!stop.signal.aborted) {
        this.error = error
        this.answer = undefined
      }
    } finally {
      this.sending = false
    }
  }

  cancel(): void {
    this.#stop?.abort()
  }
}
