import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of the layout inside a folder, beside the index's own version; a change makes every folder stale. */
const LAYOUT_VERSION = 1

/** An unfinished folder whose maker died is removed after this time. */
const ABANDONED_MS = 24 * 3600 * 1000

/** Files of a folder besides the sections of its index. */
export const FILES = {
  /** What the import said (`Imported` without the coarse levels), and where they are. */
  result: 'result.json',
  coarse: 'coarse.bin',
  /** The text of a compressed source (`workers/trace-text.ts`). */
  text: 'text.zst',
  /** What nsys made of its own report. */
  export: 'export.sqlite',
} as const

/**
 * Indexes of traces on disk, a folder each, named by what the source holds. One is made under a temporary name and
 * renamed when it is whole; several programs may share the cache.
 */
export class CacheFolder {
  readonly #root: string
  readonly #version: string

  constructor(root: string, indexVersion: number) {
    this.#root = root
    this.#version = `v${LAYOUT_VERSION}.${indexVersion}`
  }

  /** The finished index of a source; `partial`: of an import that was cancelled. */
  find(sha256: string, { partial = false } = {}): string | undefined {
    const folder = this.#place(sha256, partial)
    return existsSync(join(folder, FILES.result)) ? folder : undefined
  }

  /** A new empty folder to make an index in. */
  begin(): string {
    const folder = join(this.#root, `unfinished-${process.pid}-${randomUUID().slice(0, 8)}`)
    mkdirSync(folder, { recursive: true })
    return folder
  }

  /** Gives a finished folder its name. Where another program was faster, its folder stays and ours goes. */
  keep(unfinished: string, sha256: string, { partial = false } = {}): string {
    const place = this.#place(sha256, partial)
    if (partial) rmSync(place, { recursive: true, force: true })
    if (this.find(sha256, { partial }) !== undefined) {
      rmSync(unfinished, { recursive: true, force: true })
      return place
    }
    rmSync(place, { recursive: true, force: true }) // of an older, half-deleted one
    renameSync(unfinished, place)
    return place
  }

  discard(unfinished: string): void {
    rmSync(unfinished, { recursive: true, force: true })
  }

  /** Marks a folder as in use by this process and as used now; call the result to end it. */
  use(folder: string): () => void {
    const mark = join(folder, `in-use-${process.pid}-${randomUUID().slice(0, 8)}`)
    writeFileSync(mark, '')
    const now = new Date()
    utimesSync(folder, now, now)
    return () => rmSync(mark, { force: true })
  }

  /**
   * Removes what was used longest ago until the cache is within its limit, never what a living process uses, and what
   * other versions or dead makers left.
   * @returns bytes freed
   */
  shrink(limitBytes: number): number {
    const entries = this.#entries()
    let freed = 0
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const { path, bytes, stale, inUse } of entries.toSorted((a, b) => a.usedMs - b.usedMs)) {
      if (inUse || (!stale && total <= limitBytes)) continue
      rmSync(path, { recursive: true, force: true })
      total -= bytes
      freed += bytes
    }
    return freed
  }

  #place(sha256: string, partial: boolean): string {
    return join(this.#root, `${sha256}-${this.#version}${partial ? '-partial' : ''}`)
  }

  #entries() {
    if (!existsSync(this.#root)) return []
    return readdirSync(this.#root, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .flatMap(({ name }) => {
        const path = join(this.#root, name)
        const files = namesIn(path)
        const usedMs = modifiedMs(path)
        if (usedMs === undefined) return []
        const isUnfinished = name.startsWith('unfinished-')
        const isOurs = new RegExp(`^[0-9a-f]{64}-${this.#version.replaceAll('.', '\\.')}(-partial)?$`).test(name)
        const isAbandoned = isUnfinished && (!isAlive(name) || usedMs < Date.now() - ABANDONED_MS)
        return [
          {
            path,
            usedMs,
            bytes: files.reduce((sum, file) => sum + sizeOf(join(path, file)), 0),
            stale: isUnfinished ? isAbandoned : !isOurs && /^[0-9a-f]{64}-v/.test(name),
            inUse: (isUnfinished && !isAbandoned) || files.some(file => file.startsWith('in-use-') && isAlive(file)),
          },
        ]
      })
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // another program removed it meanwhile
  }
}

function modifiedMs(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Whether the process in a name as `in-use-123-…` lives. */
function isAlive(name: string): boolean {
  const pid = Number(/-(\d+)-[0-9a-f]+$/.exec(name)?.[1])
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM' // alive, another user's
  }
}
