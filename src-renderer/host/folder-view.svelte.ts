import type { FileEntry } from '#contract/system.ts'
import type { Engine } from '../engine.ts'
import type { FileFilter } from './host.ts'

/** A folder on the engine's machine, as the file dialog of a browser tab shows it. */
export class FolderView {
  /** Absent: the list of allowed folders. */
  path = $state<string>()
  parent = $state<string>()
  loading = $state(false)
  error = $state.raw<unknown>()
  #entries = $state.raw<readonly FileEntry[]>([])
  hasParent = $derived(this.path !== undefined)
  #system: Pick<Engine['system'], 'browse'>
  #asked = 0

  constructor(system: Pick<Engine['system'], 'browse'>) {
    this.#system = system
  }

  /** A later call wins over an earlier one that answers late. */
  async go(path?: string): Promise<void> {
    const asked = ++this.#asked
    this.loading = true
    this.error = undefined
    try {
      const answer = await this.#system.browse(path === undefined ? {} : { path })
      if (asked !== this.#asked) return
      this.path = answer.path
      this.parent = answer.parent
      this.#entries = answer.entries
    } catch (thrown) {
      if (asked === this.#asked) this.error = thrown
    } finally {
      if (asked === this.#asked) this.loading = false
    }
  }

  /** Folders first, then files that fit a filter; no filter: all. */
  shown(filters: readonly FileFilter[]): FileEntry[] {
    const folders = this.#entries.filter(entry => entry.kind === 'folder')
    return [...folders, ...this.#entries.filter(entry => entry.kind === 'file' && fits(entry.name, filters))]
  }

  hiddenCount(filters: readonly FileFilter[]): string {
    const hidden = this.#entries.length - this.shown(filters).length
    return hidden === 0 ? '' : `${hidden} ${hidden === 1 ? 'file is' : 'files are'} of another type.`
  }

  has(name: string): boolean {
    return this.#entries.some(entry => entry.kind === 'file' && entry.name === name.trim())
  }

  /** Path of a name in this folder, with the separator this folder's machine uses. */
  childPath(name: string): string | undefined {
    if (this.path === undefined || name.trim() === '') return undefined
    const separator = this.path.includes('\\') && !this.path.includes('/') ? '\\' : '/'
    return this.path.endsWith(separator) ? this.path + name.trim() : this.path + separator + name.trim()
  }
}

function fits(name: string, filters: readonly FileFilter[]): boolean {
  const extensions = filters.flatMap(filter => filter.extensions)
  return extensions.length === 0 || extensions.some(each => name.toLowerCase().endsWith(`.${each.toLowerCase()}`))
}
