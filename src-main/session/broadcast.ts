/** Events to any number of listeners; each gets what is emitted after it subscribed, in order, until close or abort. */
export class Broadcast<T> {
  readonly #listeners = new Set<{ push(event: T): void; end(): void }>()

  emit(event: T): void {
    for (const listener of this.#listeners) listener.push(event)
  }

  /** Ends every subscription after what it still has to read. */
  close(): void {
    for (const listener of this.#listeners) listener.end()
    this.#listeners.clear()
  }

  /** Subscribes at once, before the first read. */
  subscribe(signal?: AbortSignal): AsyncGenerator<T> {
    const pending: T[] = []
    let over = false
    let wake = () => {}
    const listener = {
      push: (event: T) => {
        pending.push(event)
        wake()
      },
      end: () => {
        over = true
        wake()
      },
    }
    this.#listeners.add(listener)
    signal?.addEventListener('abort', listener.end, { once: true })
    const listeners = this.#listeners
    return (async function* () {
      try {
        for (;;) {
          while (pending.length > 0 && signal?.aborted !== true) yield pending.shift() as T
          if (over) return
          await new Promise<void>(resolve => {
            wake = resolve
          })
        }
      } finally {
        listeners.delete(listener)
        signal?.removeEventListener('abort', listener.end)
      }
    })()
  }
}
