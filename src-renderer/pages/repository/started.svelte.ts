import type { ServerStartInput, StartedServer } from '#domain/repository.ts'
import type { LogLine } from '#domain/run.ts'
import { type Engine as EngineClient, follow } from '../../engine.ts'

type Engine = Pick<EngineClient, 'repository'>

export interface StartForm {
  how: 'local' | 'docker'
  image: string
  gpus: boolean
  httpPort: string
  grpcPort: string
  metricsPort: string
  modelControl: 'none' | 'explicit' | 'poll'
  /** One argument a line. */
  extra: string
}

export const NEW_START: StartForm = {
  how: 'local',
  image: 'nvcr.io/nvidia/tritonserver:25.10-py3',
  gpus: false,
  httpPort: '',
  grpcPort: '',
  metricsPort: '',
  modelControl: 'explicit',
  extra: '',
}

export interface StartReading {
  start?: ServerStartInput
  problems: Partial<Record<'image' | 'httpPort' | 'grpcPort' | 'metricsPort', string>>
}

export function readStart(form: StartForm, repositoryPath: string): StartReading {
  const problems: StartReading['problems'] = {}
  const port = (key: 'httpPort' | 'grpcPort' | 'metricsPort') => {
    const text = form[key].trim()
    const value = Number(text)
    if (text !== '' && !(Number.isInteger(value) && value >= 0 && value < 65_536))
      problems[key] = '1 to 65535, or empty'
    return text === '' ? 0 : value
  }
  const ports = { httpPort: port('httpPort'), grpcPort: port('grpcPort'), metricsPort: port('metricsPort') }
  if (form.how === 'docker' && form.image.trim() === '') problems.image = 'An image is needed'
  if (Object.keys(problems).length > 0) return { problems }
  const extra = form.extra.split('\n').flatMap(line => (line.trim() === '' ? [] : [line.trim()]))
  return {
    problems,
    start: {
      repositoryPath,
      how: form.how,
      ...(form.how === 'docker' ? { image: form.image.trim() } : {}),
      gpus: form.gpus,
      ...ports,
      modelControl: form.modelControl,
      extra,
    },
  }
}

const COMMAND_PAUSE_MS = 200

/** A server over the open repository: the command it would be, then its log and state until it ends. */
export class StartView {
  readonly #engine: Engine
  form = $state.raw<StartForm>(NEW_START)
  command = $state<string>()
  commandError = $state.raw<unknown>()
  server = $state.raw<StartedServer>()
  log = $state.raw<readonly LogLine[]>([])
  starting = $state(false)
  error = $state.raw<unknown>()

  runs = $derived(this.server !== undefined && this.server.status !== 'ended')

  constructor(engine: Engine) {
    this.#engine = engine
  }

  change(part: Partial<StartForm>): void {
    this.form = { ...this.form, ...part }
  }

  /** The command of the form, after a pause in typing; `signal` makes it void. */
  async refreshCommand(start: ServerStartInput, signal: AbortSignal): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, COMMAND_PAUSE_MS))
    if (signal.aborted) return
    try {
      const { command } = await this.#engine.repository.startCommand(start, { signal })
      if (signal.aborted) return
      this.command = command
      this.commandError = undefined
    } catch (thrown) {
      if (signal.aborted) return
      this.command = undefined
      this.commandError = thrown
    }
  }

  /** A server started before over this repository is shown again. */
  async find(repositoryPath: string): Promise<void> {
    try {
      const servers = await this.#engine.repository.servers()
      const own = servers.findLast(each => each.repositoryPath === repositoryPath && each.status !== 'ended')
      if (own && own.id !== this.server?.id) this.#show(own)
    } catch (thrown) {
      this.error = thrown
    }
  }

  async start(start: ServerStartInput): Promise<void> {
    if (this.starting) return
    this.starting = true
    this.error = undefined
    try {
      this.#show(await this.#engine.repository.start(start))
    } catch (thrown) {
      this.error = thrown
    } finally {
      this.starting = false
    }
  }

  #show(server: StartedServer): void {
    this.server = server
    this.log = []
  }

  /** Log and state from the beginning, until the server ended or `signal`. */
  async follow(id: string, signal: AbortSignal): Promise<void> {
    try {
      const open = (streamSignal: AbortSignal) => {
        this.log = []
        return this.#engine.repository.watch({ id }, { signal: streamSignal })
      }
      for await (const event of follow(open, signal)) {
        if (event.type === 'log') this.log = [...this.log, event.line]
        else this.server = event.server
      }
    } catch (thrown) {
      if (!signal.aborted) this.error = thrown
    }
  }

  async stop(): Promise<void> {
    const { server } = this
    if (server === undefined) return
    this.error = undefined
    try {
      await this.#engine.repository.stop({ id: server.id })
    } catch (thrown) {
      this.error = thrown
    }
  }
}
