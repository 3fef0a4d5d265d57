/** Names and shapes of what crosses the walls between main, preload and engine process. No zod: the preload is bundled. */

export const PAGE_SCHEME = 'app'
export const PAGE_HOST = 'batchscope'
/** Origin of the page in the window. */
export const PAGE_ORIGIN = `${PAGE_SCHEME}://${PAGE_HOST}`

/** What the page's window receives, with one MessagePort (src-renderer/host/host.ts). */
export const ENGINE_PORT_MESSAGE = 'batchscope:engine-port'

/** Preload → main; `invoke` ones are answered. */
export const TO_MAIN = {
  openDialog: 'batchscope:open-dialog',
  saveDialog: 'batchscope:save-dialog',
  revealInFolder: 'batchscope:reveal-in-folder',
  setDocument: 'batchscope:set-document',
  setTheme: 'batchscope:set-theme',
  requestEnginePort: 'batchscope:request-engine-port',
  /** The page listens for commands now: what waited is sent. */
  pageListens: 'batchscope:page-listens',
} as const

/** Main → preload. */
export const TO_PAGE = {
  command: 'batchscope:command',
  enginePort: 'batchscope:engine-port',
} as const

/** Main → engine process. `connect` carries one MessagePort. */
export type ToEngine = { type: 'connect' } | { type: 'shutdown' }

/** Engine process → main. */
export type FromEngine = { type: 'ready' } | { type: 'failed'; message: string; detail: string }
