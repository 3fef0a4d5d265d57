import type { AttachmentKind, AttachmentOf } from '#domain/attachment.ts'
import type { Finding } from '#domain/finding.ts'
import type { ModelRef } from '#domain/model.ts'
import type { Passport } from '#domain/passport.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Point } from '#domain/point.ts'
import type { LogLine, Notice, Progress } from '#domain/run.ts'
import type { KeptTrace, PointSamples } from '../session/session-file.ts'

/** What a run tells while it is executed. Points are committed before the call returns. */
export interface RunSink {
  progress(progress: Progress): void
  log(stream: LogLine['stream'], text: string): void
  point(point: Point, samples?: PointSamples): void
  /** What the run turned out to be, in a few words. */
  describe(words: { subtitle: string }): void
  /** The run's trace; at most one, a later one replaces it. */
  trace(trace: KeptTrace): void
  /** Kept beside the points (`domain/attachment.ts`): one of the same kind and name is replaced. @throws ZodError */
  attach<K extends AttachmentKind>(kind: K, name: string, data: AttachmentOf<K>): void
  notice(notice: Notice): void
  passport(passport: Passport): void
  findings(findings: Finding[]): void
  /** Awaited between points: returns at once unless the user paused the run, then when it is resumed. Rejects when aborted. */
  gate(signal: AbortSignal): Promise<void>
  /** Aborts when the user asks the run to end early and in order: a capture then keeps what it has. Only kinds with `stops` are asked. */
  readonly stop: AbortSignal
  readonly runId: string
  /** What the run leaves as files of its own lies beside it. */
  readonly sessionPath: string
}

/** A plan with what its execution needs, made once. */
export interface Planned {
  plan: RunPlan
  model?: ModelRef
  execute(sink: RunSink, signal: AbortSignal): Promise<void>
}

/**
 * A kind of run (bench, build, capture, …). `prepare` reads what the plan needs (a model file, what is installed)
 * and never starts work; problems are in the plan, not thrown, unless the spec itself can't be parsed (SPEC_INVALID).
 */
export interface RunKind {
  id: string
  title: string
  /** One at a time on this machine. */
  heavy: boolean
  /** It can be asked to end early and keeps what it has (`RunSink.stop`). */
  stops?: boolean
  /** Every file the spec names; a server face checks them before they are touched. Empty for what is not a spec. */
  files(spec: unknown): string[]
  /** The spec as it is kept with the run, without secrets; absent: as it is. */
  kept?(spec: unknown): unknown
  prepare(spec: unknown): Promise<Planned>
}
