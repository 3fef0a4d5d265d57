import { randomBytes } from 'node:crypto'
import { constants, type FileHandle, open, readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBytes } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'

/** Where POSIX shared memory lies as files on Linux: `shm_open("/x")` opens /dev/shm/x. */
const FOLDER = '/dev/shm'
/** Fills a segment piece by piece, so that a full /dev/shm is an error here and not SIGBUS in the server. */
const ZEROS = new Uint8Array(2 ** 20)
/** batchscope-PID-NONCE-N. */
const NAME = /^batchscope-(\d+)-[0-9a-z]+-\d+$/

/** System shared memory a server can map. `name` is also the region's name at the server, `key` its shm_open name. */
export interface Segment {
  readonly name: string
  readonly key: string
  readonly bytes: number
  write(data: Uint8Array, offset?: number): Promise<void>
  /** @throws EngineError INTERNAL outside the segment */
  read(offset: number, bytes: number): Promise<Uint8Array>
  /** Takes it out of /dev/shm; a server that mapped it keeps it until it unregisters. Safe to call twice. */
  remove(): Promise<void>
}

/** The part of a client that forgets regions at its server. */
export interface RegionKeeper {
  sharedMemory(signal?: AbortSignal): Promise<{ name: string; kind: 'system' | 'cuda' }[]>
  unregisterSystemRegion(name: string, signal?: AbortSignal): Promise<void>
}

const nonce = randomBytes(4).toString('hex')
let made = 0

/**
 * A zero-filled segment of this process.
 * @param mode file permissions; 0o666 lets a server of another user map it
 * @throws EngineError SERVER_REFUSED where there is no /dev/shm, DISK_FULL where it has no room
 */
export async function createSegment(bytes: number, { mode = 0o600, folder = FOLDER } = {}): Promise<Segment> {
  const name = `batchscope-${process.pid}-${nonce}-${made++}`
  const path = join(folder, name)
  const handle = await openNew(path, mode)
  try {
    for (let at = 0; at < bytes; ) {
      at += (await handle.write(ZEROS, 0, Math.min(ZEROS.length, bytes - at), at)).bytesWritten
    }
    // The umask took rights away that the caller asked for.
    if (mode !== 0o600) await handle.chmod(mode)
  } catch (thrown) {
    await handle.close()
    await unlink(path)
    throw roomError(thrown, path, bytes)
  }
  let isOpen = true
  const check = (offset: number, length: number) => {
    if (!isOpen || offset < 0 || offset + length > bytes)
      throw new EngineError('INTERNAL', `${length} bytes at ${offset} lie outside ${name} (${bytes} bytes)`)
  }
  return {
    name,
    key: `/${name}`,
    bytes,
    async write(data, offset = 0) {
      check(offset, data.length)
      for (let done = 0; done < data.length; ) {
        done += (await handle.write(data, done, data.length - done, offset + done)).bytesWritten
      }
    },
    async read(offset, length) {
      check(offset, length)
      const result = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        const { bytesRead } = await handle.read(result, done, length - done, offset + done)
        if (bytesRead === 0) throw new EngineError('INTERNAL', `${name} got shorter while it was used`)
        done += bytesRead
      }
      return result
    },
    async remove() {
      if (!isOpen) return
      isOpen = false
      await handle.close()
      await removeIfThere(path)
    },
  }
}

/**
 * Removes segments that processes left behind which died without a word, and the regions they had registered.
 * @param keeper the server about to be used; its regions of gone processes are unregistered   @returns names removed
 */
export async function sweepStale(
  keeper?: RegionKeeper,
  { folder = FOLDER, signal }: { folder?: string; signal?: AbortSignal } = {},
): Promise<string[]> {
  const removed = new Set<string>()
  for (const name of await listed(folder)) {
    if (!(await isStale(name))) continue
    await removeIfThere(join(folder, name))
    removed.add(name)
  }
  for (const { name, kind } of (await keeper?.sharedMemory(signal)) ?? []) {
    if (kind !== 'system' || !(await isStale(name))) continue
    await keeper?.unregisterSystemRegion(name, signal)
    removed.add(name)
  }
  return [...removed].sort()
}

/** Ours, and its process is gone. A zombie is gone: its files are nobody's. */
async function isStale(name: string): Promise<boolean> {
  const pid = Number(NAME.exec(name)?.[1])
  if (!Number.isSafeInteger(pid) || pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    return codeOf(thrown) === 'ESRCH'
  }
  return isZombie(pid)
}

async function isZombie(pid: number): Promise<boolean> {
  try {
    return /^State:\s*Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8'))
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ESRCH') return true
    throw thrown
  }
}

async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return []
    throw thrown
  }
}

async function openNew(path: string, mode: number): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  try {
    return await open(path, flags, mode)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw roomError(thrown, path, 0)
    throw new EngineError('SERVER_REFUSED', 'This system has no shared memory as files', {
      where: FOLDER,
      hint: 'Send tensors over the network: shared memory none.',
    })
  }
}

function roomError(thrown: unknown, path: string, bytes: number): unknown {
  if (codeOf(thrown) !== 'ENOSPC') return thrown
  return new EngineError(
    'DISK_FULL',
    `No room for ${formatBytes(bytes)} of shared memory`,
    { where: path, hint: 'Use a smaller batch or less concurrency, or enlarge /dev/shm (docker: --shm-size).' },
    { cause: thrown },
  )
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown
  }
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined
}
