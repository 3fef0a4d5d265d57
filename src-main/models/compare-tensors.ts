import type { TensorDifference } from '#domain/correctness.ts'
import { formatShape } from '#domain/display.ts'
import { npy } from '#formats/npy.ts'
import type { TensorContent } from '#formats/tensor.ts'
import { numbersOf } from '#formats/tensor-values.ts'
import { tensorDifference } from '#stats/tensor-difference.ts'
import { openFileSource } from './file-source.ts'

/** Two `.npy` files and the tolerance that judges them; `atol` absent: rtol × the base's root mean square. */
export interface TensorFiles {
  base: string
  candidate: string
  tolerance: { rtol: number; atol?: number | undefined }
}

/** A pair's difference, or why there is none. */
export type TensorPair = { difference: TensorDifference } | { why: string }

/** Differences of pairs of files, in order. @throws EngineError what reading a file throws */
export async function compareTensorFiles(pairs: readonly TensorFiles[]): Promise<TensorPair[]> {
  const compared: TensorPair[] = []
  for (const { base, candidate, tolerance } of pairs) {
    compared.push(differenceOf(await readNpy(base), await readNpy(candidate), tolerance))
  }
  return compared
}

/** The tensor of a `.npy` file. */
export async function readNpy(path: string): Promise<TensorContent> {
  const source = await openFileSource(path)
  try {
    return await npy.read(source)
  } finally {
    await source.close()
  }
}

function differenceOf(
  base: TensorContent,
  candidate: TensorContent,
  { rtol, atol }: TensorFiles['tolerance'],
): TensorPair {
  const { shape } = base
  if (shape.join() !== candidate.shape.join()) {
    return { why: `The shapes differ: ${formatShape(shape)} and ${formatShape(candidate.shape)}` }
  }
  const [ours, theirs] = [numbersOf(base), numbersOf(candidate)]
  if (ours === undefined || theirs === undefined) return { why: `${base.dtype} values cannot be compared` }
  const tolerance = { rtol, atol: atol ?? rtol * rootMeanSquare(ours) }
  return { difference: tensorDifference(ours, theirs, shape, tolerance) }
}

/** Over finite values; 0 without any. */
function rootMeanSquare(values: ArrayLike<number>): number {
  let [sum, count] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN
    if (!Number.isFinite(value)) continue
    sum += value * value
    count++
  }
  return count === 0 ? 0 : Math.sqrt(sum / count)
}
