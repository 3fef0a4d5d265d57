/** Runs shorter than this are brought to this length by insertion before they are merged. */
const SHORT_RUN = 24

/** 0, 1, 2… */
export function countingUp(count: number): Uint32Array {
  return fillUp(new Uint32Array(count))
}

function fillUp(order: Uint32Array): Uint32Array {
  for (let at = 0; at < order.length; at++) order[at] = at
  return order
}

/**
 * The order in which slices nest: by start, longer first, else as they came. Traces are concatenations of a few sorted
 * runs, so runs are found and merged, and a sorted trace costs one look.
 * @param order filled with the order @param spare as long as `order`
 * @returns whether the slices were in order already; `order` counts up then
 */
export function nestingOrder(
  start: Float64Array,
  duration: Float64Array,
  order: Uint32Array,
  spare: Uint32Array,
): boolean {
  return sortByRuns(fillUp(order), spare, start, duration)
}

/**
 * A stable merge sort over the runs that are there: by `first` ascending, then by `then` descending. Both are looked up
 * by what is in `order`. Comparisons are written out here: as functions handed in they took half of the time.
 * @returns whether it was sorted before
 */
export function sortByRuns(
  order: Uint32Array,
  spare: Uint32Array,
  first: Float64Array,
  then: Float64Array = first,
): boolean {
  if (isSorted(order, first, then)) return true
  let [from, to] = [order, spare]
  let runs = findRuns(order, first, then)
  while (runs.length > 1) {
    const merged: number[] = []
    let low = 0
    for (let run = 0; run < runs.length; run += 2) {
      const middle = runs[run] ?? 0
      const high = runs[run + 1] ?? middle
      merge(from, to, low, middle, high, first, then)
      merged.push(high)
      low = high
    }
    runs = merged
    ;[from, to] = [to, from]
  }
  if (from !== order) order.set(from.subarray(0, order.length))
  return false
}

function comesBefore(a: number, b: number, first: Float64Array, then: Float64Array): boolean {
  const [firstA, firstB] = [first[a] ?? 0, first[b] ?? 0]
  return firstA < firstB || (firstA === firstB && (then[a] ?? 0) > (then[b] ?? 0))
}

function isSorted(order: Uint32Array, first: Float64Array, then: Float64Array): boolean {
  for (let at = 1; at < order.length; at++)
    if (comesBefore(order[at] ?? 0, order[at - 1] ?? 0, first, then)) return false
  return true
}

/** Ends of ascending runs; short ones lengthened by insertion. */
function findRuns(order: Uint32Array, first: Float64Array, then: Float64Array): number[] {
  const ends: number[] = []
  const count = order.length
  let low = 0
  while (low < count) {
    let end = low + 1
    while (end < count && !comesBefore(order[end] ?? 0, order[end - 1] ?? 0, first, then)) end++
    const wanted = Math.min(count, low + SHORT_RUN)
    for (; end < wanted; end++) {
      const item = order[end] ?? 0
      let place = end
      for (; place > low && comesBefore(item, order[place - 1] ?? 0, first, then); place--)
        order[place] = order[place - 1] ?? 0
      order[place] = item
    }
    ends.push(end)
    low = end
  }
  return ends
}

function merge(
  from: Uint32Array,
  to: Uint32Array,
  low: number,
  middle: number,
  high: number,
  first: Float64Array,
  then: Float64Array,
): void {
  let left = low
  let right = middle
  let into = low
  while (left < middle && right < high) {
    const a = from[left] ?? 0
    const b = from[right] ?? 0
    const firstA = first[a] ?? 0
    const firstB = first[b] ?? 0
    if (firstB < firstA || (firstB === firstA && (then[b] ?? 0) > (then[a] ?? 0))) {
      to[into++] = b
      right++
    } else {
      to[into++] = a
      left++
    }
  }
  if (left < middle) to.set(from.subarray(left, middle), into)
  else to.set(from.subarray(right, high), into)
}
