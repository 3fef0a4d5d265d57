import { engine } from '../engine.ts'
import { host, RESULTS_FILTER, TRACE_FILTER } from '../host/index.ts'
import type { UploadProgress } from '../host/page-host.ts'
import { app } from './app-state.svelte.ts'
import { router } from './router.svelte.ts'
import { asTraces } from './trace-files.ts'

const IMPORTED = [...RESULTS_FILTER.extensions, ...TRACE_FILTER.extensions]

/** A session is opened, a trace is imported, results are shown before their import, anything else is a model to measure. @throws what the engine throws */
export async function openPath(path: string): Promise<void> {
  await openPaths([path])
}

/** Several traces are imported together, a run each; of other files the first counts. */
async function openPaths(paths: readonly string[]): Promise<void> {
  const [path] = paths
  if (path === undefined) return
  const extension = path.toLowerCase().match(/\.([^./\\]+)$/)?.[1] ?? ''
  if (IMPORTED.includes(extension)) {
    if (!(await importTraces(paths))) router.go('/import', {}, { path })
    return
  }
  if (extension !== 'bscope') return router.go('/new', {}, { model: path })
  await app.openSession(path)
  router.go('/session')
}

async function importTraces(paths: readonly string[]): Promise<boolean> {
  const traces = await asTraces(paths, engine.runs)
  if (traces === undefined) return false
  const { sessionId } = (await app.writableSession(traces.name)).info
  const runIds: string[] = []
  for (const spec of traces.specs) runIds.push((await engine.runs.start({ sessionId, kind: 'import', spec })).runId)
  const [runId] = runIds
  if (runId !== undefined) router.go('/run/:runId', { runId })
  return true
}

/** Dropped on the window outside of any page's own drop zone. */
export async function openFiles(
  files: readonly File[],
  options: { onProgress?: (progress: UploadProgress) => void; signal?: AbortSignal } = {},
): Promise<void> {
  await openPaths(await host.droppedPaths(files, options))
}
