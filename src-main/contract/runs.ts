import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { AttachmentRef } from '#domain/attachment.ts'
import { CaptureSpec } from '#domain/capture-spec.ts'
import { RunPlan } from '#domain/plan.ts'
import { SampleColumn } from '#domain/point.ts'
import { Run, RunEvent, RunSummary } from '#domain/run.ts'
import { call } from './call.ts'

const RunId = z.object({ sessionId: z.string(), runId: z.string() })

export const runs = {
  /** What the spec would do. Problems are in the plan, not thrown, so that a form can show them as it is filled. */
  plan: call.input(z.object({ kind: z.string(), spec: z.unknown() })).output(RunPlan),
  /** Queues a run and returns at once. `kind` and `spec` are checked against the catalog. */
  start: call
    .input(z.object({ sessionId: z.string(), kind: z.string(), spec: z.unknown(), title: z.string().optional() }))
    .output(z.object({ runId: z.string() })),
  get: call.input(RunId).output(Run),
  /** Events after `afterSeq` (-1: from the beginning), then live, then `ended`. A page that reconnects misses nothing. */
  watch: call.input(RunId.extend({ afterSeq: z.int().default(-1) })).output(eventIterator(RunEvent)),
  /** Ends the process tree within a second; points measured so far stay. No effect on a run that is over. */
  cancel: call.input(RunId),
  /** A capture ends now and keeps what it recorded. No effect on a run that is over or whose kind cannot stop early. */
  stop: call.input(RunId),
  /** Stops before the next point; what runs now is finished. No effect on a run that is over or cannot pause. */
  pause: call.input(RunId),
  resume: call.input(RunId),
  update: call
    .input(RunId.extend({ title: z.string().min(1).optional(), notes: z.string().optional() }))
    .output(RunSummary),
  /** Hides the run; `restore` brings it back until the session is compacted. */
  delete: call.input(RunId),
  restore: call.input(RunId).output(RunSummary),
  /**
   * How a point can be looked into, best way first: plan (`plan`) or start (`start`, kind 'capture') the spec as it is.
   * The captures of a point are the runs whose `of` names it.
   */
  waysToProfile: call
    .input(RunId.extend({ pointId: z.string() }))
    .output(z.array(z.object({ title: z.string(), spec: CaptureSpec }))),
  /** What the run keeps beside points and trace, in order of its writing; `data` is what `ATTACHMENTS[kind]` describes. */
  attachments: call
    .input(RunId.extend({ kind: AttachmentRef.shape.kind.optional() }))
    .output(z.array(AttachmentRef.extend({ data: z.unknown() }))),
  /** Every kept latency of a point in ms, warm-up included, in order of measurement. */
  samples: call
    .input(RunId.extend({ pointId: z.string() }))
    .output(z.object({ warmup: z.int(), columns: z.array(SampleColumn) })),
}
