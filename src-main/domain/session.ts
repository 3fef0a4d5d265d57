import { z } from 'zod'
import { RunSummary } from './run.ts'

/** Who writes a session file right now. */
export const LockHolder = z.object({ pid: z.int(), host: z.string(), app: z.string(), since: z.string() })
export type LockHolder = z.infer<typeof LockHolder>

export const SessionInfo = z.object({
  /** Handle of the open session inside this engine; a file opened twice has one. */
  sessionId: z.string(),
  path: z.string(),
  name: z.string(),
  notes: z.string(),
  createdAt: z.string(),
  modifiedAt: z.string(),
  appVersion: z.string(),
  bytes: z.int(),
  readOnly: z.boolean(),
  /** A sentence: held by whom, read-only media, newer version, damage. */
  readOnlyReason: z.string().optional(),
  lockedBy: LockHolder.optional(),
  /** What could not be read, a sentence each; the rest is shown. */
  damage: z.array(z.string()).default([]),
})
export type SessionInfo = z.infer<typeof SessionInfo>

export const SessionView = z.object({ info: SessionInfo, runs: z.array(RunSummary) })
export type SessionView = z.infer<typeof SessionView>

export const RecentSession = z.object({
  path: z.string(),
  name: z.string(),
  openedAt: z.string(),
  runCount: z.int(),
  modelName: z.string().optional(),
  device: z.string().optional(),
  best: z.object({ inferPerSec: z.number(), batch: z.int(), runtime: z.string() }).optional(),
  /** The file is not where it was. */
  missing: z.boolean().default(false),
})
export type RecentSession = z.infer<typeof RecentSession>

export const SessionEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('info'), info: SessionInfo }),
  z.object({ type: z.literal('run'), run: RunSummary }),
  z.object({ type: z.literal('run-removed'), runId: z.string() }),
  z.object({ type: z.literal('ended'), reason: z.string().optional() }),
])
export type SessionEvent = z.infer<typeof SessionEvent>
