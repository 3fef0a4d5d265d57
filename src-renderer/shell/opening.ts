import { host, RESULTS_FILTER } from '../host/index.ts'
import type { UploadProgress } from '../host/page-host.ts'
import { app } from './app-state.svelte.ts'
import { router } from './router.svelte.ts'

/** A session is opened, results are imported, anything else is a model to measure. @throws what the engine throws */
export async function openPath(path: string): Promise<void> {
  const extension = path.toLowerCase().match(/\.([^./\\]+)$/)?.[1] ?? ''
  if (RESULTS_FILTER.extensions.includes(extension)) return router.go('/import', {}, { path })
  if (extension !== 'bscope') return router.go('/new', {}, { model: path })
  await app.openSession(path)
  router.go('/session')
}

/** Dropped on the window outside of any page's own drop zone: the first file counts. */
export async function openFiles(
  files: readonly File[],
  options: { onProgress?: (progress: UploadProgress) => void; signal?: AbortSignal } = {},
): Promise<void> {
  const [path] = await host.droppedPaths(files.slice(0, 1), options)
  if (path !== undefined) await openPath(path)
}
