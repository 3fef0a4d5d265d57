import type { LogLine } from '#domain/run.ts'

const FLUSH_MS = 250 // a commit per line would cost more than the line; a crash loses at most this much log

/** Collects log lines and hands them on in bundles. */
export class LogBuffer {
  #lines: LogLine[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #broken: unknown
  readonly #write: (lines: LogLine[]) => void

  constructor(write: (lines: LogLine[]) => void) {
    this.#write = write
  }

  add(line: LogLine): void {
    this.#lines.push(line)
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS)
  }

  /** Writes the rest. @throws whatever a write threw: a log that can't be kept fails the run, as a point would. */
  close(): void {
    this.#flush()
    if (this.#broken !== undefined) throw this.#broken
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#lines
    this.#lines = []
    if (lines.length === 0 || this.#broken !== undefined) return
    try {
      this.#write(lines)
    } catch (thrown) {
      this.#broken = thrown // told at close: a timer has nobody to tell
    }
  }
}
