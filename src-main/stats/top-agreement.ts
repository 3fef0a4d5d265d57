type Numbers = ArrayLike<number>

/** The last dimension of a rank 2 or 3 tensor is taken for classes; in feature maps it is a width. */
const CLASS_RANKS = [2, 3]
const TOP = 5

/**
 * Agreement of the classes that two tensors of scores name, a row being the last dimension:
 * - `top1`: share of rows whose largest score stands at the same class (numpy.argmax: the first of equals)
 * - `top5`: mean over rows of |five largest of base ∩ five largest of candidate| ÷ 5, equals by the lower class first
 *   (numpy.argsort(-x, kind='stable')[:5]); only for more than five classes, fewer always agree
 *
 * A row with a NaN on either side agrees in nothing.
 * @returns nothing for other ranks, no rows, or a single class
 */
export function topAgreement(
  base: Numbers,
  candidate: Numbers,
  shape: readonly number[],
): { top1?: number; top5?: number } {
  const classes = shape.at(-1) ?? 0
  const rows = classes === 0 ? 0 : base.length / classes
  if (!CLASS_RANKS.includes(shape.length) || rows === 0 || classes < 2) return {}
  let [same, shared] = [0, 0]
  for (let row = 0; row < rows; row++) {
    const ours = topOf(base, row * classes, classes)
    const theirs = topOf(candidate, row * classes, classes)
    if (ours === undefined || theirs === undefined) continue
    if (ours[0] === theirs[0]) same++
    shared += ours.filter(place => theirs.includes(place)).length / TOP
  }
  return { top1: same / rows, ...(classes > TOP ? { top5: shared / rows } : {}) }
}

/** Places of the five largest, largest first; undefined for a row with a NaN. */
function topOf(values: Numbers, start: number, classes: number): number[] | undefined {
  const top: number[] = []
  const value = (place: number) => values[start + place] ?? Number.NaN
  for (let place = 0; place < classes; place++) {
    const here = value(place)
    if (Number.isNaN(here)) return undefined
    let at = top.length
    while (at > 0 && value(top[at - 1] ?? 0) < here) at--
    if (at >= TOP) continue
    top.splice(at, 0, place)
    if (top.length > TOP) top.pop()
  }
  return top
}
