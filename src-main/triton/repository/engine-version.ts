import { open } from 'node:fs/promises'

/** A TensorRT engine in a version folder. */
export interface EngineFile {
  version: string
  file: string
  /** The TensorRT that built it, `10.5.0.18`; absent where its head does not tell. */
  tensorrt?: string
}

const HEAD_BYTES = 28
const TAG = Buffer.from('ftrt')

/**
 * The TensorRT an engine was built by: bytes 24 to 27 of a plan that begins with "ftrt" and a serialization version of 0.
 * Undefined for anything else. Source: what `trtexec --getPlanVersionOnly` reads, TensorRT 9 and later, plans of 8.6 and later.
 */
export async function engineVersion(path: string): Promise<string | undefined> {
  const file = await open(path).catch(() => undefined) // unreadable: whether it loads is seen by the server
  if (file === undefined) return undefined
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0)
    const isPlan = bytesRead === HEAD_BYTES && head.subarray(0, 4).equals(TAG) && head.readUInt32LE(4) === 0
    return isPlan ? [...head.subarray(24)].join('.') : undefined
  } finally {
    await file.close()
  }
}
