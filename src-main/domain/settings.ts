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

/** A change: only the fields given. Not `Settings.partial()`: zod fills defaults into absent optional fields. */
export const SettingsPatch = z
  .object({
    theme: Settings.shape.theme.unwrap(),
    latencyUnit: Settings.shape.latencyUnit.unwrap(),
    memoryUnit: Settings.shape.memoryUnit.unwrap(),
    /** Empty: back to the documents folder. */
    sessionFolder: z.string(),
    toolPaths: Settings.shape.toolPaths.unwrap(),
    browseRoots: Settings.shape.browseRoots.unwrap(),
  })
  .partial()
export type SettingsPatch = z.infer<typeof SettingsPatch>

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  latencyUnit: 'auto',
  memoryUnit: 'MiB',
  toolPaths: {},
  browseRoots: [],
}
