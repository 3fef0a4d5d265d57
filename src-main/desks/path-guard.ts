import { allowedPath } from '../user-data/browse.ts'

/**
 * In the server face every path that a page names must be under the folders the user allowed. The window and the
 * CLI act for the user at this machine and may name any path.
 */
export class PathGuard {
  readonly #roots: (() => readonly string[]) | undefined

  constructor(roots?: () => readonly string[]) {
    this.#roots = roots
  }

  /** @throws EngineError FORBIDDEN, FILE_NOT_FOUND */
  async check(path: string): Promise<void> {
    if (this.#roots !== undefined) await allowedPath(this.#roots(), path)
  }
}
