import { EngineError } from '#domain/errors.ts'
import type { Ability, ServerModel } from '#domain/server.ts'
import type { CallOptions, ModelIndex, TritonClient } from './client.ts'
import { describeModel } from './describe-model.ts'

/** Models asked at a time: a server with hundreds is not flooded. */
const AT_ONCE = 8

/**
 * Every model the server admits to, described. The repository index tells them; PyTriton loads its models past the
 * repository and answers `[]`, so there the statistics name them; where both are closed the list is empty.
 */
export async function listModels(
  client: TritonClient,
  options: CallOptions,
): Promise<{ models: ServerModel[]; repository: Ability }> {
  const { names, repository } = await nameModels(client, options)
  const entries = [...names]
  const models: ServerModel[] = []
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const some = entries.slice(at, at + AT_ONCE)
    models.push(...(await Promise.all(some.map(([name, lines]) => askModel(client, name, lines, options)))))
  }
  return { models, repository }
}

/** One model with its configuration. @throws EngineError NOT_FOUND naming the models there are */
export async function askOneModel(
  client: TritonClient,
  name: string,
  version: string | undefined,
  options: CallOptions,
): Promise<{ model: ServerModel; config?: Record<string, unknown> }> {
  const lines = (await nameModels(client, options)).names.get(name)
  // One that is not loaded has no metadata; what the index says of it is still an answer.
  if (lines !== undefined && !lines.some(line => line.state === 'READY' || line.state === undefined)) {
    if (lines.length > 0) return { model: describeModel(name, lines) }
  }
  const model = { name, version }
  const metadata = await client.modelMetadata(model, options)
  const config = await unlessRefused(client.modelConfig(model, options))
  const described = describeModel(name, lines ?? [], metadata, config)
  return { model: version === undefined ? described : { ...described, version }, ...(config && { config }) }
}

/** Adds the models there are to an error about one that is not. */
export async function withKnownModels<T>(client: TritonClient, options: CallOptions, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.code !== 'NOT_FOUND') throw thrown
    const names = (await unlessRefused(nameModels(client, options)))?.names
    if (names === undefined || names.size === 0) throw thrown
    const ready = [...names].filter(([, lines]) => lines.length === 0 || lines.some(line => line.state === 'READY'))
    const list = ready.map(([name]) => name).slice(0, 30)
    const hint = list.length === 0 ? 'No model of this server is ready.' : `Ready there: ${list.join(', ')}.`
    throw new EngineError(
      'NOT_FOUND',
      thrown.message,
      { ...thrown.data, hint: thrown.data.hint === undefined ? hint : `${thrown.data.hint} ${hint}` },
      { cause: thrown },
    )
  }
}

async function nameModels(
  client: TritonClient,
  options: CallOptions,
): Promise<{ names: Map<string, ModelIndex[]>; repository: Ability }> {
  let repository: Ability = { has: true }
  try {
    const index = await client.repositoryIndex(options)
    if (index.length > 0) return { names: Map.groupBy(index, line => line.name), repository }
    repository = {
      has: false,
      why: 'The server lists no models in a repository: PyTriton loads its own past it',
      hint: 'The models below come from its statistics.',
    }
  } catch (thrown) {
    repository = closed(thrown)
  }
  const statistics = await unlessRefused(client.statistics(undefined, options))
  if (statistics === undefined) {
    const why = `${repository.why ?? 'The repository is closed'}; its statistics are closed too`
    repository = { has: false, why, hint: `${repository.hint ?? ''} Or type the name of the model.`.trim() }
  }
  return { names: new Map((statistics ?? []).map(({ name }) => [name, []])), repository }
}

async function askModel(
  client: TritonClient,
  name: string,
  lines: readonly ModelIndex[],
  options: CallOptions,
): Promise<ServerModel> {
  if (lines.length > 0 && !lines.some(line => line.state === 'READY')) return describeModel(name, lines)
  const [metadata, config] = await Promise.all([
    unlessRefused(client.modelMetadata({ name }, options)),
    unlessRefused(client.modelConfig({ name }, options)),
  ])
  return describeModel(name, lines, metadata, config)
}

/** A server's no as an ability that is missing; a broken line is no answer and goes on up. */
export function closed(thrown: unknown): Ability {
  if (!isRefusal(thrown)) throw thrown
  const { message, data } = thrown
  return { has: false, why: message, ...(data.hint === undefined ? {} : { hint: data.hint }) }
}

async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (thrown) {
    if (isRefusal(thrown)) return undefined
    throw thrown
  }
}

/** The server is there and says no; anything else is its going away. */
function isRefusal(thrown: unknown): thrown is EngineError {
  if (!(thrown instanceof EngineError)) return false
  return ['ACCESS_DENIED', 'SERVER_REFUSED', 'NOT_FOUND', 'DATA_INVALID'].includes(thrown.code)
}
