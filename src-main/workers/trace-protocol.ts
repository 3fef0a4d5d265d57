import { z } from 'zod'
import { PackedBlock } from '#domain/packed.ts'
import { Facts } from '#domain/passport.ts'
import { SliceDetail, TraceFigures, TraceSummary, TraceTables, TraceTrack } from '#domain/trace.ts'
import { TraceFacts } from '#domain/trace-facts.ts'
import { TraceOverview } from '#domain/trace-overview.ts'

/**
 * What the engine asks the process of one trace, over IPC (structured clone, so typed arrays survive). It imports a file
 * into a folder, or opens such a folder; then it answers what the page asks (`QUERIES`).
 */

/** Typed arrays by name; on the page's wire they become one block (`domain/packed.ts`). */
export const Columns = z.record(
  z.string(),
  z.union([
    z.instanceof(Float64Array<ArrayBufferLike>),
    z.instanceof(Float32Array<ArrayBufferLike>),
    z.instanceof(Uint32Array<ArrayBufferLike>),
    z.instanceof(Uint8Array<ArrayBufferLike>),
  ]),
)
export type Columns = z.infer<typeof Columns>

export const ImportQuestion = z.object({
  type: z.literal('import'),
  path: z.string(),
  /** Empty and its own; becomes the index's folder. */
  folder: z.string(),
  /** Of the file, where it is known from before. */
  sha256: z.string().optional(),
  /** The program that exports reports, where the file needs it. */
  nsys: z.object({ path: z.string(), version: z.string().optional() }).optional(),
})
export type ImportQuestion = z.infer<typeof ImportQuestion>

const QUERY_NAMES = [
  'preview',
  'window',
  'idle',
  'names',
  'slice',
  'at',
  'beside',
  'find',
  'select',
  'operatorsByShape',
] as const
export type QueryName = (typeof QUERY_NAMES)[number]

export const TraceQuestion = z.discriminatedUnion('type', [
  ImportQuestion,
  z.object({
    type: z.literal('open'),
    folder: z.string(),
    format: z.string(),
    /** Where the source is now; absent: gone, or another file. */
    sourcePath: z.string().optional(),
  }),
  z.object({ type: z.literal('query'), name: z.enum(QUERY_NAMES), input: z.unknown() }),
])
export type TraceQuestion = z.input<typeof TraceQuestion>

/** On the way: what was read so far, and the hash as soon as it is known. */
export const ImportNews = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    phase: z.enum(['exporting', 'reading', 'indexing', 'summing up']),
    bytesRead: z.number(),
    bytesTotal: z.number(),
    slices: z.number(),
    /** Of the phase, 0..1, where it can be told. */
    fraction: z.number().optional(),
  }),
  z.object({ type: z.literal('hash'), sha256: z.string() }),
  z.object({ type: z.literal('overview'), overview: TraceOverview }),
])
export type ImportNews = z.infer<typeof ImportNews>

/** What comes of an import; the index is closed then, and its folder may be renamed. */
export const Imported = z.object({
  summary: TraceSummary,
  facts: TraceFacts,
  coarse: z.instanceof(Uint8Array<ArrayBufferLike>),
  /** What else the file says of how it was recorded, for a passport. */
  originFacts: Facts,
  /** Ended before the end of the file, because it was asked to. */
  stopped: z.boolean(),
})
export type Imported = z.infer<typeof Imported>

export const Opened = z.object({ startNs: z.number(), endNs: z.number(), tracks: z.array(TraceTrack) })
export type Opened = z.infer<typeof Opened>

const Span = z.object({ startNs: z.number(), endNs: z.number() })
const Slice = z.object({ slice: z.int() })

/** What can be asked of an open index; `preview` of one that is being made. As in `contract/traces.ts`. */
const inputs = {
  preview: z.object({}),
  window: Span.extend({ widthPx: z.int(), lanes: z.array(z.int()) }),
  idle: Span.extend({ device: z.int(), leastNs: z.number(), limit: z.int() }),
  names: z.object({ ids: z.array(z.int()) }),
  slice: Slice,
  at: z.object({ lane: z.int(), atNs: z.number() }),
  beside: Slice.extend({ direction: z.enum(['next', 'previous']), sameName: z.boolean() }),
  find: z.object({ text: z.string(), exact: z.boolean(), limit: z.int() }),
  select: Span.extend({ tracks: z.array(z.int()).optional() }),
  operatorsByShape: z.object({}),
}
const answers = {
  preview: Span.extend({
    tracks: z.array(TraceTrack.pick({ index: true, kind: true, title: true, group: true })),
    cells: Columns,
    overview: TraceOverview.optional(),
  }),
  /** Packed where it is made: in pieces, each copy of it on the way would be made once more. */
  window: PackedBlock,
  idle: Columns,
  names: z.array(z.string()),
  slice: SliceDetail,
  at: z.int().optional(),
  beside: z.int().optional(),
  find: z.object({ total: z.int(), hits: Columns }),
  select: z.object({ figures: TraceFigures, tables: TraceTables }),
  operatorsByShape: TraceTables.shape.operators,
}

export type QueryInput<Name extends QueryName> = z.infer<(typeof inputs)[Name]>
export type QueryAnswer<Name extends QueryName> = z.infer<(typeof answers)[Name]>

// So written that the compiler sees what belongs to one name.
export const INPUTS: { readonly [Name in QueryName]: z.ZodType<QueryInput<Name>> } = inputs
export const ANSWERS: { readonly [Name in QueryName]: z.ZodType<QueryAnswer<Name>> } = answers
