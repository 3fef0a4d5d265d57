import type { Runtime } from '../../runtimes/define.ts'
import type { TraceReading } from '../keep-trace.ts'
import type { CaptureTools } from './world.ts'

/** What the engine hands to captures: rooms of its own floor are met only there. */
export interface CaptureContext extends CaptureTools, TraceReading {
  app: { version: string; commit: string }
  runtimes: readonly Runtime[]
}
