import type { ComparedOutput } from '#domain/correctness.ts'
import { DIFFERENCE_COLUMNS, figure, STEP_STATUS_TITLES, VERDICT_TITLES } from '#domain/correctness-text.ts'
import { ABSENT, formatBytes, formatDuration, formatMs } from '#domain/display.ts'
import type { TradeRow } from '#domain/precision-trade.ts'
import type { StepRecord } from '#domain/step-table.ts'
import type { TableColumn } from '../../../components/table-model.ts'
import { readable } from '../../../timeline/name-text.ts'

export const STEP_COLUMNS: readonly TableColumn<StepRecord>[] = [
  { id: 'step', title: 'Step', value: ({ title }) => readable(title) },
  { id: 'status', title: 'Status', value: ({ status }) => STEP_STATUS_TITLES[status] },
  {
    id: 'took',
    title: 'Took',
    align: 'right',
    value: ({ durationMs }) => durationMs,
    text: ({ durationMs }) => (durationMs === undefined ? ABSENT : formatDuration(durationMs)),
  },
  { id: 'tool', title: 'Tool', value: ({ tool }) => tool, maxCh: 28 },
  { id: 'result', title: 'Result', value: ({ result, error }) => readableOr(error?.message ?? result), maxCh: 44 },
  { id: 'file', title: 'File', value: ({ artifact }) => readableOr(artifact?.path), mono: true, maxCh: 36 },
  {
    id: 'size',
    title: 'Size',
    align: 'right',
    value: ({ artifact }) => artifact?.bytes,
    text: ({ artifact }) => (artifact === undefined ? ABSENT : formatBytes(artifact.bytes)),
  },
  { id: 'sha256', title: 'SHA-256', value: ({ artifact }) => artifact?.sha256, mono: true, maxCh: 14, standard: false },
  {
    id: 'command',
    title: 'Command',
    value: ({ command }) => readable(command),
    mono: true,
    maxCh: 40,
    standard: false,
  },
]

export const OUTPUT_COLUMNS: readonly TableColumn<ComparedOutput>[] = [
  { id: 'output', title: 'Output', value: ({ name }) => readable(name), mono: true, maxCh: 24 },
  ...DIFFERENCE_COLUMNS.map(
    ({ title, value, text }): TableColumn<ComparedOutput> => ({
      id: title.replaceAll(' ', '-'),
      title,
      align: 'right',
      value: ({ difference }) => (difference === undefined ? undefined : value(difference)),
      text: ({ difference }) => (difference === undefined ? ABSENT : text(difference)),
    }),
  ),
  {
    id: 'verdict',
    title: 'Verdict',
    value: ({ verdict }) => VERDICT_TITLES[verdict],
    note: ({ why }) => why,
  },
]

export const TRADE_COLUMNS: readonly TableColumn<TradeRow>[] = [
  {
    id: 'pareto',
    title: 'Unbeaten',
    value: ({ isPareto }) => (isPareto ? '◆' : ''),
    means: 'No other precision of this batch is as good in everything measured and better in something.',
  },
  { id: 'runtime', title: 'Runtime', value: ({ runtime }) => runtime },
  { id: 'precision', title: 'Precision', value: ({ precision }) => precision },
  { id: 'batch', title: 'Batch', align: 'right', value: ({ batch }) => batch },
  number(
    'rate',
    'Samples/s',
    ({ inferPerSec }) => inferPerSec,
    value => value.toPrecision(4),
  ),
  number('p50', 'p50', ({ p50Ms }) => p50Ms, formatMs, 'ms'),
  number('file', 'File', ({ artifactBytes }) => artifactBytes, formatBytes),
  number('memory', 'Memory', ({ memoryBytes }) => memoryBytes, formatBytes),
  number('drift', 'Drift', ({ drift }) => drift, figure),
  {
    ...number('cold', 'Cold start', ({ coldStartMs }) => coldStartMs, formatMs, 'ms'),
    note: ({ coldStartParts }) => (coldStartParts.length === 0 ? undefined : `Sum of: ${coldStartParts.join(', ')}`),
  },
]

function number(
  id: string,
  title: string,
  value: (row: TradeRow) => number | undefined,
  format: (value: number) => string,
  unit?: string,
): TableColumn<TradeRow> {
  return {
    id,
    title,
    align: 'right',
    ...(unit === undefined ? {} : { unit }),
    value,
    text: row => {
      const found = value(row)
      return found === undefined ? ABSENT : format(found)
    },
  }
}

/** Names of files and nodes are hostile text. */
function readableOr(text: string | undefined): string | undefined {
  return text === undefined ? undefined : readable(text)
}
