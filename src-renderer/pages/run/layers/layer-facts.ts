import { ABSENT, formatLatency, formatPercent, formatShape } from '#domain/display.ts'
import type { LayerTensor } from '#domain/layer.ts'
import type { LayerRow } from '#domain/layer-view.ts'
import { readable } from '../../../timeline/name-text.ts'

interface LayerFact {
  key: string
  value: string
  note?: string
}

/** What is known of a layer beside its tensors and nodes. */
export function layerFacts({ layer, percent, engineMs, place }: LayerRow): LayerFact[] {
  const told = (key: string, value: string | undefined, note?: string): LayerFact[] =>
    value === undefined ? [] : [{ key, value: readable(value), ...(note === undefined ? {} : { note }) }]
  const time = layer.averageMs
  return distinctFacts([
    ...told('Type', layer.type),
    ...told('Precision', layer.precision),
    ...told('Average', time === undefined ? 'not timed' : formatLatency(time)),
    ...told('Median', layer.medianMs === undefined ? undefined : formatLatency(layer.medianMs)),
    ...told('Share', percent === undefined ? undefined : formatPercent(percent), 'of the summed layers'),
    ...told('Of the engine', engineMs === undefined ? undefined : formatLatency(engineMs), 'engine time × share'),
    ...told('Tactic', layer.tactic),
    ...told('Place', String(place), "in the engine's order"),
    ...Object.entries(layer.details ?? {}).map(([key, value]) => ({ key: readable(key), value: readable(value) })),
  ])
}

/** Why shares are shown and not times of the engine. */
export function sumText(sumMs: number, engineMs: number | undefined): string {
  const sum = `Layers sum to ${formatLatency(sumMs)}`
  const why = "each layer is timed with events of its own, so their sum exceeds the engine's latency"
  return engineMs === undefined
    ? `${sum}: ${why}. Shares are of the sum.`
    : `${sum}, one run of the engine takes ${formatLatency(engineMs)}: ${why}. Shares are of the sum; "Of the engine" scales them to its own time.`
}

/** "fp16 · 32×64×112×112 · Row major linear FP16 format". */
export function tensorText({ dims, format, precision }: LayerTensor): string {
  const parts = [precision, dims && formatShape(dims), format].filter(part => part !== undefined)
  return parts.length === 0 ? ABSENT : readable(parts.join(' · '))
}

/** Members of an export may be called as the facts above are, or alike. */
function distinctFacts(facts: readonly LayerFact[]): LayerFact[] {
  const seen = new Map<string, number>()
  return facts.map(fact => {
    const count = (seen.get(fact.key) ?? 0) + 1
    seen.set(fact.key, count)
    return count === 1 ? fact : { ...fact, key: `${fact.key} (${count})` }
  })
}
