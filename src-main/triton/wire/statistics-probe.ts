import { EngineError } from '#domain/errors.ts'
import type { ModelStatistics, Protocol } from '#domain/server.ts'
import { parseStatistics } from '#formats/triton-statistics.ts'
import { CallRefused, GrpcCaller, type PreparedCall } from './grpc-caller.ts'
import { type GetOptions, HttpGetter } from './http-get.ts'
import { httpErrorMessage } from './http1-error.ts'
import { BrokenMessage, textField } from './protobuf.ts'
import { accessDenied, authority } from './request-headers.ts'
import { readStatistics } from './statistics-message.ts'

export interface ProbedModel {
  name: string
  version?: string
}

/** Questions that were not answered yet: a server that hangs costs this many time-outs, not one a window. */
const MOST_OPEN = 2

/** Asks a server about its models' statistics while it is under load, on a connection of its own. */
export interface StatisticsProbe {
  /**
   * One record a model, in the order given; without a version, of the newest one that is served.
   * @throws EngineError ACCESS_DENIED, SERVER_REFUSED: no statistics to be had; SERVER_UNREACHABLE, TIMEOUT
   */
  snapshot(): Promise<ModelStatistics[]>
  close(): void
}

/** @throws EngineError as `snapshot`: asked once, so that a server without statistics is known before the load */
export async function openStatisticsProbe(
  protocol: Protocol,
  options: GetOptions,
  models: readonly ProbedModel[],
): Promise<StatisticsProbe> {
  const source = protocol === 'http' ? overHttp(options) : overGrpc(options)
  const ask = async () => {
    const records: ModelStatistics[] = []
    // One after another: the server answers in well under a millisecond, and the load should not feel it.
    for (const model of models) records.push(newest(model, await source.ask(model), authority(options)))
    return records
  }
  // A window may be shorter than a slow answer: the connection carries one question at a time, and few wait.
  let last: Promise<unknown> = Promise.resolve()
  let open = 0
  const snapshot = async () => {
    if (open === MOST_OPEN) throw new EngineError('TIMEOUT', 'The server is behind with its answers about statistics')
    open++
    const next = last.then(ask, ask)
    last = next
    return next.finally(() => open--)
  }
  try {
    await snapshot()
  } catch (error) {
    source.close()
    throw error
  }
  return { snapshot, close: source.close }
}

interface Source {
  ask(model: ProbedModel): Promise<ModelStatistics[]>
  close(): void
}

function overHttp(options: GetOptions): Source {
  const getter = new HttpGetter(options)
  return {
    async ask({ name, version }) {
      const ofVersion = version === undefined ? '' : `/versions/${encodeURIComponent(version)}`
      const { status, text } = await getter.get(`/v2/models/${encodeURIComponent(name)}${ofVersion}/stats`)
      if (status === 200) return parseStatistics(json(text, authority(options)))
      const message = httpErrorMessage(text, status)
      if (status === 401 || status === 403) throw accessDenied(authority(options), message)
      throw refused(message, authority(options))
    },
    close: () => getter.close(),
  }
}

function json(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new EngineError('SERVER_PROTOCOL', 'The answer about statistics is no JSON', { where, detail: error.message })
  }
}

const DENIED = new Set(['UNAUTHENTICATED', 'PERMISSION_DENIED', '401', '403'])

function overGrpc(options: GetOptions): Source {
  const caller = new GrpcCaller(options)
  const questions = new Map<ProbedModel, PreparedCall>()
  const questionOf = (model: ProbedModel) => {
    const { name, version } = model
    const known = questions.get(model)
    if (known !== undefined) return known
    const message = [...textField(1, name), ...(version === undefined ? [] : textField(2, version))]
    const call = caller.prepare('ModelStatistics', message)
    questions.set(model, call)
    return call
  }
  return {
    async ask(model) {
      const where = authority(options)
      try {
        return readStatistics(await caller.call(questionOf(model)))
      } catch (error) {
        if (error instanceof BrokenMessage) throw refused(`The answer is broken: ${error.message}`, where)
        if (!(error instanceof CallRefused)) throw error
        // A restricted Triton answers UNAVAILABLE and names the header it wants.
        const isDenied = DENIED.has(error.code ?? '') || error.message.includes('expecting header')
        throw isDenied ? accessDenied(where, error.message) : refused(error.message, where)
      }
    },
    close: () => caller.close(),
  }
}

function refused(message: string, where: string): EngineError {
  const hint = 'The server side of the latency is then unknown. Its statistics extension may be off.'
  return new EngineError('SERVER_REFUSED', `The server gives no statistics: ${message}`, { where, hint })
}

function newest({ name }: ProbedModel, records: ModelStatistics[], where: string): ModelStatistics {
  const [first] = records.filter(record => record.name === name).sort((a, b) => Number(b.version) - Number(a.version))
  if (first === undefined) throw refused(`none about ${JSON.stringify(name)}`, where)
  return first
}
