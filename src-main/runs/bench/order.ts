/** A cell of the matrix at a batch, in a repeat. */
export interface Turn<Cell> {
  cell: Cell
  batch: number
  /** 1-based. */
  repeat: number
}

/**
 * The order of measurement. Repeat by repeat, so that a machine that drifts shows in the spread between repeats; inside,
 * batches ascending and all cells of a batch one after the other, so that what is compared was measured close in time.
 * The cells of a batch take their turns forwards or backwards: neighbouring batches the other way round, and each pair
 * of repeats too, as ABBA, the pairs themselves swapped by turns (the Thue–Morse sequence). With an even number of
 * repeats each cell of a batch was then measured equally early: a drift that grows evenly with time favours none.
 */
export function measuringOrder<Cell>(
  cells: readonly Cell[],
  batches: readonly number[],
  repeats: number,
): Turn<Cell>[] {
  const backwards = cells.toReversed()
  return Array.from({ length: repeats }, (_, before) => before).flatMap(before =>
    batches.flatMap((batch, place) => {
      const turned = (onesIn(before) + place) % 2 === 1
      return (turned ? backwards : cells).map(cell => ({ cell, batch, repeat: before + 1 }))
    }),
  )
}

/** Ones among the binary digits. */
function onesIn(n: number): number {
  let ones = 0
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}
