import { type FileHandle, open, stat } from 'node:fs/promises'
import { EngineError } from '#domain/errors.ts'
import type { ByteSource } from '#formats/define.ts'

/** A file as formats read it. */
export interface FileSource extends ByteSource {
  readonly modifiedMs: number
  close(): Promise<void>
}

/**
 * Opens a regular file for reading; the caller closes it.
 * @throws EngineError FILE_NOT_FOUND, or FILE_UNREADABLE for a folder, a pipe, missing rights or a failing disk
 */
export async function openFileSource(path: string): Promise<FileSource> {
  try {
    // Asked before opening: opening a pipe would wait for its writer.
    const kind = await stat(path)
    if (!kind.isFile()) {
      const what = kind.isDirectory() ? 'a folder' : 'not a regular file'
      throw new EngineError('FILE_UNREADABLE', `${path} is ${what}`, { where: path, hint: 'Choose a file.' })
    }
    const handle = await open(path, 'r')
    const { size, mtimeMs } = await handle.stat()
    return {
      name: path,
      size,
      modifiedMs: mtimeMs,
      close: () => handle.close(),
      read: (offset, length) => readAt(handle, path, offset, Math.min(length, size - offset)),
    }
  } catch (thrown) {
    throw fileError(path, thrown)
  }
}

async function readAt(handle: FileHandle, path: string, offset: number, length: number): Promise<Uint8Array> {
  if (length <= 0) return new Uint8Array(0)
  const buffer = new Uint8Array(length)
  let done = 0
  try {
    while (done < length) {
      const { bytesRead } = await handle.read(buffer, done, length - done, offset + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
  } catch (thrown) {
    throw fileError(path, thrown)
  }
  return buffer.subarray(0, done)
}

/** What the operating system said, in our words. */
function fileError(path: string, thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const cause = { cause: thrown }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new EngineError('FILE_NOT_FOUND', `${path} does not exist`, { where: path, hint: 'Check the path.' }, cause)
  }
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  const hint = code === 'EACCES' || code === 'EPERM' ? 'You may not read it: check its permissions.' : undefined
  return new EngineError(
    'FILE_UNREADABLE',
    `${path} cannot be read`,
    { where: path, detail, ...(hint && { hint }) },
    cause,
  )
}
