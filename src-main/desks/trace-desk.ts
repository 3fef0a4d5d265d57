import { EngineError } from '#domain/errors.ts'
import { onTheWire, type PackedColumns, packColumns } from '#domain/packed.ts'
import type { TraceSource, TraceSummary, TraceTrack } from '#domain/trace.ts'
import type { TraceHandle } from '../trace-cache/trace-handle.ts'
import type { TraceStore } from '../trace-cache/trace-store.ts'
import type { QueryInput } from '../workers/trace-protocol.ts'
import { CoarseTraces } from './coarse-traces.ts'
import type { PathGuard } from './path-guard.ts'
import type { SessionDesk } from './session-desk.ts'

export interface TraceRef {
  sessionId: string
  runId: string
}

export interface TraceView {
  state: 'ready' | 'coarse' | 'building'
  why?: string
  fraction?: number
  startNs: number
  endNs: number
  tracks: TraceTrack[]
}

export interface TraceDeskParts {
  store: TraceStore
  sessions: SessionDesk
  guard: PathGuard
}

/** Traces as the page sees them: from their process while their index is there, else what the session keeps of them. */
export class TraceDesk {
  readonly #parts: TraceDeskParts
  readonly #coarse = new CoarseTraces()
  /** By session and run: a run's trace does not change once it is there, and each window asks for its source. */
  readonly #sources = new Map<string, TraceSource>()

  constructor(parts: TraceDeskParts) {
    this.#parts = parts
  }

  summary({ sessionId, runId }: TraceRef): TraceSummary {
    const summary = this.#file(sessionId).traceSummary(runId)
    if (summary === undefined) throw new EngineError('NOT_FOUND', 'This run has no trace', { where: runId })
    return summary
  }

  async view(ref: TraceRef): Promise<TraceView> {
    const now = await this.#parts.store.at(await this.#source(ref))
    if (now.state === 'ready') return { state: 'ready', ...(await now.trace.view()) }
    const picture = this.#coarseOf(ref).view()
    return now.state === 'building'
      ? { state: 'building', fraction: now.fraction, ...picture }
      : { state: 'coarse', why: now.why, ...picture }
  }

  async window(ref: TraceRef, input: QueryInput<'window'>): Promise<PackedColumns> {
    const trace = await this.#trace(ref)
    if (trace === undefined) return packColumns(this.#coarseOf(ref).window(input))
    return onTheWire(await trace.ask('window', input))
  }

  async preview({ runId }: TraceRef) {
    const { cells, ...preview } = await this.#parts.store.preview(runId)
    return { ...preview, cells: packColumns(cells) }
  }

  async idle(ref: TraceRef, input: QueryInput<'idle'>): Promise<PackedColumns> {
    return packColumns(await (await this.#whole(ref)).ask('idle', input))
  }

  async names(ref: TraceRef, input: QueryInput<'names'>): Promise<string[]> {
    const trace = await this.#trace(ref)
    return trace === undefined ? this.#coarseOf(ref).names(input.ids) : trace.ask('names', input)
  }

  async slice(ref: TraceRef, input: QueryInput<'slice'>) {
    return (await this.#whole(ref)).ask('slice', input)
  }

  async at(ref: TraceRef, input: QueryInput<'at'>) {
    return (await this.#trace(ref))?.ask('at', input)
  }

  async beside(ref: TraceRef, input: QueryInput<'beside'>) {
    return (await this.#whole(ref)).ask('beside', input)
  }

  async find(ref: TraceRef, input: QueryInput<'find'>) {
    const { total, hits } = await (await this.#whole(ref)).ask('find', input)
    return { total, hits: packColumns(hits) }
  }

  async select(ref: TraceRef, input: QueryInput<'select'>) {
    return (await this.#whole(ref)).ask('select', input)
  }

  async operatorsByShape(ref: TraceRef) {
    return (await this.#whole(ref)).ask('operatorsByShape', {})
  }

  async locate(ref: TraceRef, path: string): Promise<void> {
    await this.#parts.guard.check(path)
    await this.#parts.store.locate(await this.#source(ref), path)
  }

  /** Its handle, or nothing while the index is not there. */
  async #trace(ref: TraceRef): Promise<TraceHandle | undefined> {
    const now = await this.#parts.store.at(await this.#source(ref))
    return now.state === 'ready' ? now.trace : undefined
  }

  /** @throws EngineError FILE_NOT_FOUND with the reason while the index is not there */
  async #whole(ref: TraceRef): Promise<TraceHandle> {
    const now = await this.#parts.store.at(await this.#source(ref))
    if (now.state === 'ready') return now.trace
    throw new EngineError('FILE_NOT_FOUND', 'The index of this trace is not there', {
      detail: now.state === 'building' ? 'It is being made again.' : now.why,
      hint: now.state === 'building' ? 'Wait a moment.' : 'Locate the trace file: its content must be what was read.',
    })
  }

  /** A session may come from anyone: in the server face a path in it is guarded like one that the page names. */
  async #source(ref: TraceRef): Promise<TraceSource> {
    const key = `${ref.sessionId}/${ref.runId}`
    const known = this.#sources.get(key)
    if (known !== undefined) return known
    const { source } = this.summary(ref)
    const allowed = await this.#parts.guard.check(source.path).then(
      () => true,
      () => false,
    )
    const guarded = allowed ? source : { ...source, path: '' }
    this.#sources.set(key, guarded)
    return guarded
  }

  #coarseOf(ref: TraceRef) {
    const { file } = this.#parts.sessions.get(ref.sessionId)
    return this.#coarse.of(`${ref.sessionId}/${ref.runId}`, () => file.trace(ref.runId).coarse)
  }

  #file(sessionId: string) {
    return this.#parts.sessions.get(sessionId).file
  }
}
