import type { z } from 'zod'
import type { InputData } from '#domain/bench-spec.ts'
import type { Readiness } from '#domain/machine.ts'
import type { Model } from '#domain/model.ts'
import type { LogLine } from '#domain/run.ts'
import type { BenchInput, BenchResult } from '../workers/bench-protocol.ts'

/** One point to measure, fully decided: what a runtime needs to start a child for it. */
export interface PointTask {
  modelPath: string
  modelSha256: string
  precision: string
  batch: number
  /** 1-based. */
  repeat: number
  /** Full shape per input, batch included. */
  shapes: Record<string, number[]>
  data: Record<string, InputData>
  /** Position of the batch in each input, for data read from files. */
  batchAxes?: Record<string, number>
  warmup: number
  minIterations: number
  minDurationMs: number
  maxDurationMs: number
  /** Paths of tools that the user set, by tool id: the Python, trtexec. */
  toolPaths?: Readonly<Record<string, string>>
  /** All batches of the run, ascending: an engine may be made for all of them. Absent: this one. */
  batches?: readonly number[]
  /** Beside the session: where what a runtime makes and uses again is kept. */
  folder?: string
}

/** What a runtime may need to know to say whether it is ready; without it: the defaults. */
export interface ReadyQuestion {
  /** Paths of tools that the user set, by tool id. */
  toolPaths?: Readonly<Record<string, string>>
  /** As a spec gives them, not yet checked: which Python, which device. */
  options?: Readonly<Record<string, unknown>>
}

/** A worker to start: file name in `workers/` without extension, its input, and the cores it may use. */
export interface WorkerCall {
  worker: string
  input: BenchInput
  /** Cores of the whole process (`taskset`), as "0,2-3"; absent: all. */
  affinity?: string
}

/** What a runtime that starts another program itself is told and may tell. */
export interface MeasureTalk {
  say(phase: string, live?: { iterations: number; meanMs: number }): void
  log(stream: LogLine['stream'], text: string): void
}

/** How a runtime measures that is not a worker of ours: trtexec, a helper in the user's Python. */
export interface OwnMeasure {
  /** What is started, word by word, for the passport. */
  argv: readonly string[]
  /** @throws EngineError */
  measure(talk: MeasureTalk, limits: { signal: AbortSignal; timeoutMs: number }): Promise<BenchResult>
}

export type PointChild = WorkerCall | OwnMeasure

/** Whether a runtime can run a model in a precision it is asked for, and as what. */
export type PrecisionAnswer = { runs: string } | { why: string; hint?: string }

/**
 * What executes a model. Adding one: this file's shape in `runtimes/<id>.ts`, a line in `catalog.ts`,
 * a worker where no present one fits, and a test.
 */
export interface Runtime<Options extends z.ZodObject = z.ZodObject, Child extends PointChild = PointChild> {
  id: string
  title: string
  /** Where it computes: 'cpu', 'cuda:0'… */
  device: string
  /** Model format ids it runs. */
  models: readonly string[]
  /** Precisions it can be asked for; 'model' is the file's own. */
  precisions: readonly string[]
  /** Those a comparison of all runtimes asks of it; empty: it stays out. Absent: 'model', else the first of `precisions`. */
  usual?: readonly string[]
  /** Draws the form, checks the spec, documents the CLI. Every option has a default and a description. */
  options: Options
  /** What one latency covers; goes into the passport. */
  includes: readonly string[]
  /** Not offered to users: for tests of queue, crashes and pages. */
  hidden?: boolean
  ready(question?: ReadyQuestion): Promise<Readiness>
  /** Absent: `precisions` holds what can be asked, and each runs as it is called. */
  precision?(asked: string, model: Model, options: z.output<Options>): PrecisionAnswer
  child(task: PointTask, options: z.output<Options>): Child
}

export function defineRuntime<Options extends z.ZodObject, Child extends PointChild>(
  runtime: Runtime<Options, Child>,
): Runtime<Options, Child> {
  return runtime
}
