import type { Engine } from '../engine.ts'
import type { UploadProgress } from './page-host.ts'

type Uploads = Pick<Engine['system'], 'uploadBegin' | 'uploadChunk' | 'uploadEnd'>

/** Small enough that progress moves and cancel is quick, large enough that the round trips don't count. */
const CHUNK_BYTES = 1 << 20

/** Sends one file to the engine's machine in order. @returns its path there */
export async function upload(
  file: File,
  system: Uploads,
  { onProgress, signal }: { onProgress?: (progress: UploadProgress) => void; signal?: AbortSignal } = {},
): Promise<string> {
  const totalBytes = file.size
  const options = signal ? { signal } : {}
  const { uploadId } = await system.uploadBegin({ name: file.name, bytes: totalBytes }, options)
  for (let offset = 0; offset < totalBytes; offset += CHUNK_BYTES) {
    signal?.throwIfAborted()
    const data = file.slice(offset, offset + CHUNK_BYTES)
    await system.uploadChunk({ uploadId, offset, data }, options)
    onProgress?.({ fileName: file.name, doneBytes: Math.min(offset + CHUNK_BYTES, totalBytes), totalBytes })
  }
  return (await system.uploadEnd({ uploadId }, options)).path
}
