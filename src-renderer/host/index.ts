import { browserHost } from './browser-host.ts'
import type { Host } from './page-host.ts'
import { windowHost } from './window-host.ts'

/** Where this page runs. Pages ask it for files, never the platform. */
export const host: Host = window.batchscopeHost ? windowHost(window.batchscopeHost) : browserHost()

export {
  MODEL_FILTER,
  RESULTS_FILTER,
  SESSION_FILTER,
  type Theme,
  TRACE_FILTER,
  type UploadProgress,
} from './page-host.ts'
