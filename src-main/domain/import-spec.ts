import { z } from 'zod'

/** Results or a trace of another program, read into a session. */
export const ImportSpec = z.object({
  path: z.string().min(1),
  /** Further files of the same engine and run, read with it as one: a trtexec log and its exports. */
  others: z.array(z.string().min(1)).max(20).optional(),
  /** Batch of the requests, where the file does not tell it (perf_analyzer's CSV and profile export do not). */
  batch: z.int().min(1).max(65_536).optional(),
  /** Name of the model, where the file does not tell it. */
  model: z.string().min(1).optional(),
  title: z.string().min(1).optional(),
  /** Equal for files imported as one job: traces of its ranks are shown as one group where the files do not tell it. */
  group: z.string().min(1).optional(),
})
export type ImportSpec = z.infer<typeof ImportSpec>
export type ImportSpecInput = z.input<typeof ImportSpec>
