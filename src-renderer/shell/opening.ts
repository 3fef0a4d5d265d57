import { host } from '../host/index.ts'
import type { UploadProgress } from '../host/page-host.ts'
import { app } from './app-state.svelte.ts'
import { router } from './router.svelte.ts'

/** A session is opened, anything else is a model for a new benchmark. @throws what the engine throws */
export async function openPath(path: string): Promise<void> {
  if (!path.toLowerCase().endsWith('.bscope')) return router.go('/new', {}, { model: path })
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
