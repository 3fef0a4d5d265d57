import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import type { WindowColumns } from './query-rows.ts'

const count = z.int().min(0)

/** What comes before the rows: JSON, as it is small. */
export const CoarseHeader = z.object({
  version: z.literal(1),
  startNs: z.number(),
  endNs: z.number(),
  /** Every slice is there, none merged. */
  whole: z.boolean(),
  /** Lanes for which there was no room. */
  leftOut: count,
  tracks: z.array(
    z.object({
      index: count,
      kind: z.string(),
      title: z.string(),
      group: z.string(),
      device: z.number().optional(),
      unit: z.string().optional(),
      slices: count,
    }),
  ),
  /** Lanes in order; `rows` of each follow each other in the columns. */
  lanes: z.array(z.object({ track: count, depth: count, count, startNs: z.number(), endNs: z.number(), rows: count })),
  /** After all lanes: each row is a sample. */
  counters: z.array(z.object({ track: count, scale: z.number(), rows: count })),
  names: z.array(z.tuple([count, z.string()])),
  rows: count,
})
export type CoarseHeader = z.infer<typeof CoarseHeader>

const BYTES_PER_ROW = 8 + 8 + 4 + 4 + 4 + 4 + 1
const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8

export const coarseBytes = (headerBytes: number, rows: number) => aligned(8 + headerBytes) + rows * BYTES_PER_ROW

/** u32 version, u32 length of the header, header as JSON, columns each after the other from a multiple of 8 on. */
export function encodeCoarse(header: CoarseHeader, columns: WindowColumns): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header))
  const block = new Uint8Array(coarseBytes(json.length, header.rows))
  new DataView(block.buffer).setUint32(0, header.version, true)
  new DataView(block.buffer).setUint32(4, json.length, true)
  block.set(json, 8)
  const into = viewsOf(block, aligned(8 + json.length), header.rows)
  into.startNs.set(columns.startNs)
  into.endNs.set(columns.endNs)
  into.name.set(columns.name)
  into.count.set(columns.count)
  into.slice.set(columns.slice)
  into.busy.set(columns.busy)
  into.category.set(columns.category)
  return block
}

/** @throws EngineError SESSION_DAMAGED */
export function decodeCoarse(bytes: Uint8Array): { header: CoarseHeader; columns: Omit<WindowColumns, 'lane'> } {
  const block = new Uint8Array(bytes) // its own buffer, so that columns are aligned
  if (block.length < 8) throw damaged('it is cut off')
  const headerBytes = new DataView(block.buffer).getUint32(4, true)
  if (8 + headerBytes > block.length) throw damaged('it is cut off')
  const parsed = CoarseHeader.safeParse(parseJson(new TextDecoder().decode(block.subarray(8, 8 + headerBytes))))
  if (!parsed.success) throw damaged('its header does not hold what it must', parsed.error.message)
  const header = parsed.data
  const rows = [...header.lanes, ...header.counters].reduce((sum, lane) => sum + lane.rows, 0)
  if (rows !== header.rows || block.length !== coarseBytes(headerBytes, rows)) throw damaged('rows are missing')
  return { header, columns: viewsOf(block, aligned(8 + headerBytes), rows) }
}

function viewsOf({ buffer }: Uint8Array<ArrayBuffer>, from: number, rows: number): Omit<WindowColumns, 'lane'> {
  let at = from
  const next = (width: number) => {
    at += rows * width
    return at - rows * width
  }
  return {
    startNs: new Float64Array(buffer, next(8), rows),
    endNs: new Float64Array(buffer, next(8), rows),
    name: new Uint32Array(buffer, next(4), rows),
    count: new Uint32Array(buffer, next(4), rows),
    slice: new Uint32Array(buffer, next(4), rows),
    busy: new Float32Array(buffer, next(4), rows),
    category: new Uint8Array(buffer, next(1), rows),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw damaged('its header is no JSON', error instanceof Error ? error.message : String(error))
  }
}

const damaged = (what: string, detail?: string) =>
  new EngineError('SESSION_DAMAGED', `The picture of the trace that the session keeps is damaged: ${what}`, {
    hint: 'Locate the trace: its timeline is then drawn from the file itself.',
    ...(detail === undefined ? {} : { detail }),
  })
