import type { LogLine } from '#domain/run.ts'

/** Of each stretch of verbose lines, so many of its last are kept: where a build stopped is told by them. */
const KEPT_VERBOSE = 40
/** Other lines: a run prints some hundreds. */
const KEPT_OTHERS = 4000

type Write = (stream: LogLine['stream'], text: string) => void

/** trtexec's output on its way to the log: of megabytes of verbose lines only the ends of their stretches, order kept. */
export class TrtexecLogFilter {
  readonly #write: Write
  readonly #verbose: string[] = []
  #verboseLeftOut = 0
  #others = 0

  constructor(write: Write) {
    this.#write = write
  }

  add(stream: LogLine['stream'], text: string): void {
    if (isVerbose(text)) {
      this.#verbose.push(text)
      if (this.#verbose.length <= KEPT_VERBOSE) return
      this.#verbose.shift()
      this.#verboseLeftOut++
      return
    }
    if (++this.#others > KEPT_OTHERS) return
    this.#flush()
    this.#write(stream, text)
  }

  close(): void {
    this.#flush()
    const leftOut = this.#others - KEPT_OTHERS
    if (leftOut > 0) this.#write('app', `… ${leftOut} more lines of trtexec left out …`)
  }

  #flush(): void {
    if (this.#verboseLeftOut > 0) this.#write('app', `… ${this.#verboseLeftOut} verbose lines of trtexec left out …`)
    this.#verboseLeftOut = 0
    for (const text of this.#verbose.splice(0)) this.#write('stdout', text)
  }
}

function isVerbose(text: string): boolean {
  return /^\[[\d/:-]+\] \[V\]/.test(text)
}
