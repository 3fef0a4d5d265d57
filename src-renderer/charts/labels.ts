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

export interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

interface Spot {
  x: number
  y: number
}

const LABEL_PX = 12
const BESIDE_PX = 6
const ABOVE_PX = 10

/**
 * Where a word beside a marker covers neither another word nor a line: above left (a rising curve leaves that corner
 * free), above right, below right, below left. Where every corner has a line, the first without a word.
 * @returns undefined where words are everywhere
 */
export function freePlace(
  at: Spot,
  width: number,
  { lines, taken, area }: { lines: readonly (readonly Spot[])[]; taken: readonly Box[]; area: Box },
): Box | undefined {
  const places = [
    [-BESIDE_PX - width, -ABOVE_PX],
    [BESIDE_PX, -ABOVE_PX],
    [BESIDE_PX, ABOVE_PX],
    [-BESIDE_PX - width, ABOVE_PX],
  ].map(([dx = 0, dy = 0]): Box => {
    const [left, middle] = [at.x + dx, at.y + dy]
    return { left, right: left + width, top: middle - LABEL_PX / 2, bottom: middle + LABEL_PX / 2 }
  })
  const clear = places
    .filter(place => isInside(place, area))
    .filter(place => !taken.some(other => overlap(place, other)))
  return clear.find(place => !lines.some(line => crosses(line, place))) ?? clear[0]
}

function isInside(box: Box, area: Box): boolean {
  return box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right + 3 && a.right > b.left - 3 && a.top < b.bottom && a.bottom > b.top
}

/** Whether a piece of the line runs through the box: clipped to the box's width, it must pass above or below. */
function crosses(line: readonly Spot[], box: Box): boolean {
  return line.slice(1).some((to, index) => {
    const from = line[index] ?? to
    const [first, last] = from.x <= to.x ? [from, to] : [to, from]
    const [left, right] = [Math.max(first.x, box.left), Math.min(last.x, box.right)]
    if (left > right) return false
    const heightAt = (x: number) =>
      last.x === first.x ? first.y : first.y + ((last.y - first.y) * (x - first.x)) / (last.x - first.x)
    const [a, b] = [heightAt(left), heightAt(right)]
    return Math.min(a, b) <= box.bottom && Math.max(a, b) >= box.top
  })
}
