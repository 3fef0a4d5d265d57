import type { Runtime } from '../../runtimes/define.ts'
import type { RunSink } from '../define.ts'
import type { CaptureTools } from './world.ts'

/** What the engine hands to captures: rooms of its own floor are met only there. */
export interface CaptureContext extends CaptureTools {
  app: { version: string; commit: string }
  runtimes: readonly Runtime[]
  /** Reads a trace or report into the run as an import of it would: figures, findings, notices. */
  readTrace(path: string, sink: RunSink, signal: AbortSignal): Promise<void>
}
