import { formatDuration, formatLatency } from '#domain/display.ts'
import type { Progress } from '#domain/run.ts'
import { safeText, type Terminal } from './output.ts'

/** One line on stderr, rewritten in place; silent where stderr is not a terminal. */
export class ProgressLine {
  readonly #terminal: Terminal
  #shown = false

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  show({ fraction, phase, etaMs, live }: Progress): void {
    if (!this.#terminal.interactive) return
    const parts = [
      fraction === undefined ? undefined : `${Math.floor(fraction * 100)} %`.padStart(5),
      safeText(phase),
      live === undefined
        ? undefined
        : `${live.iterations} ${live.runtime === 'triton' ? 'requests' : 'calls'}, ${formatLatency(live.meanMs)} each`,
      etaMs === undefined ? undefined : `${formatDuration(etaMs)} left`,
    ]
    this.#terminal.err(`\r\u001b[2K${parts.filter(part => part !== undefined).join(' · ')}`)
    this.#shown = true
  }

  clear(): void {
    if (this.#shown) this.#terminal.err('\r\u001b[2K')
    this.#shown = false
  }
}
