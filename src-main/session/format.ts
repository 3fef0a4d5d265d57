import { z } from 'zod'

/** What a `.bscope` file is, in numbers. Changes are listed in docs/session-format.md. */

/** "BScp" in SQLite's header: `file` and our own opener tell a session from any other database. */
export const APPLICATION_ID = 0x42_53_63_70

/** Version of the tables this program writes: SQLite's `user_version`, and again in the session row. */
export const FORMAT_VERSION = 4

/** Oldest reader that understands what this program writes; an older one must refuse, a newer may open read-only. */
export const READABLE_FROM = { format: 2, app: '0.1.0' }

/** Up to this size SQLite checks the structure of the whole file when it is opened (7 ms for 7 MB). */
export const STRUCTURE_CHECK_MAX_BYTES = 64 * 1024 * 1024

/**
 * Up to this size the checksums of samples and logs are checked at opening too (20 ms for 7 MB). Above, those of runs
 * and points still are; samples and logs then when they are read.
 */
export const BULK_CHECK_MAX_BYTES = 4 * 1024 * 1024

/** The one row of table `session`. These columns stay in every later version, so that an older reader can say who wrote the file. */
export const SessionRow = z.object({
  name: z.string().nullable(),
  notes: z.string(),
  created_at: z.string(),
  modified_at: z.string(),
  app_version: z.string(),
  format: z.int(),
  reader_format: z.int(),
  reader_app: z.string(),
  run_count: z.int(),
  schema_crc: z.int(),
})
export type SessionRow = z.infer<typeof SessionRow>
