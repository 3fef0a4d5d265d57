import type { Layer, LayerTable } from './layer.ts'
import { alignedPairs, type LayerMatch } from './layer-compare-align.ts'
import { layerSumMs } from './layer-view.ts'

/** What became of layers from one engine to another. */
export const LAYER_CHANGES = ['same', 'fused', 'split', 'regrouped', 'only-base', 'only-other'] as const
export type LayerChangeKind = (typeof LAYER_CHANGES)[number]

/** Layers of two engines that do the same work; one side is empty where the other has nothing like it. */
export interface LayerChange {
  id: string
  kind: LayerChangeKind
  /** How sure it is that they belong together; absent where one side is empty. */
  by?: LayerMatch
  base: readonly Layer[]
  other: readonly Layer[]
  basePrecision?: string
  otherPrecision?: string
  /** Both sides tell their precision, and it is not the same. */
  precisionChanged: boolean
  /** Sums of the averages of what was timed. */
  baseMs?: number
  otherMs?: number
  /** other − base; absent unless both sides were timed. */
  deltaMs?: number
}

export interface LayerComparison {
  changes: LayerChange[]
  baseMs?: number
  otherMs?: number
  counts: Readonly<Record<LayerChangeKind | 'precision', number>>
}

/** Two engines' layers side by side, in the order of the base; what only the other has follows in its own order. */
export function compareLayers(base: LayerTable, other: LayerTable): LayerComparison {
  const changes = alignedPairs(base.layers, other.layers).map((pair, index) =>
    change(String(index), pair.base, pair.other, pair.by),
  )
  const counts = { same: 0, fused: 0, split: 0, regrouped: 0, 'only-base': 0, 'only-other': 0, precision: 0 }
  for (const { kind, precisionChanged } of changes) {
    counts[kind]++
    if (precisionChanged) counts.precision++
  }
  return { changes, counts, ...timed('baseMs', base.layers), ...timed('otherMs', other.layers) }
}

function change(id: string, base: readonly Layer[], other: readonly Layer[], by: LayerMatch | undefined): LayerChange {
  const basePrecision = precisionOf(base)
  const otherPrecision = precisionOf(other)
  const baseMs = layerSumMs(base)
  const otherMs = layerSumMs(other)
  return {
    id,
    kind: kindOf(base.length, other.length),
    ...(by === undefined ? {} : { by }),
    base,
    other,
    ...(basePrecision === undefined ? {} : { basePrecision }),
    ...(otherPrecision === undefined ? {} : { otherPrecision }),
    precisionChanged: basePrecision !== undefined && otherPrecision !== undefined && basePrecision !== otherPrecision,
    ...timed('baseMs', base),
    ...timed('otherMs', other),
    ...(baseMs === undefined || otherMs === undefined ? {} : { deltaMs: otherMs - baseMs }),
  }
}

function kindOf(base: number, other: number): LayerChangeKind {
  if (other === 0) return 'only-base'
  if (base === 0) return 'only-other'
  if (base === other) return base === 1 ? 'same' : 'regrouped'
  if (other === 1) return 'fused'
  return base === 1 ? 'split' : 'regrouped'
}

function precisionOf(layers: readonly Layer[]): string | undefined {
  const told = new Set(layers.flatMap(({ precision }) => (precision === undefined ? [] : [precision])))
  return told.size > 1 ? 'mixed' : [...told][0]
}

function timed<Name extends string>(name: Name, layers: readonly Layer[]): Partial<Record<Name, number>> {
  const sumMs = layerSumMs(layers)
  const told: Partial<Record<Name, number>> = {}
  if (sumMs !== undefined) told[name] = sumMs
  return told
}
