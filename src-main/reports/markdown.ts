import { formatBytes } from '#domain/display.ts'
import type { ResultDocument } from '#domain/document.ts'
import type { Finding } from '#domain/finding.ts'
import { findingsInOrder, notFoundText, quoted } from '#domain/finding-order.ts'
import type { LatencyColumn } from '#domain/latency-table.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import { columnName } from '#domain/runtime-columns.ts'
import { type RuntimeTable, runtimeTable } from '#domain/runtime-table.ts'
import { runtimeTableText } from '#domain/runtime-table-text.ts'
import { bestPoints, inReadingOrder } from '#domain/server-rows.ts'
import { isServerPoint, tableColumnsFor } from '#domain/server-table.ts'
import type { TraceSummary } from '#domain/trace.ts'
import { traceOverview, traceTables } from '#domain/trace-text.ts'

/** Rows of each table of a trace; all of them are in JSON and CSV. */
const MAX_TRACE_ROWS = 20

/** Pastes well into a pull request: per run a heading, the findings, the table, how it was measured. */
export function toMarkdown(document: ResultDocument): string {
  return `${document.runs.map(runSection).join('\n')}`
}

function runSection(run: ResultDocument['runs'][number]): string {
  const lines = [`## ${escapeMarkdown(run.title)}`, '']
  if (run.model !== undefined) {
    const { name, bytes, sha256 } = run.model
    const facts = [
      escapeMarkdown(name),
      bytes === undefined ? undefined : formatBytes(bytes),
      sha256 === undefined ? undefined : `SHA-256 \`${sha256.slice(0, 12)}\``,
      run.status,
    ]
    lines.push(facts.filter(fact => fact !== undefined).join(', '), '')
  }
  lines.push(...findingLines(run.findings))
  const byRuntime = runtimeTable(run)
  const notices = (run.notices ?? []).filter(({ leftOut }) => byRuntime === undefined || leftOut === undefined)
  for (const notice of notices) lines.push(`- ${escapeMarkdown(notice.text)}`)
  if (run.findings.length + notices.length > 0) lines.push('')
  if (run.error !== undefined) lines.push(`Failed: ${escapeMarkdown(run.error.message)}`, '')
  if (byRuntime !== undefined) lines.push(...runtimeLines(byRuntime))
  if (run.points.length > 0) lines.push(...table(run), '')
  if (run.trace !== undefined) lines.push(...traceLines(run.trace))
  lines.push(`Command: \`${run.command.replaceAll('`', "'").replaceAll('\n', ' ')}\``, '')
  const { cpu, os, runtime } = run.passport ?? {}
  const facts = [
    cpu?.model,
    os?.name,
    ...Object.entries(runtime ?? {})
      .filter(([name, value]) => name.endsWith('.version') && value !== UNKNOWN)
      .map(([name, value]) => `${name} ${String(value)}`),
  ]
  const known = facts.filter(fact => fact !== undefined && fact !== UNKNOWN).map(fact => escapeMarkdown(String(fact)))
  if (known.length > 0) lines.push(`Measured on ${known.join(', ')}.`, '')
  return lines.join('\n')
}

/** As on a terminal: what was found with its next steps, what cannot be told, what was not found. */
function findingLines(findings: readonly Finding[]): string[] {
  const { told, untold, notFound } = findingsInOrder(findings)
  const step = (text: string) =>
    text.startsWith('batchscope ') ? `\`${text.replaceAll('`', "'").replaceAll('\n', ' ')}\`` : escapeMarkdown(text)
  const steps = (next: readonly string[]) => next.map(text => `  - ${step(text)}`)
  const answer = ({ verdict, statement }: Finding) =>
    escapeMarkdown(verdict === 'cannot-tell' ? `Cannot tell. ${statement}` : statement)
  return [
    ...told.flatMap(finding => [`- **${escapeMarkdown(finding.title)}**: ${answer(finding)}`, ...steps(finding.next)]),
    ...untold.flatMap(({ titles, statement, next }) => [
      `- Cannot tell ${escapeMarkdown(quoted(titles))}: ${escapeMarkdown(statement)}`,
      ...steps(next),
    ]),
    ...(notFound.length === 0 ? [] : [`- ${escapeMarkdown(notFoundText(notFound))}`]),
  ]
}

/** Batches × runtimes, what was left out under it with the reason. */
function runtimeLines(table: RuntimeTable): string[] {
  const text = runtimeTableText(table, column => columnName(column, 'full'))
  if (text === undefined) return []
  const row = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`
  return [
    row(text.header),
    `| ${text.right.map(() => '---:').join(' | ')} |`,
    ...text.rows.map(row),
    '',
    ...[...text.notes, ...text.leftOut].map(note => `- ${escapeMarkdown(note)}`),
    '',
  ]
}

function table(run: ResultDocument['runs'][number]): string[] {
  const columns = tableColumnsFor(run.points)
  const isServer = run.points.length > 1 && run.points.some(isServerPoint)
  const best = isServer ? bestPoints(run.points) : new Set()
  const cell = (point: Point, { id, text }: LatencyColumn) =>
    `${escapeMarkdown(text(point))}${id === 'fps' && best.has(point) ? ' ★' : ''}`
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [
    row(columns.map(column => (column.unit === undefined ? column.title : `${column.title} (${column.unit})`))),
    row(columns.map(column => (column.align === 'right' ? '---:' : '---'))),
    ...(isServer ? inReadingOrder(run.points) : run.points).map(point =>
      row(columns.map(column => cell(point, column))),
    ),
  ]
}

function traceLines(trace: TraceSummary): string[] {
  const row = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`
  return [
    ...traceOverview(trace).map(line => `- ${escapeMarkdown(line)}`),
    '',
    ...traceTables(trace, MAX_TRACE_ROWS).flatMap(({ title, header, right, rows, more }) => [
      `### ${title}`,
      '',
      row(header),
      `| ${right.map(isRight => (isRight ? '---:' : '---')).join(' | ')} |`,
      ...rows.map(row),
      ...(more === 0 ? [] : ['', `… and ${more} more.`]),
      '',
    ]),
  ]
}

/** Names are hostile text: nothing in them may become markup, a link, an image or a table cell border. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\`*_{}[\]<>#|!~]/g, String.raw`\$&`)
}
