import { ABSENT_FIGURE, figure } from '#domain/correctness-text.ts'
import { formatBytes, formatMs } from '#domain/display.ts'
import type { TradeRow } from '#domain/precision-trade.ts'
import { renderTable, safeText } from './output.ts'

const PARETO = '◆'

/** Speed against size, memory, drift and cold start; undefined where there is only one precision or file. */
export function tradeText(rows: readonly TradeRow[]): string | undefined {
  if (new Set(rows.map(({ precision, artifactBytes }) => `${precision} ${artifactBytes}`)).size < 2) return undefined
  const header = ['', 'Runtime', 'Precision', 'Batch', 'FPS', 'p50 ms', 'File', 'Memory', 'Drift', 'Cold start ms']
  const cells = rows.map(row => [
    row.isPareto ? PARETO : '',
    safeText(row.runtime),
    safeText(row.precision),
    String(row.batch),
    shown(row.inferPerSec, value => value.toPrecision(4)),
    shown(row.p50Ms, formatMs),
    shown(row.artifactBytes, formatBytes),
    shown(row.memoryBytes, formatBytes),
    figure(row.drift),
    shown(row.coldStartMs, formatMs),
  ])
  const right = header.map((_, at) => at > 2)
  return `${renderTable(header, cells, right)}\n${PARETO} no other precision is as good in everything and better in something`
}

function shown(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? ABSENT_FIGURE : format(value)
}
