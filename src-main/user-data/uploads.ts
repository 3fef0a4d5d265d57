import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'

const MAX_UPLOAD_BYTES = 16 * 2 ** 30
const MAX_OPEN_UPLOADS = 16
const MAX_NAME_BYTES = 150 // file systems take 255
const KEEP_MS = 30 * 24 * 3600_000 // a model dropped a month ago is not missed; its hash is in the session
const KEEP_PART_MS = 24 * 3600_000 // another server on this machine may still be receiving it

interface Upload {
  name: string
  bytes: number
  received: number
  part: string
  handle: FileHandle
}

/** Files dropped on a page that has no path for them. Each lies in a folder of its own, under its own name. */
export class Uploads {
  readonly folder: string
  readonly #open = new Map<string, Upload>()

  constructor(dataFolder: string) {
    this.folder = join(dataFolder, 'uploads')
  }

  /** @throws EngineError FORBIDDEN when too large or too many at once, DISK_FULL, FILE_UNWRITABLE */
  async begin({ name, bytes }: { name: string; bytes: number }): Promise<{ uploadId: string }> {
    if (bytes > MAX_UPLOAD_BYTES) {
      throw new EngineError(
        'FORBIDDEN',
        `The file is larger than an upload may be (${MAX_UPLOAD_BYTES / 2 ** 30} GiB)`,
        {
          where: name,
          hint: 'Put it into a folder the server may browse and open it from there.',
        },
      )
    }
    if (this.#open.size >= MAX_OPEN_UPLOADS)
      throw new EngineError('FORBIDDEN', `More than ${MAX_OPEN_UPLOADS} uploads at once`)
    const uploadId = randomUUID()
    const part = join(this.folder, `${uploadId}.part`)
    try {
      mkdirSync(this.folder, { recursive: true })
      this.#removeOld()
      this.#open.set(uploadId, { name: safeFileName(name), bytes, received: 0, part, handle: await open(part, 'wx') })
    } catch (cause) {
      throw this.#unwritable(cause)
    }
    return { uploadId }
  }

  /** Chunks come in order. @throws EngineError NOT_FOUND, USAGE for a chunk that does not follow, DISK_FULL */
  async chunk({ uploadId, offset, data }: { uploadId: string; offset: number; data: Blob }): Promise<void> {
    const upload = this.#find(uploadId)
    if (offset !== upload.received || offset + data.size > upload.bytes) {
      await this.#drop(uploadId, upload)
      throw new EngineError(
        'USAGE',
        `The upload is at byte ${upload.received} of ${upload.bytes}; a chunk came for ${offset}`,
        {
          where: upload.name,
          hint: 'Drop the file again.',
        },
      )
    }
    // Claimed before the first wait: a chunk sent twice is out of order, whatever the first one still has to do.
    upload.received += data.size
    try {
      await upload.handle.write(new Uint8Array(await data.arrayBuffer()), 0, data.size, offset)
    } catch (cause) {
      await this.#drop(uploadId, upload)
      throw this.#unwritable(cause)
    }
  }

  /** @returns the file's path on this machine   @throws EngineError NOT_FOUND, DATA_INVALID when bytes are missing */
  async end(uploadId: string): Promise<{ path: string }> {
    const upload = this.#find(uploadId)
    if (upload.received !== upload.bytes) {
      await this.#drop(uploadId, upload)
      throw new EngineError('DATA_INVALID', `The upload ended at byte ${upload.received} of ${upload.bytes}`, {
        where: upload.name,
        hint: 'Drop the file again.',
      })
    }
    this.#open.delete(uploadId)
    await upload.handle.close()
    const path = join(this.folder, uploadId, upload.name)
    await mkdir(join(this.folder, uploadId))
    await rename(upload.part, path)
    return { path }
  }

  #unwritable(cause: unknown): EngineError {
    const full = cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
    return new EngineError(
      full ? 'DISK_FULL' : 'FILE_UNWRITABLE',
      full ? 'No space is left for the upload' : 'The upload cannot be written',
      { where: this.folder, hint: 'Free some space there, or set BATCHSCOPE_DATA_DIR to another folder.' },
      { cause },
    )
  }

  #find(uploadId: string): Upload {
    const upload = this.#open.get(uploadId)
    if (upload === undefined)
      throw new EngineError('NOT_FOUND', 'There is no such upload any more', { hint: 'Drop the file again.' })
    return upload
  }

  async #drop(uploadId: string, upload: Upload): Promise<void> {
    this.#open.delete(uploadId)
    await upload.handle.close()
    await rm(upload.part, { force: true })
  }

  /** Leftovers of broken uploads and files nobody used for long. */
  #removeOld(): void {
    const active = new Set([...this.#open.values()].map(upload => upload.part))
    for (const name of readdirSync(this.folder)) {
      const path = join(this.folder, name)
      const stats = statSync(path, { throwIfNoEntry: false })
      if (stats === undefined) continue // another server was quicker
      const ageMs = Date.now() - stats.mtimeMs
      const limitMs = name.endsWith('.part') ? KEEP_PART_MS : KEEP_MS
      if (ageMs > limitMs && !active.has(path)) rmSync(path, { recursive: true, force: true })
    }
  }
}

/**
 * The last part of a name, without what a path, a terminal or Windows would read into it: never empty, never dots only,
 * short enough for any file system, its ending kept.
 */
export function safeFileName(name: string): string {
  const last = name.toWellFormed().split(/[/\\]/).at(-1) ?? ''
  const plain = last
    .replaceAll(/[:*?"<>|]|\p{Cc}/gu, '_')
    .replace(/[. ]+$/, '')
    .trimStart()
  const safe = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `_${plain}` : plain
  return withinBytes(safe) || 'upload'
}

function withinBytes(name: string): string {
  let kept = ''
  for (const character of [...name].reverse()) {
    if (Buffer.byteLength(character + kept) > MAX_NAME_BYTES) break
    kept = character + kept
  }
  return kept
}
