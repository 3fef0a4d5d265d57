import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { z } from 'zod'
import { ATTACHMENTS, type AttachmentKind, AttachmentRef } from '#domain/attachment.ts'
import { EngineError } from '#domain/errors.ts'
import type { SqlRow } from '../sqlite.ts'
import { isIntact } from './checked-row.ts'
import type { Attachment } from './session-file.ts'

/** Attachments between domain records and rows of table `attachment`. */

/** A hostile file must not unpack into all memory; the largest real one is some MB. */
const MAX_JSON_BYTES = 256 * 2 ** 20

const Columns = AttachmentRef.extend({ codec: z.literal('zstd'), data: z.instanceof(Uint8Array) })

export function attachmentRow(runSeq: number, { kind, name, data }: Attachment): SqlRow {
  return { run_seq: runSeq, kind, name, codec: 'zstd', data: zstdCompressSync(JSON.stringify(data)) }
}

/** @throws EngineError SESSION_DAMAGED when checksum, codec or content do not fit */
export function attachmentOf(row: SqlRow): Attachment {
  const columns = isIntact(row) ? Columns.safeParse(row).data : undefined
  if (columns === undefined) throw attachmentDamaged(row.name)
  try {
    const json = zstdDecompressSync(columns.data, { maxOutputLength: MAX_JSON_BYTES }).toString('utf8')
    return checkedAttachment(columns.kind, columns.name, JSON.parse(json))
  } catch (cause) {
    throw attachmentDamaged(row.name, cause)
  }
}

/** @throws ZodError where the data is not what its kind is made of */
export function checkedAttachment(kind: AttachmentKind, name: string, data: unknown): Attachment {
  return { kind, name, data: ATTACHMENTS[kind].parse(data) }
}

export function attachmentDamaged(name: SqlRow[string] | undefined, cause?: unknown): EngineError {
  const what = typeof name === 'string' ? `“${name}” of this run` : 'Something kept with this run'
  return new EngineError(
    'SESSION_DAMAGED',
    `${what} is damaged`,
    { hint: 'Run it again, or use a backup of the session.' },
    { cause },
  )
}
