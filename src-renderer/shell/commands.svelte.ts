import { onDestroy } from 'svelte'
import { isPressed, type KeyPress, usableKeys } from './keys.ts'

/** One thing the user can do, wherever it is asked for: palette, shortcut, native menu, `?` list. */
export interface Command {
  /** `session.open`; the native menu sends the same id. */
  id: string
  title: string
  /** Heading in palette and key list. */
  group: string
  /** Alternatives, best first; those a browser tab keeps for itself are dropped there. */
  keys?: readonly string[]
  /** Also while a text field has the focus (only for keys with Mod or Alt, and Escape). */
  when?: () => boolean
  /** Not listed in palette and `?` list: menu-only, or with an argument. */
  hidden?: boolean
  run: (argument?: string) => void | Promise<void>
}

class CommandRegistry {
  /**
   * Plain, with a mark beside it that changes: while a page is taken down Svelte gives state as it was before the
   * change that took it down, and a list read then would be written back without the next page's commands.
   */
  readonly #sources = new Set<() => readonly Command[]>()
  #changed = $state.raw({})
  all = $derived.by(() => this.#collect(this.#changed))
  /** Enabled now. */
  usable = $derived(this.all.filter(command => command.when?.() ?? true))
  /** Set by the shell: shows what a command threw. */
  onError: (thrown: unknown) => void = () => {}

  /** @returns a function that takes them away */
  add(source: () => readonly Command[]): () => void {
    this.#sources.add(source)
    this.#changed = {}
    return () => {
      this.#sources.delete(source)
      this.#changed = {}
    }
  }

  /** @param _changed read, so that the list is made anew */
  #collect(_changed: object): Command[] {
    return [...this.#sources].flatMap(source => source())
  }

  find(id: string): Command | undefined {
    return this.usable.find(command => command.id === id)
  }

  async run(command: Command, argument?: string): Promise<void> {
    try {
      await command.run(argument)
    } catch (thrown) {
      this.onError(thrown)
    }
  }

  /** Runs what this key stands for. @returns whether there was such a command */
  press(
    press: KeyPress,
    { mac, where, typing }: { mac: boolean; where: 'window' | 'browser'; typing: boolean },
  ): boolean {
    const command = this.usable.find(each =>
      usableKeys(each.keys ?? [], where).some(
        keys => isPressed(keys, press, mac) && (!typing || /^(Mod|Alt)\+/.test(keys)),
      ),
    )
    if (command) void this.run(command)
    return command !== undefined
  }
}

export const commands = new CommandRegistry()

/** For a page: its commands exist while the component does. Call while the component is set up. */
export function useCommands(source: () => readonly Command[]): void {
  onDestroy(commands.add(source))
}
