import { z } from 'zod'
import { Doctor } from '#domain/machine.ts'
import { call } from './call.ts'

export const FileEntry = z.object({
  name: z.string(),
  path: z.string(),
  kind: z.enum(['folder', 'file']),
  bytes: z.int().optional(),
  modifiedAt: z.string().optional(),
})
export type FileEntry = z.infer<typeof FileEntry>

export const system = {
  info: call.output(
    z.object({
      appVersion: z.string(),
      commit: z.string(),
      platform: z.string(),
      nodeVersion: z.string(),
      sessionFolder: z.string(),
      /** Where settings, recent sessions and uploads are kept. */
      dataFolder: z.string(),
    }),
  ),
  doctor: call.input(z.object({ fresh: z.boolean().default(false) })).output(Doctor),
  /** JSON Schema of the result document. */
  schema: call.output(z.record(z.string(), z.unknown())),
  /**
   * Server-side file list, for a page that has no file dialog. Only under the allowed folders
   * (session folder, settings.browseRoots, folders given to `serve --root`); without `path` those folders.
   */
  browse: call
    .input(z.object({ path: z.string().optional() }))
    .output(z.object({ path: z.string().optional(), parent: z.string().optional(), entries: z.array(FileEntry) })),
  /** A file dropped on a page that has no path for it. Chunks in order; `end` gives the path on the engine's machine. */
  uploadBegin: call
    .input(z.object({ name: z.string(), bytes: z.int().min(0) }))
    .output(z.object({ uploadId: z.string() })),
  uploadChunk: call.input(z.object({ uploadId: z.string(), offset: z.int().min(0), data: z.instanceof(Blob) })),
  uploadEnd: call.input(z.object({ uploadId: z.string() })).output(z.object({ path: z.string() })),
}
