import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { readJson, writeJson } from '../user-data/json-file.ts'

const KnownFile = z.object({ path: z.string(), bytes: z.int(), modifiedMs: z.number(), sha256: z.string() })
type KnownFile = z.infer<typeof KnownFile>

const MAX_KNOWN = 500

/**
 * Which file holds what, so that a file is hashed once: path, size and time of change → SHA-256. It also tells where a
 * source that moved was found again. Losing it costs time, nothing else: a broken list is an empty one.
 */
export class KnownFiles {
  readonly #path: string

  constructor(root: string) {
    this.#path = join(root, 'known-files.json')
  }

  async hashOf(path: string): Promise<string | undefined> {
    const known = this.#list().find(file => file.path === resolve(path))
    return known !== undefined && (await isUnchanged(known)) ? known.sha256 : undefined
  }

  /** Where a file of that content is now, as far as it is known. */
  async placeOf(sha256: string): Promise<string | undefined> {
    for (const known of this.#list().filter(file => file.sha256 === sha256)) {
      if (await isUnchanged(known)) return known.path
    }
    return undefined
  }

  /** @param seen size and time of change before the file was hashed: one that changed meanwhile is not remembered */
  async remember(path: string, sha256: string, seen: { bytes: number; modifiedMs: number }): Promise<void> {
    const file: KnownFile = { path: resolve(path), ...seen, sha256 }
    if (!(await isUnchanged(file))) return
    const others = this.#list().filter(other => other.path !== file.path)
    writeJson(this.#path, [file, ...others].slice(0, MAX_KNOWN))
  }

  #list(): KnownFile[] {
    const read = readJson(this.#path)
    return read !== undefined && 'value' in read ? (z.array(KnownFile).safeParse(read.value).data ?? []) : []
  }
}

async function isUnchanged({ path, bytes, modifiedMs }: KnownFile): Promise<boolean> {
  try {
    const now = await stat(path)
    return now.isFile() && now.size === bytes && now.mtimeMs === modifiedMs
  } catch {
    return false // gone or not readable: not the file that was known
  }
}
