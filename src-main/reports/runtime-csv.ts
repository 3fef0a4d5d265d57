import type { ResultDocument } from '#domain/document.ts'
import { metricsOf, metricValue, type RuntimeTable, runtimeTable, speedUpOf } from '#domain/runtime-table.ts'
import { csvField } from './csv-field.ts'

/** Machine names of the figures, with their units. */
const KEYS = { p50: 'p50Ms', p95: 'p95Ms', mean: 'meanMs', fps: 'inferPerSec', 'ms-per-sample': 'msPerSample' } as const

/**
 * Batches × runtimes: a row per batch, a group of columns per runtime and precision, RFC 4180. Speed-ups are against
 * `speedUpBase`. What was not measured is an empty field; what was left out keeps its column `ms` with the reason in its
 * name. Runs follow each other, an empty line between them; a run of one column has no such table.
 */
export function toRuntimeCsv(document: ResultDocument): string {
  return document.runs
    .flatMap(run => {
      const table = runtimeTable(run)
      return table === undefined ? [] : [tableCsv(run.title, table)]
    })
    .join('\r\n')
}

function tableCsv(title: string, table: RuntimeTable): string {
  const { columns, rows, baseId } = table
  const metrics = metricsOf(table)
  const header = ['run', 'speedUpBase', 'batch']
  for (const { id, leftOut } of columns) {
    if (leftOut !== undefined) header.push(`${id} left out: ${leftOut.why}`)
    else header.push(...[...metrics.map(metric => KEYS[metric.id]), ...SPEED_UP].map(key => `${id} ${key}`))
  }
  const lines = rows.map(({ batch, cells }) => [
    title,
    baseId,
    batch,
    ...columns.flatMap(({ id, leftOut }) => {
      if (leftOut !== undefined) return [undefined]
      const cell = cells.get(id)
      const [median] = metrics
      const speedUp = median === undefined ? undefined : speedUpOf(cell, median)
      return [...metrics.map(metric => metricValue(cell, metric)), speedUp?.ratio, speedUp?.lower, speedUp?.upper]
    }),
  ])
  return [header, ...lines].map(line => `${line.map(csvField).join(',')}\r\n`).join('')
}

const SPEED_UP = ['speedUp', 'speedUpLower', 'speedUpUpper']
