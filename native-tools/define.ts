import type { Readiness } from '#domain/machine.ts'

/** How a tool is looked for: the user's configured path first, then PATH, then the usual folders. */
export interface FindContext {
  configuredPath?: string
  signal?: AbortSignal
}

/**
 * Another people's program. A file here knows where it lives, how it says its version, its argument arrays
 * per dialect (pure functions, golden-tested) and the id of the format it prints. Adding one: that file, a line in `catalog.ts`, a test.
 */
export interface Tool {
  id: string
  title: string
  /** What it lets the user do in Batchscope. */
  purpose: string
  find(context: FindContext): Promise<Readiness>
}

export function defineTool<T extends Tool>(tool: T): T {
  return tool
}
