import { EngineError } from '#domain/errors.ts'
import type { MetricSample, ServerTarget } from '#domain/server.ts'
import type { SweepSpec } from '#domain/sweep-spec.ts'
import { parseAddress, withoutCredentials } from '../../triton/address.ts'
import type { TritonClient } from '../../triton/control/client.ts'
import { connectServer, isThisMachine } from '../../triton/control/connect.ts'
import { askOneModel, withKnownModels } from '../../triton/control/list-models.ts'
import { readMetrics } from '../../triton/control/metrics.ts'
import { openClient } from '../../triton/control/open-client.ts'
import { sweepStale } from '../../triton/shared-memory/segments.ts'
import type { SweepDoor, SweepWorld } from './world.ts'

/** What a running sweep asks of its server beside the load. */
export interface SweepServer {
  metrics(signal: AbortSignal): Promise<MetricSample[]>
  /** Shared memory of processes that are gone: out of /dev/shm, and forgotten by the server where it answers in time. */
  removeStale(): Promise<string[]>
  /** Whether that door answers that it is ready. */
  isReady(url: string): Promise<boolean>
  close(): void
}

/** Cleaning up must not keep a cancelled run from ending. */
const CLEAN_UP_MS = 700
const READY_MS = 2000

/** Asks who is there and what the model takes. @throws EngineError SERVER_UNREACHABLE, NOT_FOUND naming the models, … */
export async function askServer(spec: SweepSpec, signal?: AbortSignal): Promise<Omit<SweepWorld, 'intervalsUs'>> {
  const doors = spec.urls.map(doorOf)
  const client = openClient(targetOf(spec, spec.urls[0] ?? ''))
  try {
    const options = { signal }
    const server = await connectServer(client, spec.connection, options)
    const { model } = await withKnownModels(client, options, askOneModel(client, spec.model, spec.version, options))
    for (const url of spec.urls.slice(1)) await knock(targetOf(spec, url), signal)
    return { doors, server, model }
  } finally {
    client.close()
  }
}

export function openSweepServer(spec: SweepSpec): SweepServer {
  const client = openClient(targetOf(spec, spec.urls[0] ?? ''))
  return {
    metrics: signal => readMetrics(client.address, spec.connection, { signal }),
    removeStale: () => removeStale(client),
    async isReady(url) {
      const target = targetOf(spec, spec.urls.find(one => withoutCredentials(one) === url) ?? url)
      const door = openClient(target)
      try {
        return await door.modelReady({ name: spec.model, version: spec.version }, { timeoutMs: READY_MS })
      } catch (thrown) {
        if (thrown instanceof EngineError) return false
        throw thrown
      } finally {
        door.close()
      }
    },
    close: () => client.close(),
  }
}

async function removeStale(client: TritonClient): Promise<string[]> {
  const options = { timeoutMs: CLEAN_UP_MS }
  const local = await sweepStale()
  try {
    const regions = await sweepStale({
      sharedMemory: () => client.sharedRegions('system', options),
      unregisterSystemRegion: name => client.unregisterRegion('system', name, options),
    })
    return [...new Set([...local, ...regions])]
  } catch (thrown) {
    // A server that is gone or has shared memory closed has no regions of ours to forget.
    if (thrown instanceof EngineError) return local
    throw thrown
  }
}

/** A further door of the same server: is it one, and does it speak what the address says? */
async function knock(target: ServerTarget, signal: AbortSignal | undefined): Promise<void> {
  const client = openClient(target)
  try {
    await client.metadata({ signal })
  } finally {
    client.close()
  }
}

function doorOf(text: string): SweepDoor {
  const address = parseAddress(text)
  const { protocol, host } = address
  return { url: withoutCredentials(text), protocol, address, local: isThisMachine(host) }
}

function targetOf({ connection }: SweepSpec, url: string): ServerTarget {
  return { url, connection }
}
