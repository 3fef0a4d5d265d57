import { readdirSync, readFileSync } from 'node:fs'

/** Environment variable that every child carries and its descendants inherit: they are found by it wherever they went. */
export const MARKER = 'BATCHSCOPE_CHILD'

interface ProcessRow {
  pid: number
  parent: number
  group: number
}

/**
 * Living processes of a child, itself included: its group, its descendants, and whoever inherited its marker
 * (a grandchild that made its own session and lost its parent). Zombies are left out: they run nothing.
 * @returns process ids; undefined where there is no /proc (macOS, Windows)
 */
export function processesOf(pid: number, marker: string): number[] | undefined {
  const rows = processTable()
  if (rows === undefined) return undefined
  const ours = new Set<number>()
  for (const row of rows) {
    if (row.pid !== process.pid && (row.pid === pid || row.group === pid || hasMarker(row.pid, marker)))
      ours.add(row.pid)
  }
  for (let grew = true; grew; ) {
    grew = false
    for (const row of rows) {
      if (ours.has(row.parent) && !ours.has(row.pid)) {
        ours.add(row.pid)
        grew = true
      }
    }
  }
  return [...ours]
}

function processTable(): ProcessRow[] | undefined {
  if (process.platform !== 'linux') return undefined
  const rows: ProcessRow[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readIfThere(`/proc/${name}/stat`)
    // "pid (name) state ppid pgrp …"; the name may hold spaces and brackets, so read after the last one
    const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === undefined || state === '' || state === 'Z' || state === 'X') continue
    rows.push({ pid: Number(name), parent: Number(parent), group: Number(group) })
  }
  return rows
}

function hasMarker(pid: number, marker: string): boolean {
  return readIfThere(`/proc/${pid}/environ`).split('\0').includes(`${MARKER}=${marker}`)
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // ended while we looked, or another user's
  }
}
