import { median } from './percentile.ts'

/** A series cut into runs of equal length, each by its median: short disturbances vanish, changes of level stay. */
export interface Blocks {
  /** Samples per block; the last one takes the remainder. */
  size: number
  medians: Float64Array
}

/** Between `limit`/2 and `limit` blocks, or one per sample where the series is shorter. Costs one sort per block. */
export function blockMedians(values: Float64Array, limit: number): Blocks {
  const size = Math.max(1, Math.ceil(values.length / limit))
  if (size === 1) return { size, medians: values.slice() }
  const count = Math.floor(values.length / size)
  const end = (block: number) => (block === count - 1 ? values.length : (block + 1) * size)
  const medians = Float64Array.from({ length: count }, (_, block) =>
    median(values.slice(block * size, end(block)).sort()),
  )
  return { size, medians }
}
