import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'

const CHUNK_BYTES = 4 * 2 ** 20

/** SHA-256 of a file in hexadecimal; keeps its thread until it is done. */
export function fileHash(path: string): string {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(CHUNK_BYTES)
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const count = readSync(file, buffer, 0, CHUNK_BYTES, null)
      if (count === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, count))
    }
  } finally {
    closeSync(file)
  }
}

if (!isMainThread) {
  const task = z.object({ hash: z.string() }).safeParse(workerData)
  if (task.success) parentPort?.postMessage(fileHash(task.data.hash))
}
