import type { RunStatus, RunSummary } from '#domain/run.ts'
import type { Engine as EngineClient } from '../../engine.ts'
import { type BestRow, bestRows, bestRowsOfSummaries } from './best-rows.ts'

type Engine = Pick<EngineClient, 'sessions' | 'runs'>

/** Beyond, reading every point of every run would keep the page waiting; the runs' own best figures must do. */
export const READ_WHOLE_RUNS = 300

/** What the session page does with the open session. The session itself is the shell's, kept live there. */
export class SessionPage {
  readonly #engine: Engine
  readonly #sessionId: string

  best = $state.raw<readonly BestRow[]>()
  /** The overview knows only each run's best figure. */
  bestIsRough = $state(false)
  bestError = $state.raw<unknown>()
  actionError = $state.raw<unknown>()

  constructor(engine: Engine, sessionId: string) {
    this.#engine = engine
    this.#sessionId = sessionId
  }

  /** Best batch per runtime; asked again when `outcomeKey` changes. */
  async loadBest(runs: readonly RunSummary[], signal: AbortSignal): Promise<void> {
    this.bestError = undefined
    if (runs.length > READ_WHOLE_RUNS) {
      this.best = bestRowsOfSummaries(runs)
      this.bestIsRough = true
      return
    }
    try {
      const document = await this.#engine.sessions.document({ sessionId: this.#sessionId }, { signal })
      if (signal.aborted) return
      this.best = bestRows(document)
      this.bestIsRough = false
    } catch (error) {
      if (!signal.aborted) this.bestError = error
    }
  }

  async rename(name: string): Promise<void> {
    await this.#act(() => this.#engine.sessions.update({ sessionId: this.#sessionId, name }))
  }

  async saveNotes(notes: string): Promise<void> {
    await this.#act(() => this.#engine.sessions.update({ sessionId: this.#sessionId, notes }))
  }

  async renameRun(runId: string, title: string): Promise<void> {
    await this.#act(() => this.#engine.runs.update({ sessionId: this.#sessionId, runId, title }))
  }

  /** @returns whether the run is hidden now, so that the page can offer the way back */
  async deleteRun(runId: string): Promise<boolean> {
    const done = await this.#act(async () => {
      await this.#engine.runs.delete({ sessionId: this.#sessionId, runId })
      return true
    })
    return done === true
  }

  async restoreRun(runId: string): Promise<void> {
    await this.#act(() => this.#engine.runs.restore({ sessionId: this.#sessionId, runId }))
  }

  async #act<T>(action: () => Promise<T>): Promise<T | undefined> {
    this.actionError = undefined
    try {
      return await action()
    } catch (error) {
      this.actionError = error
      return undefined
    }
  }
}

/** Changes whenever a run comes, goes or ends: when the overview has to be read again. */
export function outcomeKey(runs: readonly RunSummary[]): string {
  return runs.map(({ id, status, pointCount }) => `${id} ${settled(status) ? pointCount : 'live'}`).join()
}

function settled(status: RunStatus): boolean {
  return status !== 'queued' && status !== 'running'
}
