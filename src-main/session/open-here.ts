import { statSync } from 'node:fs'

/**
 * Sessions that this process has open. On Linux and macOS closing any descriptor of a file drops every lock the
 * process holds on it, SQLite's too; so a file in this list is not read with node:fs. That rule is per process, hence
 * one list per process.
 */
const openFiles = new Map<string, number>()

export function isOpenHere(path: string): boolean {
  return openFiles.has(keyOf(path))
}

/** @returns how to take the file off the list again */
export function markOpenHere(path: string): () => void {
  const key = keyOf(path)
  openFiles.set(key, (openFiles.get(key) ?? 0) + 1)
  return () => {
    const left = (openFiles.get(key) ?? 1) - 1
    if (left === 0) openFiles.delete(key)
    else openFiles.set(key, left)
  }
}

/** A file, whatever it is called. */
function keyOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? path : `${stats.dev}:${stats.ino}`
}
