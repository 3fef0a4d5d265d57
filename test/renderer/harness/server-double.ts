import { implement } from '@orpc/server'
import { contract } from '#contract'
import type { ConfigProblem, ModelConfig, RepositoryModel, StartedServerEvent } from '#domain/repository.ts'
import type { ServerModel } from '#domain/server.ts'
import { editConfig } from '../../../src-main/formats/pbtxt/edit.ts'
import { parseConfig } from '../../../src-main/formats/pbtxt/parse-config.ts'
import { printConfig } from '../../../src-main/formats/pbtxt/print.ts'
import {
  answerOf,
  BROKEN_CONFIG,
  configTextOf,
  loadedStrings,
  metrics,
  repositoryModel,
  serverInfo,
  serverModels,
  startedServer,
  statistics,
} from './server-fixtures.ts'

/** How far in the past its counters begin: the live charts are filled at once. */
const PAST_SECONDS = 240
const PACE_MS = 250

const pause = (delayMs: number, signal?: AbortSignal) =>
  new Promise<void>(resolve => {
    setTimeout(resolve, delayMs)
    signal?.addEventListener('abort', () => resolve(), { once: true })
  })

/**
 * Servers and repositories of the engine double. Addresses decide: `down` is not reached, `grpc-port` speaks another
 * protocol, `restricted` wants a token, any other is a healthy Triton with one model that failed. What a config.pbtxt
 * says is read by the real parser.
 */
