const MAX_LINES = 100_000

/** --dumpLayerInfo: its body has no marks, a layer a line, then the bindings. */
export class LayerDumpReader {
  dump: { layers: string[]; bindings: string[] } | undefined
  #part: 'layers' | 'bindings' | undefined

  /** A marked line: does the body begin after it? */
  begins(text: string): void {
    this.#part = text === 'Layers:' ? 'layers' : undefined
    if (this.#part !== undefined) this.dump = { layers: [], bindings: [] }
  }

  /** An unmarked line: is it of the body? */
  continues(text: string): boolean {
    if (this.#part === undefined || this.dump === undefined) return false
    if (text === 'Bindings:') this.#part = 'bindings'
    else if (text !== '' && this.dump[this.#part].length < MAX_LINES) this.dump[this.#part].push(text)
    return true
  }
}
