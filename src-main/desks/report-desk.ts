import { Correctness } from '#domain/correctness.ts'
import type { ResultDocument } from '#domain/document.ts'
import { EngineError } from '#domain/errors.ts'
import { GpuSeries } from '#domain/gpu-series.ts'
import { LayerTable } from '#domain/layer.ts'
import { StepTable } from '#domain/step-table.ts'
import { toCsv } from '../reports/csv.ts'
import { type DocumentedRun, resultDocument } from '../reports/document.ts'
import { toJson } from '../reports/json.ts'
import { toMarkdown } from '../reports/markdown.ts'
import { toPerfAnalyzerCsv } from '../reports/perf-analyzer-csv.ts'
import { toRuntimeCsv } from '../reports/runtime-csv.ts'
import type { SessionFile } from '../session/session-file.ts'
import type { SessionDesk } from './session-desk.ts'

/** What a document may be written as: how, and the ending of the file. */
const OUTPUTS = {
  json: { render: toJson, ending: '.json' },
  csv: { render: toCsv, ending: '.csv' },
  md: { render: toMarkdown, ending: '.md' },
  'runtime-csv': { render: toRuntimeCsv, ending: '.runtimes.csv' },
  'perf-analyzer-csv': {
    render: (document: ResultDocument) => toPerfAnalyzerCsv(document, { verbose: false }),
    ending: '.perf_analyzer.csv',
  },
  'perf-analyzer-verbose-csv': {
    render: (document: ResultDocument) => toPerfAnalyzerCsv(document, { verbose: true }),
    ending: '.perf_analyzer.csv',
  },
} as const satisfies Record<string, { render(document: ResultDocument): string; ending: string }>

export type ReportFormat = keyof typeof OUTPUTS

/** Sessions as documents: the same data in every output. */
export class ReportDesk {
  readonly #sessions: SessionDesk

  constructor(sessions: SessionDesk) {
    this.#sessions = sessions
  }

  /** @param runIds absent: all runs   @throws EngineError NOT_FOUND */
  document(sessionId: string, runIds?: readonly string[]): ResultDocument {
    const session = this.#sessions.get(sessionId)
    const ids = runIds ?? session.file.runs().map(run => run.id)
    return resultDocument(
      session.info(),
      ids.map(id => whole(session.file, id)),
    )
  }

  render(sessionId: string, format: ReportFormat, runIds?: readonly string[]): { text: string; fileName: string } {
    const document = this.document(sessionId, runIds)
    const [only] = document.runs
    const stem = document.runs.length === 1 && only !== undefined ? only.title : document.session.name
    const { render, ending } = OUTPUTS[format]
    return { text: render(document), fileName: `${stem.replaceAll(/[^\w.-]+/g, '-')}${ending}` }
  }
}

/** With its trace and attachments. What was lost to damage is left out; the session says so. */
function whole(file: SessionFile, runId: string): DocumentedRun {
  const run = file.run(runId)
  const trace = run.hasTrace === true ? unlessLost(() => file.traceSummary(runId)) : undefined
  const kept = unlessLost(() => file.attachments(runId)) ?? []
  const layers = kept.flatMap(({ kind, data }) => (kind === 'layers' ? [LayerTable.parse(data)] : []))
  const gpus = kept.flatMap(({ kind, data }) => (kind === 'gpu' ? [GpuSeries.parse(data)] : []))
  const correctness = kept.flatMap(({ kind, data }) => (kind === 'correctness' ? [Correctness.parse(data)] : []))
  const steps = kept.flatMap(({ kind, data }) => (kind === 'steps' ? StepTable.parse(data).steps : []))
  return {
    ...run,
    ...(trace === undefined ? {} : { trace }),
    ...(layers.length === 0 ? {} : { layers }),
    ...(gpus.length === 0 ? {} : { gpus }),
    ...(steps.length === 0 ? {} : { steps }),
    ...(correctness.length === 0 ? {} : { correctness }),
  }
}

function unlessLost<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.code === 'SESSION_DAMAGED') return undefined
    throw thrown
  }
}
