import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import { Point } from '#domain/point.ts'
import type { SqlRow } from '../sqlite.ts'
import { isIntact, withoutNulls } from './checked-row.ts'
import { json } from './run-rows.ts'
import type { PointSamples } from './session-file.ts'

/** Points and their raw samples between domain records and rows of tables `point` and `sample`. */

/** Statistics of `latencyMs` that have a column of their own. */
const STATISTICS = ['mean', 'std', 'min', 'p50', 'p90', 'p95', 'p99', 'max'] as const

/** `point.sample_columns` of a point whose samples were lost to damage and left out of a recovered copy. */
export const SAMPLES_LOST = -1

/** Everything of a point that has no column, so that a field the domain gains is kept without a migration. */
const Detail = json(z.record(z.string(), z.unknown()))

const PointColumns = z.object({
  id: z.string(),
  position: z.int(),
  runtime: z.string(),
  device: z.string(),
  precision: z.string(),
  batch: z.int(),
  concurrency: z.int(),
  repeat: z.int(),
  status: z.string(),
  started_at: z.string(),
  duration_ms: z.number().optional(),
  infer_per_sec: z.number().optional(),
  detail_json: Detail,
})

export function pointRow(runSeq: number, point: Point, hasSamples: boolean): SqlRow {
  const { id, index, runtime, device, precision, batch, concurrency, repeat, status, ...rest } = point
  const { startedAt, durationMs, inferPerSec, latencyMs, ...detail } = rest
  return {
    run_seq: runSeq,
    id,
    position: index,
    runtime,
    device,
    precision,
    batch,
    concurrency,
    repeat,
    status,
    started_at: startedAt,
    duration_ms: durationMs ?? null,
    infer_per_sec: inferPerSec ?? null,
    ...Object.fromEntries(STATISTICS.map(name => [`${name}_ms`, latencyMs?.[name] ?? null])),
    sample_columns: hasSamples ? 1 : 0,
    // An empty latencyMs and an absent one differ; the columns alone could not say so.
    detail_json: JSON.stringify(latencyMs === undefined ? detail : { ...detail, latencyMs: {} }),
  }
}

/** @throws ZodError when the row does not fit the domain */
export function pointOf(row: SqlRow): Point {
  const columns = PointColumns.parse(withoutNulls(row))
  const statistics = STATISTICS.flatMap(name => {
    const value = row[`${name}_ms`]
    return value === null || value === undefined ? [] : [[name, value] as const]
  })
  const { detail_json: detail } = columns
  return Point.parse({
    ...detail,
    id: columns.id,
    index: columns.position,
    runtime: columns.runtime,
    device: columns.device,
    precision: columns.precision,
    batch: columns.batch,
    concurrency: columns.concurrency,
    repeat: columns.repeat,
    status: columns.status,
    startedAt: columns.started_at,
    ...(columns.duration_ms === undefined ? {} : { durationMs: columns.duration_ms }),
    ...(columns.infer_per_sec === undefined ? {} : { inferPerSec: columns.infer_per_sec }),
    ...(detail.latencyMs === undefined ? {} : { latencyMs: Object.fromEntries(statistics) }),
  })
}

const SampleColumns = z.object({
  unit: z.literal('ms'),
  dtype: z.literal('f64'),
  codec: z.literal('zstd'),
  count: z.int().min(0).max(1_000_000_000),
  warmup: z.int().min(0),
  data: z.instanceof(Uint8Array),
})

/** Little-endian float64 in zstd: 1,000 latencies take 1.8 to 2.5 kB of their 8 kB (measured on real timings). */
export function sampleRow(pointSeq: number, { warmup, latenciesMs }: PointSamples): SqlRow {
  return {
    point_seq: pointSeq,
    name: 'latency',
    unit: 'ms',
    dtype: 'f64',
    codec: 'zstd',
    count: latenciesMs.length,
    warmup,
    data: zstdCompressSync(littleEndianBytes(latenciesMs)),
  }
}

/** @throws EngineError SESSION_DAMAGED when checksum, codec or length do not fit */
export function samplesOf(row: SqlRow): PointSamples {
  const columns = isIntact(row) ? SampleColumns.safeParse(row).data : undefined
  if (columns === undefined) throw samplesDamaged()
  const { count, warmup, data } = columns
  try {
    // The bound keeps a hostile file from unpacking into all memory.
    const bytes = zstdDecompressSync(data, { maxOutputLength: Math.max(1, count * 8) })
    if (bytes.length !== count * 8) throw samplesDamaged()
    return { warmup, latenciesMs: fromLittleEndian(bytes, count) }
  } catch (cause) {
    throw cause instanceof EngineError ? cause : samplesDamaged(cause)
  }
}

export function samplesDamaged(cause?: unknown): EngineError {
  return new EngineError(
    'SESSION_DAMAGED',
    'The raw samples of this point are damaged',
    { hint: 'Its figures are intact. For the samples use a backup of the file, or measure again.' },
    { cause },
  )
}

function littleEndianBytes(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 8)
  const view = new DataView(bytes.buffer)
  values.forEach((value, index) => {
    view.setFloat64(index * 8, value, true)
  })
  return bytes
}

function fromLittleEndian(bytes: Uint8Array, count: number): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float64Array.from({ length: count }, (_, index) => view.getFloat64(index * 8, true))
}
