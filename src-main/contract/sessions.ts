import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { ResultDocument } from '#domain/document.ts'
import { RecentSession, SessionEvent, SessionView } from '#domain/session.ts'
import { call } from './call.ts'

const SessionId = z.object({ sessionId: z.string() })

export const sessions = {
  /** Most recent first. Files that moved are listed as `missing`. */
  recent: call.output(z.array(RecentSession)),
  forgetRecent: call.input(z.object({ path: z.string() })),
  /** A new file; without `path` a free name in the session folder (settings). */
  create: call.input(z.object({ path: z.string().optional(), name: z.string().optional() })).output(SessionView),
  /** Opens for writing where possible, else read-only and says why. Opening an open file gives the same session. */
  open: call.input(z.object({ path: z.string(), readOnly: z.boolean().default(false) })).output(SessionView),
  /** The bundled sample, read-only. */
  openSample: call.output(SessionView),
  /** Checkpoints and closes; refused by nobody: a run in progress is cancelled first. */
  close: call.input(SessionId),
  get: call.input(SessionId).output(SessionView),
  /** Sessions open in this engine now. */
  opened: call.output(z.array(SessionView)),
  watch: call.input(SessionId).output(eventIterator(SessionEvent)),
  update: call
    .input(SessionId.extend({ name: z.string().min(1).optional(), notes: z.string().optional() }))
    .output(SessionView),
  /** Writes a copy and goes on in the copy; refuses to overwrite unless `overwrite`. */
  saveAs: call.input(SessionId.extend({ path: z.string(), overwrite: z.boolean().default(false) })).output(SessionView),
  /** Writes a copy under a free name beside it and stays in the original. */
  duplicate: call.input(SessionId).output(z.object({ path: z.string() })),
  /** Drops deleted runs for good and gives the space back. */
  compact: call.input(SessionId).output(z.object({ bytesBefore: z.int(), bytesAfter: z.int() })),
  /** The result document; `runIds` absent: all runs. */
  document: call.input(SessionId.extend({ runIds: z.array(z.string()).optional() })).output(ResultDocument),
  /** The session or one run as text to save or copy. */
  report: call
    .input(
      SessionId.extend({
        runIds: z.array(z.string()).optional(),
        format: z.enum(['json', 'csv', 'md', 'runtime-csv', 'perf-analyzer-csv', 'perf-analyzer-verbose-csv']),
      }),
    )
    .output(z.object({ text: z.string(), fileName: z.string() })),
}
