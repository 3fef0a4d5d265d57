import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { TraceFacts } from '#domain/trace-facts.ts'
import { traceFacts } from '../traces/facts.ts'
import { openIndex } from '../traces/open-index.ts'
import { CACHE_WHILE_MADE, IndexFiles } from './index-files.ts'

/** Of a finished index in a folder, in a thread of its own, beside the figures: each walks over every slice. */
export function factsInThread(folder: string): Promise<TraceFacts> {
  const { promise, resolve, reject } = Promise.withResolvers<TraceFacts>()
  const thread = new Worker(new URL(import.meta.url), { workerData: { factsOf: folder } })
  thread.once('message', facts => {
    const parsed = TraceFacts.safeParse(facts)
    if (parsed.success) resolve(parsed.data)
    else reject(parsed.error)
  })
  thread.once('error', reject)
  thread.once('exit', code => reject(new Error(`the thread for facts ended with ${code}`)))
  return promise
}

if (!isMainThread) {
  const task = z.object({ factsOf: z.string() }).safeParse(workerData)
  if (task.success) {
    const storage = new IndexFiles(task.data.factsOf, CACHE_WHILE_MADE)
    parentPort?.postMessage(traceFacts(openIndex(storage)))
    storage.close()
  }
}
