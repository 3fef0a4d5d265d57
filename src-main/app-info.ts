import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const ROOT = findRoot()

/** Files the app ships: sample model, sample session, built page. In a checkout the repository, else the app's folder. */
export function shippedPath(...parts: string[]): string {
  return join(ROOT, ...parts)
}

export interface AppInfo {
  version: string
  /** Short commit hash; "unknown" where neither a build record nor a checkout tells. */
  commit: string
}

export function appInfo(): AppInfo {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(shippedPath('package.json'), 'utf8')))
  return { version, commit: (builtCommit() ?? checkoutCommit() ?? 'unknown').slice(0, 12) }
}

/** The nearest folder above this file that holds our package.json: works for sources and for bundles. */
function findRoot(): string {
  let folder = fileURLToPath(new URL('.', import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const above = join(folder, '..')
    if (above === folder) throw new Error('package.json not found above the engine')
    folder = above
  }
  return folder
}

/** Written beside the bundles by the build. */
function builtCommit(): string | undefined {
  return readIfThere(shippedPath('dist', 'commit.txt'))
}

/** Read from .git directly, so that no git program is needed. */
function checkoutCommit(): string | undefined {
  const head = readIfThere(shippedPath('.git', 'HEAD'))
  const ref = head?.match(/^ref: (refs\/[\w./-]+)$/)?.[1]
  if (ref === undefined) return head
  const loose = readIfThere(shippedPath('.git', ...ref.split('/')))
  if (loose !== undefined) return loose
  const packed = readIfThere(shippedPath('.git', 'packed-refs'))
  return packed
    ?.split('\n')
    .find(line => line.endsWith(` ${ref}`))
    ?.split(' ')[0]
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
}
