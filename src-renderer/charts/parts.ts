import { PART_TITLES, type PartTitle } from '#domain/part-titles.ts'
import type { PartName } from '#domain/point.ts'
import type { ChartColor, Hatch } from './spec.ts'

/** How a part of a request looks wherever it is drawn. */
export interface PartLook extends PartTitle {
  color: ChartColor
  hatch: Hatch
}

/** Neighbours differ in hatching. */
const LOOKS: Readonly<Record<PartName, Pick<PartLook, 'color' | 'hatch'>>> = {
  clientSend: { color: 'part-send', hatch: 'level' },
  network: { color: 'part-net', hatch: 'dots' },
  queue: { color: 'part-queue', hatch: 'up' },
  computeInput: { color: 'part-in', hatch: 'down' },
  computeInfer: { color: 'part-infer', hatch: 'plain' },
  computeOutput: { color: 'part-out', hatch: 'up' },
  cacheHit: { color: 'part-hit', hatch: 'level' },
  cacheMiss: { color: 'part-miss', hatch: 'down' },
  clientRecv: { color: 'part-recv', hatch: 'dots' },
}

/** In the order of a request. */
export const PART_LOOKS: readonly PartLook[] = PART_TITLES.map(part => ({ ...part, ...LOOKS[part.name] }))

export function partLook(name: PartName): PartLook {
  const title = PART_TITLES.find(part => part.name === name)
  if (title === undefined) throw new Error(`the part ${name} has no title`)
  return { ...title, ...LOOKS[name] }
}
