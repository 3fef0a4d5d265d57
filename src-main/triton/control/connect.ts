import { networkInterfaces } from 'node:os'
import { performance } from 'node:perf_hooks'
import { EngineError } from '#domain/errors.ts'
import type { Ability, MetricSample, ServerConnection, ServerInfo } from '#domain/server.ts'
import { createSegment } from '../shared-memory/segments.ts'
import type { CallOptions, TritonClient } from './client.ts'
import { closed, listModels } from './list-models.ts'
import { readMetrics } from './metrics.ts'

const ROUND_TRIPS = 3
/** No model is called so: what a server says about unloading it tells whether it would unload any. */
const NO_MODEL = 'batchscope-no-such-model'

/**
 * Who is there and what may be done. Each part that is closed says why and how to open it; only a server that cannot be
 * reached, or is none, is an error.
 * @throws EngineError SERVER_UNREACHABLE, SERVER_PROTOCOL, TIMEOUT, CANCELLED, ACCESS_DENIED (not even its name is told)
 */
export async function connectServer(
  client: TritonClient,
  connection: ServerConnection,
  options: CallOptions,
): Promise<ServerInfo> {
  // First alone: a port that speaks something else is said once, not by every call.
  const { name, version, extensions } = await client.metadata(options)
  const roundTripMs = await shortestRoundTrip(client, options)
  const metrics = askMetrics(client, connection, options)
  const has = (extension: string) => extensions.includes(extension)
  const [
    live,
    ready,
    { models, repository },
    statistics,
    systemSharedMemory,
    cudaSharedMemory,
    modelControl,
    trace,
    logging,
  ] = await Promise.all([
    saysYes(client.live(options)),
    saysYes(client.ready(options)),
    listModels(client, options),
    ability(has('statistics'), 'statistics', () => client.statistics(undefined, options)),
    ability(has('system_shared_memory'), 'system shared memory', () => trySharedMemory(client, options)),
    cudaAbility(has('cuda_shared_memory'), client, metrics, options),
    ability(has('model_repository'), 'model control', () => client.unloadModel(NO_MODEL, false, options)),
    ability(has('trace'), 'tracing', () => client.traceSettings(undefined, undefined, options)),
    ability(has('logging'), 'log settings', () => client.logSettings(undefined, options)),
  ])
  const { address } = client
  const abilities: Record<string, Ability> = {
    statistics,
    metrics: (await metrics).ability,
    systemSharedMemory,
    cudaSharedMemory,
    repository,
    modelControl,
    trace,
    logging,
  }
  return {
    url: address.url,
    protocol: address.protocol,
    name,
    version,
    extensions,
    live,
    ready,
    abilities,
    models,
    roundTripMs,
  }
}

async function shortestRoundTrip(client: TritonClient, options: CallOptions): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < ROUND_TRIPS; i++) {
    const startMs = performance.now()
    await saysYes(client.live(options))
    times.push(performance.now() - startMs)
  }
  return Math.min(...times)
}

/** Health may be restricted: then it is not known, and the server that told its name is taken to live. */
async function saysYes(work: Promise<boolean>): Promise<boolean> {
  try {
    return await work
  } catch (thrown) {
    closed(thrown)
    return true
  }
}

async function ability(isAnnounced: boolean, what: string, work: () => Promise<unknown>): Promise<Ability> {
  if (!isAnnounced) return { has: false, why: `The server has no ${what}`, hint: 'It was built or started without.' }
  try {
    await work()
    return { has: true }
  } catch (thrown) {
    return closed(thrown)
  }
}

async function askMetrics(client: TritonClient, connection: ServerConnection, options: CallOptions) {
  try {
    const samples = await readMetrics(client.address, connection, options)
    return { samples, ability: { has: true } satisfies Ability }
  } catch (thrown) {
    // Its own web server: that it is closed says nothing about the other.
    if (!(thrown instanceof EngineError) || thrown.code === 'CANCELLED') throw thrown
    const { message, data } = thrown
    return { ability: { has: false, why: message, ...(data.hint === undefined ? {} : { hint: data.hint }) } }
  }
}

/** Announced by every server, even where it cannot work: a page of memory is registered and given back. */
async function trySharedMemory(client: TritonClient, options: CallOptions): Promise<void> {
  if (!isThisMachine(client.address.host)) {
    throw new EngineError('SERVER_REFUSED', 'The server is on another machine', {
      hint: 'Shared memory needs a client beside the server.',
    })
  }
  const segment = await createSegment(64)
  try {
    await client.registerSystemRegion({ name: segment.name, key: segment.key, bytes: segment.bytes }, options)
    await client.unregisterRegion('system', segment.name, options)
  } finally {
    await segment.remove()
  }
}

async function cudaAbility(
  isAnnounced: boolean,
  client: TritonClient,
  metrics: Promise<{ samples?: MetricSample[] }>,
  options: CallOptions,
): Promise<Ability> {
  const asked = await ability(isAnnounced, 'CUDA shared memory', () => client.sharedRegions('cuda', options))
  const { samples } = await metrics
  if (!asked.has || samples === undefined || samples.some(({ labels }) => labels.gpu_uuid !== undefined)) return asked
  return { has: false, why: 'The server shows no GPU', hint: 'CUDA shared memory needs a GPU in its metrics.' }
}

/** A loopback name, or an address of one of our network interfaces. */
export function isThisMachine(host: string): boolean {
  if (host === 'localhost' || host.startsWith('127.') || host === '::1') return true
  return Object.values(networkInterfaces()).some(list => list?.some(({ address }) => address === host))
}
