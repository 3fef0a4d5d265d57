import { existsSync, readFileSync } from 'node:fs'
import { startChild } from '../../native-tools/spawn.ts'
import { shippedPath } from '../app-info.ts'

/** A window that ends badly sooner than this never opened (no sandbox for root, a display that refuses). */
const OPENING_MS = 5000

export type Opened = { kind: 'window' } | { kind: 'none'; why: string }

/** Starts the Electron window on these files and returns when it is closed, or says why there can be none. */
export async function openWindow(files: readonly string[], signal: AbortSignal): Promise<Opened> {
  const why = whyNoWindow(process.platform, process.env)
  if (why !== undefined) return { kind: 'none', why }
  const binary = electronBinary()
  if (binary === undefined) return { kind: 'none', why: "Electron's binary is not installed" }
  const main = shippedPath('dist', 'electron', 'main.js')
  if (!existsSync(main)) return { kind: 'none', why: 'the desktop shell is not built' }
  // After "--" a file that is named like a switch stays a file.
  const argv: [string, ...string[]] = [binary, shippedPath(), '--', ...files]
  const startedMs = performance.now()
  const { exitCode, lastStderr } = await startChild({ argv, env: displayEnvironment(process.env), signal }).done
  const failedToOpen = exitCode !== undefined && exitCode !== 0 && performance.now() - startedMs < OPENING_MS
  return failedToOpen
    ? { kind: 'none', why: `Electron ended with code ${exitCode}: ${lastStderr.at(-1) ?? ''}` }
    : { kind: 'window' }
}

/** Without a display a window can't open; macOS and Windows always have one. */
export function whyNoWindow(platform: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (platform === 'darwin' || platform === 'win32') return undefined
  return env.DISPLAY || env.WAYLAND_DISPLAY ? undefined : 'no display'
}

/**
 * Electron's binary as its npm package records it in `path.txt`, if it is there. The package itself is not
 * imported: doing so would try a download.
 */
export function electronBinary(packageFolder = shippedPath('node_modules', 'electron')): string | undefined {
  const record = shippedFile(packageFolder, 'path.txt')
  if (!existsSync(record)) return undefined
  const binary = shippedFile(packageFolder, 'dist', readFileSync(record, 'utf8').trim())
  return existsSync(binary) ? binary : undefined
}

function shippedFile(folder: string, ...parts: string[]): string {
  return [folder, ...parts].join('/')
}

/** What a window needs beyond the scrubbed environment of a child. */
function displayEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = [
    'DISPLAY',
    'WAYLAND_DISPLAY',
    'XAUTHORITY',
    'XDG_RUNTIME_DIR',
    'XDG_SESSION_TYPE',
    'DBUS_SESSION_BUS_ADDRESS',
    'BATCHSCOPE_DATA_DIR',
  ]
  return Object.fromEntries(names.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]])))
}
