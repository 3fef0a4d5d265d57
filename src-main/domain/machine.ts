import { z } from 'zod'

/** Is it here, and if not, what to do. */
export const Readiness = z.object({
  ready: z.boolean(),
  version: z.string().optional(),
  /** Where it was found. */
  path: z.string().optional(),
  why: z.string().optional(),
  hint: z.string().optional(),
})
export type Readiness = z.infer<typeof Readiness>

/** A runtime as a form needs it. `optionsSchema` is the JSON Schema of its options. */
export const RuntimeInfo = z.object({
  id: z.string(),
  title: z.string(),
  device: z.string(),
  /** What one latency covers: 'compute', 'h2d', 'd2h', 'output-allocation'… */
  includes: z.array(z.string()),
  precisions: z.array(z.string()),
  /** Those a comparison of all runtimes asks of it; empty: it stays out. */
  usual: z.array(z.string()).optional(),
  readiness: Readiness,
  optionsSchema: z.record(z.string(), z.unknown()),
})
export type RuntimeInfo = z.infer<typeof RuntimeInfo>

export const ToolInfo = z.object({
  id: z.string(),
  title: z.string(),
  /** What it lets the user do here. */
  purpose: z.string(),
  readiness: Readiness,
  /** The user set this path in Settings. */
  configuredPath: z.string().optional(),
})
export type ToolInfo = z.infer<typeof ToolInfo>

/** One line of the doctor: state by word, never by colour alone. */
export const Check = z.object({
  /** `runtime-ID` and `tool-ID` for what `runtimes.list` and `tools.list` give. */
  id: z.string(),
  title: z.string(),
  state: z.enum(['ok', 'warning', 'missing']),
  found: z.string(),
  /** What this makes possible, or what to do to get it. */
  readyFor: z.string(),
  hint: z.string().optional(),
})
export type Check = z.infer<typeof Check>

export const Doctor = z.object({ checkedAt: z.string(), checks: z.array(Check) })
export type Doctor = z.infer<typeof Doctor>
