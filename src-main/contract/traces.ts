import { z } from 'zod'
import { PackedColumns } from '#domain/packed.ts'
import { SliceDetail, TraceFigures, TraceSummary, TraceTables, TraceTrack } from '#domain/trace.ts'
import { TraceOverview } from '#domain/trace-overview.ts'
import { call } from './call.ts'

/** A run that has a trace: an import or a capture. */
const TraceOf = z.object({ sessionId: z.string(), runId: z.string() })
const Window = z.object({ startNs: z.number(), endNs: z.number() })

export const traces = {
  /** What the session keeps: figures and tables. There without the source. */
  summary: call.input(TraceOf).output(TraceSummary),
  /**
   * The rows of the timeline. `ready`: every slice can be drawn; `coarse`: only what the session keeps, and `why` says
   * why (the source moved or changed: `locate`); `building`: the index is being made again, ask later.
   */
  view: call.input(TraceOf).output(
    z.object({
      state: z.enum(['ready', 'coarse', 'building']),
      why: z.string().optional(),
      /** 0..1 while building. */
      fraction: z.number().optional(),
      startNs: z.number(),
      endNs: z.number(),
      tracks: z.array(TraceTrack),
    }),
  ),
  /**
   * What to draw of some lanes in a window, about one row a pixel. Columns: `lane` u32, `startNs` `endNs` f64, `name`
   * u32 (of the longest slice), `category` u8, `count` u32 (slices merged), `busy` f32 (covered share), `slice` u32 (id
   * where count is 1, else of the longest). Rows by lane, then start. A counter has one
   * lane, numbered after all others; its rows come as count 1, `busy` = value ÷ `maxValue` (of values below 0 negative).
   */
  window: call
    .input(TraceOf.extend(Window.shape).extend({ widthPx: z.int().min(1).max(16_384), lanes: z.array(z.int()) }))
    .output(PackedColumns),
  /**
   * A picture of what was read so far, while the trace is being imported. Columns `track` u32, `startNs` `endNs` f64,
   * `busy` f32. `overview`: figures of the whole trace that are known already; absent where its format cannot tell early.
   */
  preview: call.input(TraceOf).output(
    z.object({
      startNs: z.number(),
      endNs: z.number(),
      tracks: z.array(TraceTrack.pick({ index: true, kind: true, title: true, group: true })),
      cells: PackedColumns,
      overview: TraceOverview.optional(),
    }),
  ),
  /**
   * When a device had nothing to do, and why. Columns `startNs` `endNs` f64, `reason` u8: position in IDLE_REASONS.
   * Gaps shorter than `leastNs` are left out, the longest kept where there are more than `limit`.
   */
  idle: call
    .input(
      TraceOf.extend(Window.shape).extend({
        device: z.int(),
        leastNs: z.number().min(0),
        limit: z.int().min(1).max(100_000).default(5000),
      }),
    )
    .output(PackedColumns),
  /** Texts of name ids, '' for one that is none. */
  names: call.input(TraceOf.extend({ ids: z.array(z.int()).max(5000) })).output(z.array(z.string())),
  slice: call.input(TraceOf.extend({ slice: z.int() })).output(SliceDetail),
  /** The slice under a point, as exactly as the index can tell. */
  at: call.input(TraceOf.extend({ lane: z.int(), atNs: z.number() })).output(z.int().optional()),
  /** Next or previous slice of the same lane, or of the same name on the same track. */
  beside: call
    .input(
      TraceOf.extend({ slice: z.int(), direction: z.enum(['next', 'previous']), sameName: z.boolean().default(false) }),
    )
    .output(z.int().optional()),
  /**
   * Slices whose name contains the text, any case; in start order. Columns `slice` u32, `lane` u32, `startNs` f64,
   * `durationNs` f64, at most `limit`; `total` counts all.
   */
  find: call
    .input(
      TraceOf.extend({
        text: z.string(),
        exact: z.boolean().default(false),
        limit: z.int().max(100_000).default(10_000),
      }),
    )
    .output(z.object({ total: z.int(), hits: PackedColumns })),
  /** Figures and tables of a selection: device, CPU, every table, over the window and (absent: all) tracks. */
  select: call
    .input(TraceOf.extend(Window.shape).extend({ tracks: z.array(z.int()).optional() }))
    .output(z.object({ figures: TraceFigures, tables: TraceTables })),
  /** Operators split by input shapes. */
  operatorsByShape: call.input(TraceOf).output(TraceTables.shape.operators),
  /** The file is elsewhere now: its content must be the one that was read. Then the index is made again. */
  locate: call.input(TraceOf.extend({ path: z.string() })),
}
