import { ABSENT, formatMs, formatPercent } from '#domain/display.ts'
import type { Layer } from '#domain/layer.ts'
import type { LayerChange, LayerChangeKind, LayerComparison } from '#domain/layer-compare.ts'
import type { TableColumn } from '../../../components/table-model.ts'
import { ms, words } from './layer-columns.ts'

const CHANGE_WORDS: Readonly<Record<LayerChangeKind, string>> = {
  same: 'same',
  fused: 'fused',
  split: 'split',
  regrouped: 'regrouped',
  'only-base': 'only here',
  'only-other': 'only there',
}
const MATCH_WORDS = { nodes: 'same ONNX nodes', name: 'same name', order: 'type and shape, in order' } as const

/** Less than this is noise of a layer's own timing; µs resolution is all CUDA events have. */
const SAME_WITHIN_MS = 0.0005

export function changeColumns(): TableColumn<LayerChange>[] {
  const columns: TableColumn<LayerChange>[] = [
    words('base', 'Here', ({ base }) => namesOf(base), { mono: true, minCh: 20, maxCh: 28 }),
    words('other', 'There', ({ other }) => namesOf(other), { mono: true, minCh: 20, maxCh: 28 }),
    { id: 'change', title: 'Change', value: ({ kind }) => CHANGE_WORDS[kind] },
    words('precision', 'Precision', precisionText, { means: 'Here → there, where both exports tell it.' }),
    ms('here', 'Here', ({ baseMs }) => baseMs, 'Sum of the averages of these layers.'),
    ms('there', 'There', ({ otherMs }) => otherMs, 'Sum of the averages of these layers.'),
    {
      ...ms('delta', 'Difference', (row: LayerChange) => row.deltaMs, 'There − here: below 0 the other is faster.'),
      text: ({ deltaMs }) => deltaText(deltaMs),
    },
    words('matched', 'Matched by', ({ by }) => (by === undefined ? undefined : MATCH_WORDS[by]), {
      means: 'How the layers were found to belong together. By order is a guess: nothing in the exports names it.',
    }),
  ]
  return columns
}

/** "▼ 0.0205 faster", "▲ 0.0901 slower", "same": never by colour alone. */
export function deltaText(deltaMs: number | undefined): string {
  if (deltaMs === undefined) return ABSENT
  if (Math.abs(deltaMs) < SAME_WITHIN_MS) return 'same'
  return deltaMs < 0 ? `▼ ${formatMs(-deltaMs)} faster` : `▲ ${formatMs(deltaMs)} slower`
}

/** One line over the table: what happened to the engine as a whole. */
export function comparisonText({ baseMs, otherMs, counts }: LayerComparison): string {
  const parts = [
    counts.fused > 0 && `${counts.fused} fused`,
    counts.split > 0 && `${counts.split} split`,
    counts.regrouped > 0 && `${counts.regrouped} regrouped`,
    counts.precision > 0 && `${counts.precision} changed precision`,
    counts['only-base'] > 0 && `${counts['only-base']} only here`,
    counts['only-other'] > 0 && `${counts['only-other']} only there`,
  ].filter(part => part !== false)
  const changes = parts.length === 0 ? 'Every layer has its other, in the same precision.' : `${parts.join(', ')}.`
  if (baseMs === undefined || otherMs === undefined) return `${changes} Not both were timed.`
  const percent = baseMs > 0 ? ` (${formatPercent((100 * Math.abs(otherMs - baseMs)) / baseMs)})` : ''
  const delta = deltaText(otherMs - baseMs)
  const difference = delta === 'same' ? 'as long' : `${delta.replace(/(faster|slower)$/, 'ms $1')}${percent}`
  return `Layers sum to ${formatMs(baseMs)} ms here and ${formatMs(otherMs)} ms there: ${difference}. ${changes}`
}

function namesOf(layers: readonly Layer[]): string | undefined {
  return layers.length === 0 ? undefined : layers.map(({ name }) => name).join('  &  ')
}

function precisionText({ basePrecision, otherPrecision, precisionChanged }: LayerChange): string | undefined {
  return precisionChanged ? `${basePrecision} → ${otherPrecision}` : (basePrecision ?? otherPrecision)
}
