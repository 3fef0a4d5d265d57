import { formatDuration, formatLatency } from '#domain/display.ts'
import type { Point } from '#domain/point.ts'
import type { Progress } from '#domain/run.ts'
import { isServerPoint } from '#domain/server-table.ts'
import { pointText, safeText, type Terminal } from './output.ts'

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

  /** A point at a server takes long: its figures stay in sight, a line each, until the table comes. */
  measured(point: Point): void {
    if (!this.#terminal.interactive || !isServerPoint(point)) return
    this.clear()
    this.#terminal.err(`${pointText(point)}\n`)
  }

  clear(): void {
    if (this.#shown) this.#terminal.err('\r\u001b[2K')
    this.#shown = false
  }
}
