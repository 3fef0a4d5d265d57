import { z } from 'zod'

export const Settings = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** How latency is shown: ms with µs below 0.1 ms, or always ms. */
  latencyUnit: z.enum(['auto', 'ms']).default('auto'),
  /** How memory is shown. */
  memoryUnit: z.enum(['MiB', 'MB']).default('MiB'),
  /** Where a new session goes; absent: the documents folder. */
  sessionFolder: z.string().optional(),
  /** Paths of tools by tool id, before any search. */
  toolPaths: z.record(z.string(), z.string()).default({}),
  /** Folders the server face may browse besides the session folder. */
  browseRoots: z.array(z.string()).default([]),
})
export type Settings = z.infer<typeof Settings>
export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  latencyUnit: 'auto',
  memoryUnit: 'MiB',
  toolPaths: {},
  browseRoots: [],
}
