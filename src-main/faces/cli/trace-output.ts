import type { TraceSummary } from '#domain/trace.ts'
import { type TextTable, traceOverview, traceTables } from '#domain/trace-text.ts'
import type { EngineClient } from '../../api/doors.ts'
import { renderTable, runText, safeText } from './output.ts'
import { pipelineText } from './pipeline-output.ts'

/** Rows of each table; all of them: `--json`, `--csv`. */
const MAX_ROWS = 10
/** Kernel names reach thousands of characters. */
const MAX_NAME = 64

/** A run with its points, its trace or its steps, as a person reads it. */
export async function wholeRunText(client: EngineClient, at: { sessionId: string; runId: string }): Promise<string> {
  const run = await client.runs.get(at)
  const trace = run.hasTrace === true ? traceText(await client.traces.summary(at)) : undefined
  return runText(run, trace ?? (await pipelineText(client, at, run)))
}

/** A trace for people: where the time went, then the largest rows of each table. */
export function traceText(trace: TraceSummary): string {
  const tables = traceTables(trace, MAX_ROWS).map(tableText)
  return [traceOverview(trace).map(safeText).join('\n'), ...tables].join('\n\n')
}

function tableText({ title, header, right, rows, more }: TextTable): string {
  const cells = rows.map(([name = '', ...figures]) => [shortName(name), ...figures])
  const rest = more === 0 ? [] : [`… and ${more} more`]
  return [renderTable([title, ...header.slice(1)], cells, right), ...rest].join('\n')
}

/** Beginning and end: template arguments in the middle tell least. */
function shortName(name: string): string {
  const safe = safeText(name)
  return safe.length <= MAX_NAME ? safe : `${safe.slice(0, MAX_NAME - 20)}…${safe.slice(-19)}`
}
