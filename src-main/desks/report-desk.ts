import type { ResultDocument } from '#domain/document.ts'
import { toCsv } from '../reports/csv.ts'
import { resultDocument } from '../reports/document.ts'
import { toJson } from '../reports/json.ts'
import { toMarkdown } from '../reports/markdown.ts'
import type { SessionDesk } from './session-desk.ts'

export type ReportFormat = 'json' | 'csv' | 'md'

const RENDER: Record<ReportFormat, (document: ResultDocument) => string> = { json: toJson, csv: toCsv, md: toMarkdown }

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
      ids.map(id => session.file.run(id)),
    )
  }

  render(sessionId: string, format: ReportFormat, runIds?: readonly string[]): { text: string; fileName: string } {
    const document = this.document(sessionId, runIds)
    const [only] = document.runs
    const stem = document.runs.length === 1 && only !== undefined ? only.title : document.session.name
    return { text: RENDER[format](document), fileName: `${stem.replaceAll(/[^\w.-]+/g, '-')}.${format}` }
  }
}
