import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/**
 * Folder of settings, recent sessions and uploads: `BATCHSCOPE_DATA_DIR`, else what the system provides for it
 * (XDG data home, macOS Application Support, Windows local application data).
 */
export function dataFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  home = homedir(),
  platform = process.platform,
): string {
  if (env.BATCHSCOPE_DATA_DIR) return resolve(env.BATCHSCOPE_DATA_DIR)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Batchscope')
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'Batchscope')
  // The XDG specification says to ignore a path that is not absolute.
  const xdg = env.XDG_DATA_HOME ?? ''
  return join(isAbsolute(xdg) ? xdg : join(home, '.local', 'share'), 'batchscope')
}

/**
 * Folder of what can be made again (indexes of traces): inside `BATCHSCOPE_DATA_DIR`, else the system's place for caches
 * (XDG cache home, macOS Caches, Windows local application data).
 */
export function cacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  home = homedir(),
  platform = process.platform,
): string {
  if (env.BATCHSCOPE_DATA_DIR) return join(resolve(env.BATCHSCOPE_DATA_DIR), 'cache')
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'Batchscope')
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'Batchscope', 'Cache')
  const xdg = env.XDG_CACHE_HOME ?? ''
  return join(isAbsolute(xdg) ? xdg : join(home, '.cache'), 'batchscope')
}

/** Where a new session goes unless the user chose a folder: under Documents where there is one. */
export function defaultSessionFolder(home = homedir()): string {
  const documents = join(home, 'Documents')
  return join(existsSync(documents) ? documents : home, 'Batchscope')
}
