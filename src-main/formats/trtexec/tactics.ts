import type { TrtexecEvent } from './types.ts'

const RUNNER = /^-{5,} Timing Runner: (.*?)(?: \(\w+(?:\[0x[0-9a-f]+\])?\))?$/
const FORMATS = /^\*{5,} Autotuning /
const TIMING = /^Tactic(?: Name)?: .*\bTime: /
/** Distinct layers that are counted; a model has thousands, their timings tens of thousands. */
const MAX_LAYERS = 100_000

/** How far the timing of tactics came, from a verbose log. */
export class TacticReader {
  readonly #layers = new Set<string>()
  #formats = 0
  #timings = 0

  isTiming(text: string): boolean {
    return RUNNER.test(text) || FORMATS.test(text)
  }

  line(text: string): TrtexecEvent[] {
    if (FORMATS.test(text)) this.#formats++
    else if (TIMING.test(text)) this.#timings++
    else {
      const [, layer] = RUNNER.exec(text) ?? []
      if (layer === undefined) return []
      if (this.#layers.size < MAX_LAYERS) this.#layers.add(layer)
      return [{ type: 'tactics', layer, layers: this.#layers.size, formats: this.#formats, timings: this.#timings }]
    }
    return []
  }
}
