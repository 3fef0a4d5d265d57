import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '#domain/errors.ts'
import type { TritonClient } from '../../triton/control/client.ts'

/** A model on a server whose configuration is changed for a while. Errors: those of TritonClient. */
export interface ConfiguredModel {
  /** As the server had it before. */
  readonly original: Record<string, unknown>
  apply(config: Record<string, unknown>, signal: AbortSignal): Promise<void>
  /** Back to the original, whatever happened before. @returns what had to be done */
  restore(): Promise<'unchanged' | 'reloaded' | 'overridden'>
}

/** Loading starts instances: seconds for a Python model, minutes for a large engine. */
const LOAD_MS = 600_000
const POLL_MS = 200
const UNLOAD_MS = 30_000

export async function configuredModel(
  client: TritonClient,
  name: string,
  signal: AbortSignal,
): Promise<ConfiguredModel> {
  const original = await client.modelConfig({ name }, { signal })
  let isChanged = false
  return {
    original,
    async apply(config, signal) {
      isChanged = true
      await client.loadModel(name, config, { timeoutMs: LOAD_MS, signal })
    },
    async restore() {
      if (!isChanged) return 'unchanged'
      // A plain load keeps an override (facts of 2.51): only unload and load read the repository's file again.
      await client.unloadModel(name, false, { timeoutMs: UNLOAD_MS })
      await unloaded(client, name)
      await client.loadModel(name, undefined, { timeoutMs: LOAD_MS })
      const now = await client.modelConfig({ name })
      if (JSON.stringify(now) === JSON.stringify(original)) return 'reloaded'
      // It ran with an override before the search, too.
      await client.loadModel(name, original, { timeoutMs: LOAD_MS })
      return 'overridden'
    },
  }
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
