/** Rows of one table. A trace with more names than that has generated ones; nobody reads on. */
export const MOST_ROWS = 5000

/**
 * At most MOST_ROWS of what is largest; what does not fit becomes one last row, so that counts and totals still add up.
 * @param items largest first   @param together one item of all that is left
 */
export function limited<Item, Row>(
  items: readonly Item[],
  row: (item: Item) => Row,
  together: (rest: readonly Item[]) => Row,
): Row[] {
  if (items.length <= MOST_ROWS) return items.map(row)
  return [...items.slice(0, MOST_ROWS - 1).map(row), together(items.slice(MOST_ROWS - 1))]
}

/** "(1234 more names)". */
export function moreNames(count: number): string {
  return `(${count} more names)`
}
