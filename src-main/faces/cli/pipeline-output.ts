import { Correctness } from '#domain/correctness.ts'
import { DIFFERENCE_COLUMNS, driftSentence, STEP_STATUS_TITLES, VERDICT_TITLES } from '#domain/correctness-text.ts'
import { formatBytes, formatMs } from '#domain/display.ts'
import { precisionTrade } from '#domain/precision-trade.ts'
import type { Run } from '#domain/run.ts'
import { type StepRecord, StepTable } from '#domain/step-table.ts'
import type { EngineClient } from '../../api/doors.ts'
import { renderTable, safeText } from './output.ts'
import { tradeText } from './trade-output.ts'

interface RunAt {
  sessionId: string
  runId: string
}

/** Comparisons of a run, in the order they were made. */
export async function correctnessOf(client: EngineClient, at: RunAt): Promise<Correctness[]> {
  const kept = await client.runs.attachments({ ...at, kind: 'correctness' })
  return kept.map(({ data }) => Correctness.parse(data))
}

/** Steps, comparisons and the trade between precisions, for people; undefined for a run that has none. */
export async function pipelineText(client: EngineClient, at: RunAt, run: Run): Promise<string | undefined> {
  if (run.kind !== 'pipeline') return undefined
  const tables = (await client.runs.attachments({ ...at, kind: 'steps' })).map(({ data }) => StepTable.parse(data))
  const correctness = await correctnessOf(client, at)
  const trade = tradeText(precisionTrade(run.points, correctness))
  const parts = [...tables.map(({ steps }) => stepsText(steps)), ...correctness.map(correctnessText)]
  return [...parts, ...(trade === undefined ? [] : [trade])].join('\n\n')
}

function stepsText(steps: readonly StepRecord[]): string {
  const rows = steps.map(({ title, status, durationMs, tool = '', result = '' }) =>
    [title, STEP_STATUS_TITLES[status], durationMs === undefined ? '' : `${formatMs(durationMs)} ms`, tool, result].map(
      safeText,
    ),
  )
  const lines = steps.flatMap(({ title, artifact, notices, error }) => [
    ...(artifact === undefined
      ? []
      : [`${artifact.path} (${formatBytes(artifact.bytes)}, SHA-256 ${artifact.sha256.slice(0, 12)})`]),
    ...notices.map(text => `Note, ${title}: ${text}`),
    ...(error === undefined ? [] : [`${title} failed: ${error.message} ${error.hint ?? ''}`.trimEnd()]),
  ])
  const table = renderTable(['Step', 'Status', 'Took', 'Tool', 'Result'], rows, [false, false, true, false, false])
  return [table, ...lines.map(safeText)].join('\n')
}

function correctnessText(correctness: Correctness): string {
  const { base, candidate, outputs, verdict, why, toleranceRule, inputs } = correctness
  const header = ['Output', ...DIFFERENCE_COLUMNS.map(({ title }) => title), 'Verdict']
  const rows = outputs.map(({ name, difference, verdict }) => [
    safeText(name),
    ...DIFFERENCE_COLUMNS.map(({ text }) => (difference === undefined ? '' : text(difference))),
    VERDICT_TITLES[verdict],
  ])
  const drift = driftSentence(correctness)
  const fed = inputs.map(
    ({ name, dtype, shape, facts }) => `${name} ${dtype} [${shape.join(', ')}] ${factsText(facts)}`,
  )
  return [
    safeText(
      `${base.title} (${base.precision}, ${base.ranOn}) → ${candidate.title} (${candidate.precision}, ${candidate.ranOn})`,
    ),
    renderTable(header, rows, [false, ...DIFFERENCE_COLUMNS.map(() => true), false]),
    safeText(`${verdict.toUpperCase()}: ${why}`),
    ...(drift === undefined ? [] : [safeText(drift)]),
    safeText(`Tolerance: ${toleranceRule}`),
    ...fed.map(text => safeText(`Input: ${text}`)),
  ].join('\n')
}

function factsText(facts: Record<string, unknown>): string {
  return Object.entries(facts)
    .map(([name, fact]) => `${name} ${String(fact)}`)
    .join(', ')
}
