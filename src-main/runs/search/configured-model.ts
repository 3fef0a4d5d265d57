import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { EngineError } from '#domain/errors.ts'
import { withoutCredentials } from '../../triton/address.ts'
import type { TritonClient } from '../../triton/control/client.ts'
import type { ChangedModel, ChangedModels } from '../../user-data/changed-models.ts'

/** A model on a server whose configuration is changed for a while. Errors: those of TritonClient. */
export interface ConfiguredModel {
  /** As the server had it before. */
  readonly original: Record<string, unknown>
  /** What a search that was killed had noted of it; the model was then read from its file again. */
  readonly left: ChangedModel | undefined
  /** Whether it may have another one now. */
  readonly isChanged: boolean
  apply(config: Record<string, unknown>, signal: AbortSignal): Promise<void>
  /** Back to the original, whatever happened before. @returns what had to be done */
  restore(): Promise<'unchanged' | 'reloaded' | 'overridden'>
}

/** Loading starts instances: seconds for a Python model, minutes for a large engine. */
const LOAD_MS = 600_000
const POLL_MS = 200
const UNLOAD_MS = 30_000

/** @param changed where the original is kept while it is not on the server, for the case that this process is killed */
export async function configuredModel(
  client: TritonClient,
  { url, name, changed }: { url: string; name: string; changed: ChangedModels },
  signal: AbortSignal,
): Promise<ConfiguredModel> {
  const door = withoutCredentials(url)
  const left = changed.find(door, name)?.entry
  if (left !== undefined) {
    await reload(client, name)
    changed.forget(door, name)
  }
  const original = await client.modelConfig({ name }, { signal })
  let isChanged = false
  return {
    original,
    left,
    get isChanged() {
      return isChanged
    },
    async apply(config, signal) {
      changed.keep({ url: door, model: name, config: original })
      isChanged = true
      await client.loadModel(name, config, { timeoutMs: LOAD_MS, signal })
    },
    async restore() {
      if (!isChanged) return 'unchanged'
      const how = await giveBack(client, name, original)
      changed.forget(door, name)
      return how
    },
  }
}

/** The server tells the entries of a map in another order each time. */
export function isSameConfig(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b)
}

async function giveBack(
  client: TritonClient,
  name: string,
  original: Record<string, unknown>,
): Promise<'reloaded' | 'overridden'> {
  await reload(client, name)
  const now = await client.modelConfig({ name })
  if (isSameConfig(now, original)) return 'reloaded'
  // It ran with an override before the search, too.
  await client.loadModel(name, original, { timeoutMs: LOAD_MS })
  return 'overridden'
}

/** A plain load keeps an override (facts of 2.51): only unload and load read the repository's file again. */
async function reload(client: TritonClient, name: string): Promise<void> {
  await client.unloadModel(name, false, { timeoutMs: UNLOAD_MS })
  await unloaded(client, name)
  await client.loadModel(name, undefined, { timeoutMs: LOAD_MS })
}

async function unloaded(client: TritonClient, name: string): Promise<void> {
  const end = performance.now() + UNLOAD_MS
  while (performance.now() < end) {
    const index = await client.repositoryIndex()
    if (!index.some(model => model.name === name && (model.state === 'UNLOADING' || model.state === 'READY'))) return
    await sleep(POLL_MS)
  }
  throw new EngineError('TIMEOUT', `${name} did not unload within ${UNLOAD_MS / 1000} s`, {
    where: name,
    hint: `Requests may still run. Unload and load it yourself: batchscope server URL --unload ${name}`,
  })
}
