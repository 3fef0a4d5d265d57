import type { Finding } from '#domain/finding.ts'
import type { TraceSource, TraceSummary } from '#domain/trace.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import type { TraceStore } from '../trace-cache/trace-store.ts'
import type { Imported } from '../workers/trace-protocol.ts'
import type { RunSink } from './define.ts'

export type JudgeTrace = (facts: TraceFacts) => Finding[]

export interface TraceReading {
  traces: Pick<TraceStore, 'import'>
  judgeTrace: JudgeTrace
}

/**
 * Reads a trace file into the run: progress, figures, what could not be read, findings. When `signal` aborts, what was
 * read until then is kept.
 * @param known what the caller knows of the source and the file does not tell   @throws EngineError
 */
export async function readTraceInto(
  sink: RunSink,
  path: string,
  signal: AbortSignal,
  { traces, judgeTrace }: TraceReading,
  known: Partial<TraceSource> = {},
): Promise<{ summary: TraceSummary; originFacts: Imported['originFacts'] }> {
  const imported = await traces.import(path, {
    runId: sink.runId,
    stop: signal,
    progress: progress => sink.progress(progress),
  })
  return { summary: keepTrace(sink, imported, judgeTrace, known), originFacts: imported.originFacts }
}

/** More kinds of unreadable events than these are counted together. */
const MAX_UNREAD_SHOWN = 10

function keepTrace(
  sink: RunSink,
  { summary, facts, coarse, stopped }: Imported,
  judge: JudgeTrace,
  known: Partial<TraceSource>,
): TraceSummary {
  const source = { ...known, ...summary.source }
  const { job: _, ...alone } = source
  // Files that came together are one job only where they are ranks of one.
  const kept = { ...summary, source: source.rank === undefined ? alone : source }
  sink.trace({ summary: kept, facts, coarse })
  for (const text of summary.notices) sink.notice({ level: 'info', text })
  for (const text of unreadWords(summary)) sink.notice({ level: 'warning', text })
  if (stopped) sink.notice({ level: 'warning', text: 'Cancelled: the figures cover what was read until then.' })
  sink.findings(judge(facts))
  return kept
}

function unreadWords({ unread }: TraceSummary): string[] {
  const shown = unread.slice(0, MAX_UNREAD_SHOWN).map(({ reason, count, firstAt }) => {
    const times = count === 1 ? 'Once' : `${count.toLocaleString('en')} times`
    return `Not read: ${reason}. ${times}, first at ${firstAt}.`
  })
  const others = unread.slice(MAX_UNREAD_SHOWN).reduce((sum, { count }) => sum + count, 0)
  return others === 0 ? shown : [...shown, `Not read for other reasons: ${others.toLocaleString('en')} events.`]
}
