import { seededRandom } from '#stats/random.ts'
import { randomData } from '../../models/random-data.ts'
import { datatypeOf, dtypeOf, elementBytes, encodeBytes, encodeContent } from './datatypes.ts'
import { type DataInput, type DataStep, valueCount } from './input-data-step.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

export interface RandomOptions {
  seed: number
  /** Letters of each text. */
  stringLength: number
  /** Every text, instead of random letters. */
  stringData?: string | undefined
}

/**
 * One item of values that any model can take, always finite (`models/random-data.ts` says which), the same for the same
 * seed. perf_analyzer instead scatters floats over all magnitudes.
 */
export function randomStep(inputs: readonly DataInput[], { seed, stringLength, stringData }: RandomOptions): DataStep {
  return inputs.map(({ name, datatype, shape }, index) => {
    const type = datatypeOf(datatype, `input ${name}`)
    const ownSeed = seed + index
    const data =
      type === 'BYTES'
        ? encodeBytes(stringData === undefined ? words(shape, stringLength, ownSeed) : copies(shape, stringData))
        : encodeContent({ dtype: dtypeOf(type), shape: [...shape], data: randomData(dtypeOf(type), shape, ownSeed) })
    return { name, datatype, shape: [...shape], data }
  })
}

/** Zeros, false, and empty texts. */
export function zeroStep(inputs: readonly DataInput[]): DataStep {
  return inputs.map(({ name, datatype, shape }) => {
    const type = datatypeOf(datatype, `input ${name}`)
    const data =
      type === 'BYTES' ? encodeBytes(copies(shape, '')) : new Uint8Array(valueCount(shape) * (elementBytes(type) ?? 0))
    return { name, datatype, shape: [...shape], data }
  })
}

function words(shape: readonly number[], length: number, seed: number): string[] {
  const { uint32 } = seededRandom(seed)
  const letter = () => LETTERS[uint32() % LETTERS.length]
  return Array.from({ length: valueCount(shape) }, () => Array.from({ length }, letter).join(''))
}

function copies(shape: readonly number[], text: string): string[] {
  return Array.from({ length: valueCount(shape) }, () => text)
}
