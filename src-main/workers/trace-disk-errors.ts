import { EngineError } from '#domain/errors.ts'

/** What the file system said while an index was written, in our words; anything else as it is. */
export function asDiskError(thrown: unknown, folder: string): unknown {
  if (thrown instanceof EngineError || !(thrown instanceof Error) || !('code' in thrown)) return thrown
  const data = { where: folder, detail: thrown.message }
  if (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT') {
    return new EngineError(
      'DISK_FULL',
      'The disk is full: the index of the trace was not written',
      { ...data, hint: 'Free some space: an index takes about a third of the trace.' },
      { cause: thrown },
    )
  }
  if (['EACCES', 'EPERM', 'EROFS', 'EIO'].includes(String(thrown.code))) {
    return new EngineError('FILE_UNWRITABLE', 'The index of the trace cannot be written', data, { cause: thrown })
  }
  return thrown
}
