/** Where a run waits between points while the user has paused it. */
export class PauseGate {
  #paused = false
  #waiting: (() => void)[] = []

  get paused(): boolean {
    return this.#paused
  }

  set paused(paused: boolean) {
    this.#paused = paused
    if (paused) return
    for (const go of this.#waiting.splice(0)) go()
  }

  /** @throws the signal's reason when it aborts while waiting */
  async passed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (!this.#paused) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    this.#waiting.push(resolve)
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}
