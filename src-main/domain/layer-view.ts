import type { Layer, LayerTable } from './layer.ts'

/** What layers are put together by. */
export const LAYER_GROUPINGS = ['type', 'precision', 'tactic'] as const
export type LayerGrouping = (typeof LAYER_GROUPINGS)[number]

/** A layer in its table. Names may repeat within one engine, so its place is its id. */
export interface LayerRow {
  id: string
  /** From 0, in the engine's order. */
  place: number
  layer: Layer
  /** Of the summed averages, 0..100; absent where this layer or no layer was timed. */
  percent?: number
  /**
   * The engine's own time × this share. Each layer is timed with events of its own, so that the sum of layers exceeds
   * the engine's time: only the shares carry over.
   */
  engineMs?: number
}

export interface LayerGroup {
  /** As the engine has it; absent: the export does not tell. */
  key?: string
  layers: number
  /** Layers among them without a time. */
  untimed: number
  /** Sum of the averages; absent where none was timed. */
  averageMs?: number
  percent?: number
}

/** Sum of the layers' averages in ms; undefined where no layer was timed. */
export function layerSumMs(layers: readonly Layer[]): number | undefined {
  const timed = layers.flatMap(({ averageMs }) => (averageMs === undefined ? [] : [averageMs]))
  return timed.length === 0 ? undefined : timed.reduce((sum, averageMs) => sum + averageMs, 0)
}

/** @param engineMs mean time of one run of the engine, where it was measured */
export function layerRows({ layers }: LayerTable, engineMs?: number): LayerRow[] {
  const sumMs = layerSumMs(layers)
  return layers.map((layer, place) => {
    const percent = shareOf(layer.averageMs, sumMs)
    return {
      id: String(place),
      place,
      layer,
      ...(percent === undefined ? {} : { percent }),
      ...(percent === undefined || engineMs === undefined ? {} : { engineMs: (percent / 100) * engineMs }),
    }
  })
}

/** Groups by time, longest first; those without a time behind them by number of layers, what is not told last. */
export function groupLayers({ layers }: LayerTable, by: LayerGrouping): LayerGroup[] {
  const members = new Map<string | undefined, Layer[]>()
  for (const layer of layers) {
    const key = layer[by]
    const group = members.get(key)
    if (group) group.push(layer)
    else members.set(key, [layer])
  }
  const sumMs = layerSumMs(layers)
  return [...members]
    .map(([key, own]): LayerGroup => {
      const averageMs = layerSumMs(own)
      const percent = shareOf(averageMs, sumMs)
      return {
        ...(key === undefined ? {} : { key }),
        layers: own.length,
        untimed: own.filter(layer => layer.averageMs === undefined).length,
        ...(averageMs === undefined ? {} : { averageMs }),
        ...(percent === undefined ? {} : { percent }),
      }
    })
    .toSorted(
      (a, b) =>
        (b.averageMs ?? -1) - (a.averageMs ?? -1) ||
        Number(a.key === undefined) - Number(b.key === undefined) ||
        b.layers - a.layers,
    )
}

function shareOf(averageMs: number | undefined, sumMs: number | undefined): number | undefined {
  return averageMs === undefined || sumMs === undefined || sumMs === 0 ? undefined : (100 * averageMs) / sumMs
}
