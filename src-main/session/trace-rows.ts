import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import { TraceSummary } from '#domain/trace.ts'
import { TraceFacts } from '#domain/trace-facts.ts'
import type { SqlRow } from '../sqlite.ts'
import { isIntact } from './checked-row.ts'
import type { KeptTrace } from './session-file.ts'

/** Traces between domain records and rows of table `trace`: at most one a run. */

/** `run.trace_count` of a run whose trace was lost to damage and left out of a recovered copy. */
export const TRACE_LOST = -1

/** A hostile file must not unpack into all memory; the largest real summary is some MB. */
const MAX_JSON_BYTES = 256 * 2 ** 20
const MAX_COARSE_BYTES = 256 * 2 ** 20

const blob = z.instanceof(Uint8Array)
const TraceColumns = z.object({ codec: z.literal('zstd'), summary: blob, facts: blob, coarse: blob })

/** Source and format have columns, so that a list of traces needs no unpacking; JSON and coarse levels are zstd frames. */
export function traceRow(runSeq: number, { summary, facts, coarse }: KeptTrace): SqlRow {
  const { path, bytes, sha256, format } = summary.source
  return {
    run_seq: runSeq,
    path,
    bytes,
    sha256,
    format,
    codec: 'zstd',
    summary: packed(summary),
    facts: packed(facts),
    coarse: zstdCompressSync(coarse),
  }
}

/** @throws EngineError SESSION_DAMAGED when checksum, codec or content do not fit */
export function traceOf(row: SqlRow): KeptTrace {
  const columns = isIntact(row) ? TraceColumns.safeParse(row).data : undefined
  if (columns === undefined) throw traceDamaged()
  try {
    return {
      summary: TraceSummary.parse(unpacked(columns.summary)),
      facts: TraceFacts.parse(unpacked(columns.facts)),
      coarse: new Uint8Array(zstdDecompressSync(columns.coarse, { maxOutputLength: MAX_COARSE_BYTES })),
    }
  } catch (cause) {
    throw traceDamaged(cause)
  }
}

/** Without facts and coarse levels: what a document needs. @throws EngineError SESSION_DAMAGED */
export function traceSummaryOf(row: SqlRow): TraceSummary {
  const columns = isIntact(row) ? TraceColumns.safeParse(row).data : undefined
  if (columns === undefined) throw traceDamaged()
  try {
    return TraceSummary.parse(unpacked(columns.summary))
  } catch (cause) {
    throw traceDamaged(cause)
  }
}

export function traceDamaged(cause?: unknown): EngineError {
  return new EngineError(
    'SESSION_DAMAGED',
    'The trace of this run is damaged',
    { hint: 'Import the trace file again, or use a backup of the session.' },
    { cause },
  )
}

function packed(value: unknown): Uint8Array {
  return zstdCompressSync(JSON.stringify(value))
}

function unpacked(bytes: Uint8Array): unknown {
  return JSON.parse(zstdDecompressSync(bytes, { maxOutputLength: MAX_JSON_BYTES }).toString('utf8'))
}
