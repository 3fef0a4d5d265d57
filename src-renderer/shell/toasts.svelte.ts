export interface Toast {
  id: number
  text: string
  tone: 'plain' | 'bad'
  /** Mostly "Undo". */
  action?: { label: string; run: () => void | Promise<void> }
}

const SHOWN_MS = 6000
/** Long enough to read, decide and reach the button. */
const WITH_ACTION_MS = 12_000

class Toasts {
  list = $state.raw<readonly Toast[]>([])
  #next = 1
  #timers = new Map<number, ReturnType<typeof setTimeout>>()

  show(text: string, options: { tone?: Toast['tone']; action?: Toast['action'] } = {}): number {
    const { tone = 'plain', action } = options
    const id = this.#next++
    this.list = [...this.list.slice(-2), { id, text, tone, ...(action ? { action } : {}) }]
    this.resume(id)
    return id
  }

  dismiss(id: number): void {
    this.hold(id)
    this.list = this.list.filter(toast => toast.id !== id)
  }

  /** While pointer or focus is on it, it stays. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
  }

  resume(id: number): void {
    const toast = this.list.find(each => each.id === id)
    if (!toast) return
    this.hold(id)
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), toast.action ? WITH_ACTION_MS : SHOWN_MS),
    )
  }
}

export const toasts = new Toasts()
