import { z } from 'zod'
import { AttachmentRef } from './attachment.ts'
import { CapturedPoint } from './capture-spec.ts'
import { Failure } from './errors.ts'
import { Finding } from './finding.ts'
import { ModelRef } from './model.ts'
import { Passport } from './passport.ts'
import { Point } from './point.ts'

export const RUN_STATUSES = ['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted'] as const
export const RunStatus = z.enum(RUN_STATUSES)
export type RunStatus = z.infer<typeof RunStatus>

export function isOver(status: RunStatus): boolean {
  return status !== 'queued' && status !== 'running'
}

/** What could have been measured and was not: a column of the table that says why instead. */
export const LeftOut = z.object({
  runtime: z.string(),
  title: z.string().optional(),
  /** As asked. */
  precision: z.string().optional(),
  /** From 0, among all that was asked for. */
  place: z.int().min(0).optional(),
  why: z.string(),
  hint: z.string().optional(),
})
export type LeftOut = z.infer<typeof LeftOut>

/** A sentence the reader must know beside the numbers: a skipped batch, a fallback. */
export const Notice = z.object({
  level: z.enum(['info', 'warning']),
  text: z.string(),
  leftOut: LeftOut.optional(),
})
export type Notice = z.infer<typeof Notice>

/** A run as a row of the tree: no points, one best figure. `kind` is an open string (bench, build, …). */
export const RunSummary = z.object({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  status: RunStatus,
  createdAt: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  modelName: z.string().optional(),
  /** What ran where, in a few words: "ONNX Runtime · CPU, 8 batches". */
  subtitle: z.string().optional(),
  /** What the points ran on, by name: the processor's or accelerator's model where the passport tells it. */
  device: z.string().optional(),
  pointCount: z.int().min(0),
  failedPointCount: z.int().min(0),
  /** It has a trace (`traces.summary`), or had one that was lost to damage. */
  hasTrace: z.boolean().optional(),
  best: z.object({ inferPerSec: z.number(), batch: z.int(), runtime: z.string() }).optional(),
  /** Of a capture: the point of another run it looks into. */
  of: CapturedPoint.optional(),
  /** Of an imported trace of one rank: the same for all ranks of its job. */
  job: z.string().optional(),
  notes: z.string().default(''),
})
export type RunSummary = z.infer<typeof RunSummary>

/** One execution of one spec, whole. */
export const Run = RunSummary.extend({
  spec: z.unknown(),
  /** Equal CLI command, ready to paste. */
  command: z.string(),
  model: ModelRef.optional(),
  passport: Passport.optional(),
  notices: z.array(Notice).default([]),
  error: Failure.optional(),
  points: z.array(Point),
  findings: z.array(Finding).default([]),
})
export type Run = z.infer<typeof Run>

export const LogLine = z.object({ atMs: z.number(), stream: z.enum(['app', 'stdout', 'stderr']), text: z.string() })
export type LogLine = z.infer<typeof LogLine>

export const Progress = z.object({
  /** 0..1 over the whole run; absent when it can't be known. */
  fraction: z.number().min(0).max(1).optional(),
  etaMs: z.number().min(0).optional(),
  /** What is happening now: "batch 8, repeat 2 of 3: measuring". */
  phase: z.string(),
  /** What is certain already, before the whole is done: "GPU 0: busy 80.3 % of 867 ms…". */
  known: z.string().optional(),
  pointsDone: z.int().min(0).optional(),
  pointsTotal: z.int().min(0).optional(),
  /** Latest latency seen by the live point: shown as a hint, never kept. */
  live: z.object({ batch: z.int(), runtime: z.string(), iterations: z.int(), meanMs: z.number() }).optional(),
})
export type Progress = z.infer<typeof Progress>

/** What a watcher of a run sees. `seq` grows by one per event; ask again with `afterSeq` and miss nothing. */
export const RunEvent = z.discriminatedUnion('type', [
  z.object({
    seq: z.int(),
    type: z.literal('status'),
    status: RunStatus,
    queuePosition: z.int().optional(),
    paused: z.boolean().optional(),
  }),
  z.object({ seq: z.int(), type: z.literal('progress'), progress: Progress }),
  z.object({ seq: z.int(), type: z.literal('log'), line: LogLine }),
  z.object({ seq: z.int(), type: z.literal('point'), point: Point }),
  z.object({ seq: z.int(), type: z.literal('notice'), notice: Notice }),
  /** What the run keeps beside its points has come, or come anew: `runs.attachments`. */
  z.object({ seq: z.int(), type: z.literal('attachment'), attachment: AttachmentRef }),
  z.object({ seq: z.int(), type: z.literal('passport'), passport: Passport }),
  /** Last event of every stream; an error thrown inside a stream would lose its text. */
  z.object({ seq: z.int(), type: z.literal('ended'), status: RunStatus, error: Failure.optional() }),
])
export type RunEvent = z.infer<typeof RunEvent>
