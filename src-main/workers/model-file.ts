import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { EngineError } from '#domain/errors.ts'

const CHUNK_BYTES = 1 << 20

/**
 * Refuses a model file that is not the one the run was planned with.
 *
 * The whole file is hashed, once a process: about 0.8 ms a MiB here (2 vCPUs), far less than loading it takes, and
 * it leaves the file in the page cache, so that `sessionCreateMs` compares from point to point.
 * @throws EngineError MODEL_CHANGED, FILE_NOT_FOUND, FILE_UNREADABLE
 */
export function checkModelFile(path: string, sha256: string): void {
  const found = sha256OfFile(path)
  if (found === sha256) return
  throw new EngineError('MODEL_CHANGED', 'The model file is not what it was when this run began', {
    where: path,
    hint: 'Start the benchmark again with the file as it is now.',
    detail: `SHA-256 was ${sha256}, is ${found}`,
  })
}

function sha256OfFile(path: string): string {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  try {
    const file = openSync(path, 'r')
    try {
      for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
        hash.update(length === CHUNK_BYTES ? chunk : chunk.subarray(0, length))
      }
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const message = missing ? 'There is no such model file' : 'The model file cannot be read'
    throw new EngineError(missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE', message, { where: path }, { cause })
  }
  return hash.digest('hex')
}
