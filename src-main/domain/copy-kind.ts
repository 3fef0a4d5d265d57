/**
 * Names of copies and fills, the same for every format: those of torch, "Memcpy HtoD (Pageable -> Device)", and the
 * label under which nsys lists the same work. Sources: torch 2.x profiler traces; enums of nsys SQLite, schema 3.24.
 */

/** By CUPTI's copyKind: short word, and the label of nsys. */
const COPY_KINDS = [
  ['unknown', 'Unknown'],
  ['HtoD', 'Host-to-Device'],
  ['DtoH', 'Device-to-Host'],
  ['HtoA', 'Host-to-Array'],
  ['AtoH', 'Array-to-Host'],
  ['AtoA', 'Array-to-Array'],
  ['AtoD', 'Array-to-Device'],
  ['DtoA', 'Device-to-Array'],
  ['DtoD', 'Device-to-Device'],
  ['HtoH', 'Host-to-Host'],
  ['PtoP', 'Peer-to-Peer'],
  ['Unified HtoD', 'Unified Host-to-Device'],
  ['Unified DtoH', 'Unified Device-to-Host'],
  ['Unified DtoD', 'Unified Device-to-Device'],
] as const

const MEMORY_KINDS = [
  'Pageable',
  'Pinned',
  'Device',
  'Array',
  'Managed',
  'Device Static',
  'Managed Static',
  'Unknown',
] as const

const LABELS: ReadonlyMap<string, string> = new Map(COPY_KINDS)

/** "Pageable"; undefined for a number CUPTI does not have. */
export function memoryKind(kind: number): string | undefined {
  return MEMORY_KINDS[kind]
}

/** @param from, to CUPTI memory kinds; NaN: not told @returns "Memcpy HtoD (Pageable -> Device)", "Memcpy DtoH" */
export function copyName(copyKind: number, from: number = Number.NaN, to: number = Number.NaN): string {
  const word = COPY_KINDS[copyKind]?.[0] ?? `kind ${copyKind}`
  const kinds = Number.isNaN(from) || Number.isNaN(to) ? '' : ` (${memoryKindWord(from)} -> ${memoryKindWord(to)})`
  return `Memcpy ${word}${kinds}`
}

/** @returns "Memset (Device)", "Memset" */
export function fillName(kind: number = Number.NaN): string {
  return Number.isNaN(kind) ? 'Memset' : `Memset (${memoryKindWord(kind)})`
}

/** 'HtoD', 'Unified DtoH'…; undefined for what is no copy by its name. */
export function copyWord(name: string): string | undefined {
  return /^Memcpy ([^()]+?)(?: \(|$)/.exec(name)?.[1]
}

/** Whether a copy's name says that its host side is pageable memory. */
export function isPageableCopy(name: string): boolean {
  return name.startsWith('Memcpy ') && /\((?:Pageable -> |.* -> Pageable\))/.test(name)
}

/** Where `nsys stats` counts it: "[CUDA memcpy Host-to-Device]", "[CUDA memset]"; undefined for other work. */
export function nsysCopyLabel(name: string): string | undefined {
  if (name === 'Memset' || name.startsWith('Memset (')) return '[CUDA memset]'
  const label = LABELS.get(copyWord(name) ?? '')
  return label === undefined ? undefined : `[CUDA memcpy ${label}]`
}

function memoryKindWord(kind: number): string {
  return memoryKind(kind) ?? `kind ${kind}`
}
