import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Longer than any path a system gives; a guard against nonsense, not a limit of ours. */
const MAX_PATH_LENGTH = 32_768

/**
 * Files that a command line names. Switches (ours and those Chromium adds) are passed over, after `--` everything is a
 * file. A Linux desktop entry hands over `file://` addresses (`%U`); other addresses are not files and are dropped.
 * Nothing is looked up here: a file that isn't there gets its error where it is opened.
 * @param argv of a process, program first   @param context `cwd` of that process; `developed`: argv[1] is the app
 */
export function filesOfCommandLine(argv: readonly string[], context: { cwd: string; developed: boolean }): string[] {
  const rest = argv.slice(1)
  const end = rest.indexOf('--')
  const before = (end === -1 ? rest : rest.slice(0, end)).filter(word => !word.startsWith('-'))
  const after = end === -1 ? [] : rest.slice(end + 1)
  if (context.developed) before.shift()
  return [...before, ...after].flatMap(word => absoluteFile(word, context.cwd) ?? [])
}

function absoluteFile(word: string, cwd: string): string | undefined {
  if (word.trim() === '' || word.includes('\0') || word.length > MAX_PATH_LENGTH) return undefined
  if (/^file:/i.test(word)) return fileOfAddress(word)
  // Two letters or more: `C:\x` is a path, `https://x` and `app:x` are addresses.
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(word)) return undefined
  return resolve(cwd, word)
}

function fileOfAddress(address: string): string | undefined {
  try {
    const url = new URL(address)
    if (url.hostname !== '' && url.hostname !== 'localhost') return undefined
    url.hostname = ''
    return fileURLToPath(url)
  } catch {
    // Not an address that names a file of this computer: there is nothing to open.
    return undefined
  }
}

/**
 * What another instance hands over through the single-instance lock. The command line that Electron repeats there may
 * be reordered and extended, so the files are resolved where they were named. It comes from another process: checked.
 */
export function filesOfOtherInstance(data: unknown): string[] | undefined {
  if (typeof data !== 'object' || data === null || !('files' in data) || !Array.isArray(data.files)) return undefined
  return data.files.filter(
    (file: unknown): file is string =>
      typeof file === 'string' && isAbsolute(file) && !file.includes('\0') && file.length <= MAX_PATH_LENGTH,
  )
}

/** Keeps what arrives before somebody can take it: files named before a window stands, commands before a page listens. */
export class Waiting<Item> {
  #items: Item[] = []
  #taker: ((item: Item) => void) | undefined

  /** Gives the item to the taker, or keeps it until there is one. */
  push(item: Item): void {
    if (this.#taker === undefined) this.#items.push(item)
    else this.#taker(item)
  }

  /** What waited goes to the taker now, in order; what comes later goes there at once. */
  deliverTo(taker: (item: Item) => void): void {
    this.#taker = taker
    for (const item of this.#items.splice(0)) taker(item)
  }

  /** From now on things wait again. */
  hold(): void {
    this.#taker = undefined
  }
}