export function serverDouble() {
  const os = implement(contract)
  let models: ServerModel[] = [...serverModels]
  let overrides: Record<string, ModelConfig> = {}
  const texts = new Map([
    ['image_cls', configTextOf('image_cls')],
    ['half_done', BROKEN_CONFIG],
  ])
  let started = startedServer()
  let stopped = Promise.withResolvers<void>()
  const begunMs = Date.now()

  const parsed = (text: string): { config?: ModelConfig; problems: ConfigProblem[] } => {
    const { config, problems } = parseConfig(text)
    return { ...(config ? { config } : {}), problems }
  }
  const listed = (name: string): RepositoryModel => {
    const text = texts.get(name) ?? ''
    const { config, problems } = parsed(text)
    return { ...repositoryModel(name, text, config), problems }
  }
  const replace = (name: string, change: ServerModel) => {
    models = models.map(each => (each.name === name ? change : each))
  }

  return {
    servers: {
      connect: os.servers.connect.handler(async ({ input: { target }, errors }) => {
        await pause(30)
        const where = target.url
        if (where.includes('down'))
          throw errors.SERVER_UNREACHABLE({
            message: 'Nothing answers at this address.',
            data: { where, hint: 'Does the server run, and is this its HTTP or gRPC port?', detail: 'ECONNREFUSED' },
          })
        if (where.includes('grpc-port'))
          throw errors.SERVER_PROTOCOL({
            message: 'This is a gRPC port, asked over HTTP.',
            data: { where, hint: 'Write grpc:// in front of the address.' },
          })
        const open =
          where.includes('restricted') && target.connection.accessToken ? where.replace('restricted', '') : where
        return { ...serverInfo(open, models), url: where }
      }),
      model: os.servers.model.handler(({ input, errors }) => {
        const model = models.find(each => each.name === input.model)
        if (!model) throw errors.NOT_FOUND({ message: `No model ${input.model}`, data: {} })
        const override = overrides[model.name]
        const configText = override ? printConfig(override) : configTextOf(model.name)
        return { model, config: override ?? parsed(configText).config, configText }
      }),
      load: os.servers.load.handler(async ({ input, errors }) => {
        await pause(60)
        if (input.model === 'broken')
          throw errors.SERVER_REFUSED({
            message: `load failed for model 'broken': version 1 is at UNAVAILABLE state`,
            data: { where: 'broken', detail: 'Internal: RuntimeError: the weights are not here' },
          })
        if (input.model === 'strings') replace('strings', loadedStrings)
        if (input.config) overrides = { ...overrides, [input.model]: input.config }
      }),
      unload: os.servers.unload.handler(({ input }) => {
        const model = models.find(each => each.name === input.model)
        if (model) replace(model.name, { ...model, state: 'UNAVAILABLE', reason: 'unloaded', versions: [] })
        const { [input.model]: _, ...others } = overrides
        overrides = others
      }),
      statistics: os.servers.statistics.handler(() => [statistics('image_cls', 10, 120)]),
      metrics: os.servers.metrics.handler(() => metrics(0)),
      watch: os.servers.watch.handler(async function* ({ input, signal }) {
        const restricted = input.target.url.includes('restricted')
        const at = (atMs: number) => {
          const seconds = (atMs - begunMs) / 1000 + PAST_SECONDS
          if (restricted) return { atMs, missing: [{ what: 'statistics', why: 'This API is restricted' }] }
          const busy = (name: string) => (name === 'image_cls' ? 120 : name === 'delay' ? 14 : 0)
          const ready = models.filter(each => each.state === 'READY')
          return {
            atMs,
            statistics: ready.map(({ name }) => statistics(name, seconds, busy(name))),
            metrics: metrics(seconds),
            missing: [],
          }
        }
        // Its own clock: on a busy machine the readings are late, not their times.
        let atMs = Date.now() - PAST_SECONDS * 1000
        for (; atMs <= Date.now(); atMs += 1000) yield at(atMs)
        for (; signal?.aborted !== true; atMs += 1000) {
          yield at(atMs)
          await pause(1000, signal)
        }
      }),
      infer: os.servers.infer.handler(async ({ input: { request }, errors }) => {
        await pause(40)
        const model = models.find(each => each.name === request.model)
        const shape = request.inputs[0]?.shape
        if (!model) throw errors.NOT_FOUND({ message: `No model ${request.model}`, data: {} })
        if (shape && shape.length !== model.inputs[0]?.shape.length)
          throw errors.SERVER_REFUSED({
            message: `[request id: <id_unknown>] unexpected shape for input '${request.inputs[0]?.name}' for model '${model.name}'. Expected [-1,3,224,224], got [${shape}]`,
            data: { where: model.name, hint: 'Give the whole shape, batch in front.' },
          })
        return answerOf(model, request.top)
      }),
      traceSettings: os.servers.traceSettings.handler(() => ({ trace_level: ['OFF'] })),
      logSettings: os.servers.logSettings.handler(() => ({ log_info: true })),
      sharedMemory: os.servers.sharedMemory.handler(() => []),
    },
    repository: {
      parseConfig: os.repository.parseConfig.handler(({ input }) => parsed(input.text)),
      writeConfig: os.repository.writeConfig.handler(({ input }) => {
        const text = input.text === undefined ? printConfig(input.config) : editConfig(input.text, input.config)
        return { text, problems: parsed(text).problems }
      }),
      draft: os.repository.draft.handler(({ input }) => {
        const text = configTextOf(input.name)
        return { config: parsed(text).config ?? {}, text, problems: [] }
      }),
      list: os.repository.list.handler(({ input, errors }) => {
        if (input.path.includes('gone'))
          throw errors.FILE_NOT_FOUND({ message: 'There is no such folder.', data: { where: input.path } })
        return { models: [...texts.keys()].toSorted().map(listed), problems: [] }
      }),
      add: os.repository.add.handler(({ input, errors }) => {
        const { name } = input.model
        if (texts.has(name) && !input.overwrite)
          throw errors.FILE_EXISTS({
            message: `The repository has a model ${name}.`,
            data: { where: `/models/${name}` },
          })
        texts.set(name, input.text ?? configTextOf(name))
        return { model: listed(name), written: [`/models/${name}/config.pbtxt`, `/models/${name}/1/model.onnx`] }
      }),
      saveConfig: os.repository.saveConfig.handler(({ input }) => {
        texts.set(input.name, input.text)
        return listed(input.name)
      }),
      startCommand: os.repository.startCommand.handler(({ input, errors }) => {
        if (input.how === 'docker')
          throw errors.TOOL_MISSING({
            message: 'docker is not installed.',
            data: { hint: 'Install Docker, or start a local tritonserver.' },
          })
        return { command: startedServer().command }
      }),
      start: os.repository.start.handler(() => {
        stopped = Promise.withResolvers()
        started = startedServer()
        return started
      }),
      servers: os.repository.servers.handler(() => []),
      watch: os.repository.watch.handler(async function* ({ signal }): AsyncGenerator<StartedServerEvent, void, void> {
        yield { type: 'status', server: started }
        for (const text of ['I1121 server.cc:674] image_cls | 1 | READY', 'Started HTTPService at 127.0.0.1:40101']) {
          await pause(PACE_MS, signal)
          yield { type: 'log', line: { atMs: Date.now() - begunMs, stream: 'stderr', text } }
        }
        started = startedServer({ status: 'ready' })
        yield { type: 'status', server: started }
        await Promise.race([stopped.promise, new Promise(resolve => signal?.addEventListener('abort', resolve))])
        started = startedServer({ status: 'ended' })
        yield { type: 'status', server: started }
      }),
      stop: os.repository.stop.handler(() => stopped.resolve()),
    },
  }
}
