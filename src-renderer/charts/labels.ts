/** Moves labels apart so that none covers another, keeping their order and staying in min..max. @param ys wanted centres */
export function spreadLabels(ys: readonly number[], gap: number, min: number, max: number): number[] {
  const order = ys.map((y, index) => ({ y, index })).toSorted((a, b) => a.y - b.y)
  let lowest = min
  for (const label of order) {
    label.y = Math.max(label.y, lowest)
    lowest = label.y + gap
  }
  let highest = max
  for (const label of order.toReversed()) {
    label.y = Math.min(label.y, highest)
    highest = label.y - gap
  }
  const placed = new Array<number>(ys.length).fill(0)
  for (const { y, index } of order) placed[index] = y
  return placed
}

/** The text, cut with an ellipsis where it would be wider than `widest`. */
export function fitText(text: string, widest: number, measure: (text: string) => number): string {
  if (measure(text) <= widest) return text
  let end = text.length
  while (end > 1 && measure(`${text.slice(0, end)}…`) > widest) end--
  return `${text.slice(0, end)}…`
}
