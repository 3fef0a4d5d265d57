import { Worker } from 'node:worker_threads'
import { EngineError } from '#domain/errors.ts'
import { fileHash } from './file-hash-thread.ts'

/** Below this a thread costs more than it saves. */
const THREAD_FROM_BYTES = 8 * 2 ** 20

/**
 * SHA-256 of a file, in hexadecimal. A large one is hashed in a thread of its own that reads it by itself: it runs
 * ahead of whoever parses the same file (1.8 GB/s against some 150 MB/s) and leaves its pages in memory for it.
 * @throws EngineError FILE_UNREADABLE, CANCELLED
 */
export function hashFile(path: string, bytes: number, signal?: AbortSignal): Promise<string> {
  if (bytes < THREAD_FROM_BYTES) return Promise.resolve().then(() => fileHash(path))
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  const thread = new Worker(new URL(`file-hash-thread${extension}`, import.meta.url), { workerData: { hash: path } })
  const cancel = () => reject(new EngineError('CANCELLED', 'Cancelled'))
  signal?.addEventListener('abort', cancel, { once: true })
  thread.once('message', (hash: unknown) => resolve(String(hash)))
  thread.once('error', cause =>
    reject(
      cause instanceof Error && 'syscall' in cause
        ? new EngineError('FILE_UNREADABLE', 'Reading the trace failed', { where: path, detail: cause.message })
        : cause,
    ),
  )
  return promise.finally(() => {
    signal?.removeEventListener('abort', cancel)
    void thread.terminate()
  })
}
