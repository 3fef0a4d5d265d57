import type { LogLine } from '#domain/run.ts'

/** A program may print for hours: so many of its first lines are kept, and as many of its last. */
const KEPT_LINES = 2000

type Write = (stream: LogLine['stream'], text: string) => void

/** The output of a captured program on its way to the log: secrets taken out, its middle left out where it is long. */
export class BoundedLog {
  readonly #write: Write
  readonly #clean: (text: string) => string
  readonly #last: { stream: LogLine['stream']; text: string }[] = []
  #lines = 0

  constructor(write: Write, clean: (text: string) => string) {
    this.#write = write
    this.#clean = clean
  }

  add(stream: LogLine['stream'], text: string): void {
    const clean = this.#clean(text)
    if (++this.#lines <= KEPT_LINES) {
      this.#write(stream, clean)
      return
    }
    if (this.#last.length === KEPT_LINES) this.#last.shift()
    this.#last.push({ stream, text: clean })
  }

  /** Writes the last lines, and how many are left out. */
  close(): void {
    const leftOut = this.#lines - KEPT_LINES - this.#last.length
    if (leftOut > 0) this.#write('app', `… ${leftOut} lines of the program left out …`)
    for (const { stream, text } of this.#last.splice(0)) this.#write(stream, text)
  }
}
