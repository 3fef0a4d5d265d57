import { configurationTitle } from '#domain/configuration-name.ts'
import { ABSENT, formatBytes, formatMs, rateText } from '#domain/display.ts'
import type { Finding } from '#domain/finding.ts'
import { findingsInOrder, notFoundText, quoted, toldText, VERDICT_RULE } from '#domain/finding-order.ts'
import type { Point } from '#domain/point.ts'
import { flagText } from '#domain/point-flags.ts'
import type { Run, RunSummary } from '#domain/run.ts'
import { columnName } from '#domain/runtime-columns.ts'
import { type RuntimeTable, runtimeTable } from '#domain/runtime-table.ts'
import { runtimeTableText } from '#domain/runtime-table-text.ts'
import { bestPoints, inReadingOrder } from '#domain/server-rows.ts'
import { isServerPoint, tableColumnsFor } from '#domain/server-table.ts'

/** Where the CLI writes: results on `out`, everything for people on `err`. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Progress lines only where someone looks. */
  interactive: boolean
}

/**
 * Control characters of hostile names would move the cursor or recolour the terminal, marks of writing direction would turn
 * a line around: shown as "?".
 */
export function safeText(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Bidi_Control}|[\u2028\u2029]/gu, '?')
}

/** Columns as wide as their widest cell, two spaces between, header underlined. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly boolean[],
): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map(row => (row[column] ?? '').length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        right[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [line(header), line(widths.map(width => '─'.repeat(width))), ...rows.map(line)].join('\n')
}

export function latencyTable(points: readonly Point[]): string {
  const columns = tableColumnsFor(points)
  const header = columns.map(column => (column.unit === undefined ? column.title : `${column.title} ${column.unit}`))
  const cells = (point: Point) => columns.map(column => safeText(column.text(point)))
  const right = columns.map(column => column.align === 'right')
  if (points.length < 2 || !points.some(isServerPoint)) return renderTable(header, points.map(cells), right)
  const best = bestPoints(points)
  const rows = inReadingOrder(points).map(point => [best.has(point) ? BEST : '', ...cells(point)])
  const legend = best.size === 0 ? '' : `\n${BEST} most throughput`
  return `${renderTable(['', ...header], rows, [false, ...right])}${legend}`
}

/** Batches × runtimes with what was left out and why; names short, as the command line has them. */
function runtimeLines(table: RuntimeTable): string[] {
  const text = runtimeTableText(table, column => columnName(column, 'short'))
  if (text === undefined) return []
  const { header, rows, right, notes, leftOut } = text
  const safe = (cells: readonly string[]) => cells.map(safeText)
  return [renderTable(safe(header), rows.map(safe), right), ...[...notes, ...leftOut].map(safeText)]
}

/** Marks the best row of a server table. */
const BEST = '★'

/** What a point was asked to be, for a sentence about it. */
function placeText(point: Point): string {
  const { batch, concurrency, requestRate, transport } = point
  if (!isServerPoint(point)) return `Batch ${batch}`
  const load = requestRate === undefined ? `concurrency ${concurrency}` : `${requestRate} requests/s`
  const { protocol, sharedMemory = 'none' } = transport ?? {}
  const memory = sharedMemory === 'none' ? undefined : `${sharedMemory} shared memory`
  return [configurationTitle(point), `batch ${batch}`, load, protocol, memory].filter(Boolean).join(', ')
}

/** A measured point in a line: "batch 1, concurrency 4: 1,309 infer/s, p50 2.74 ms, p99 6.70 ms · few samples". */
export function pointText(point: Point): string {
  const { inferPerSec, latencyMs = {}, runtime, flags, error } = point
  const place = placeText(point)
  if (inferPerSec === undefined) return safeText(`${place}: ${error?.message ?? 'not measured'}`)
  const tails = (['p50', 'p99'] as const).flatMap(name => {
    const ms = latencyMs[name]
    return ms === undefined ? [] : [`${name} ${formatMs(ms)} ms`]
  })
  const doubts = flags.map(id => flagText(id).title)
  const figures = [rateText({ inferPerSec, runtime }), ...tails].join(', ')
  return safeText([`${place}: ${figures}`, ...doubts].join(' · '))
}

/**
 * A run for people: what was measured, the judgement, the table, what to know about it.
 * @param trace of a run that has one, as `traceText` gives it
 */
export function runText(run: Run, trace?: string): string {
  const lines = [safeText(`${run.title} · ${run.subtitle ?? run.kind} · ${run.status}`)]
  if (run.model !== undefined) {
    const { name, path, bytes, sha256 } = run.model
    const facts = [
      bytes === undefined ? undefined : formatBytes(bytes),
      sha256 === undefined ? undefined : `SHA-256 ${sha256.slice(0, 12)}`,
    ].filter(fact => fact !== undefined)
    lines.push(safeText(facts.length === 0 ? (path ?? name) : `${path ?? name} (${facts.join(', ')})`))
  }
  lines.push('')
  const table = runtimeTable(run)
  if (table !== undefined) lines.push(...runtimeLines(table), '')
  if (run.points.length > 0) lines.push(latencyTable(run.points), '')
  if (trace !== undefined) lines.push(trace, '')
  const said = run.notices.filter(({ leftOut }) => table === undefined || leftOut === undefined)
  for (const { text } of said) lines.push(safeText(`Note: ${text}`))
  lines.push(...findingLines(run.findings).map(safeText))
  for (const point of run.points) {
    if (point.error !== undefined)
      lines.push(safeText(`${placeText(point)} failed: ${point.error.message} ${point.error.hint ?? ''}`.trimEnd()))
  }
  if (run.error !== undefined) lines.push(safeText(`${run.status}: ${run.error.message}`))
  const method = run.passport?.runtime
  const definition = Object.entries(method ?? {}).find(([name]) => name.endsWith('.latency'))?.[1]
  if (definition !== undefined) lines.push(safeText(`Latency: ${String(definition)}`))
  return lines.join('\n').trimEnd()
}

/** What a run shows, then, a line a reason, which questions it cannot answer, then what was looked for and not found. */
function findingLines(findings: readonly Finding[]): string[] {
  const { told, untold, notFound } = findingsInOrder(findings)
  const mark = ({ rule }: Finding) => (rule === VERDICT_RULE ? '' : '• ')
  return [
    ...told.flatMap(finding => [`${mark(finding)}${toldText(finding)}`, ...finding.next.map(step => `  → ${step}`)]),
    ...(untold.length === 0 ? [] : ['Cannot tell:']),
    ...untold.flatMap(({ titles, statement, next }) => [
      `  ${quoted(titles)}: ${statement}`,
      ...next.map(step => `    → ${step}`),
    ]),
    ...(notFound.length === 0 ? [] : [notFoundText(notFound)]),
  ]
}

export function runList(runs: readonly RunSummary[]): string {
  const header = ['Run', 'Kind', 'Status', 'Title', 'Points', 'Best', 'Created']
  const rows = runs.map(run => [
    run.id,
    run.kind,
    run.status,
    safeText(run.title),
    String(run.pointCount),
    bestText(run),
    run.createdAt,
  ])
  return renderTable(header, rows, [false, false, false, false, true, false, false])
}

function bestText({ best }: RunSummary): string {
  return best === undefined ? ABSENT : `${rateText(best)} at batch ${best.batch}`
}
