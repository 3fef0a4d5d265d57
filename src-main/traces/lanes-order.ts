/** Runs shorter than this are brought to this length by insertion before they are merged. */
const SHORT_RUN = 24

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
  const count = order.length
  for (let at = 0; at < count; at++) order[at] = at
  const comesBefore = (a: number, b: number) => {
    const startA = start[a] ?? 0
    const startB = start[b] ?? 0
    return startA < startB || (startA === startB && (duration[a] ?? 0) > (duration[b] ?? 0))
  }
  return sortByRuns(order, spare, comesBefore)
}

/** 0, 1, 2… */
export function countingUp(count: number): Uint32Array {
  const order = new Uint32Array(count)
  for (let at = 0; at < count; at++) order[at] = at
  return order
}

/** A stable merge sort over the runs that are there. @returns whether it was sorted before */
export function sortByRuns(
  order: Uint32Array,
  spare: Uint32Array,
  comesBefore: (a: number, b: number) => boolean,
): boolean {
  if (isSorted(order, comesBefore)) return true
  let [from, to] = [order, spare]
  let runs = findRuns(order, comesBefore)
  while (runs.length > 1) {
    const merged: number[] = []
    let low = 0
    for (let run = 0; run < runs.length; run += 2) {
      const middle = runs[run] ?? 0
      const high = runs[run + 1] ?? middle
      merge(from, to, low, middle, high, comesBefore)
      merged.push(high)
      low = high
    }
    runs = merged
    ;[from, to] = [to, from]
  }
  if (from !== order) order.set(from.subarray(0, order.length))
  return false
}

function isSorted(order: Uint32Array, comesBefore: (a: number, b: number) => boolean): boolean {
  for (let at = 1; at < order.length; at++) if (comesBefore(order[at] ?? 0, order[at - 1] ?? 0)) return false
  return true
}

/** Ends of ascending runs; short ones lengthened by insertion. */
function findRuns(order: Uint32Array, comesBefore: (a: number, b: number) => boolean): number[] {
  const ends: number[] = []
  const count = order.length
  let low = 0
  while (low < count) {
    let end = low + 1
    while (end < count && !comesBefore(order[end] ?? 0, order[end - 1] ?? 0)) end++
    const wanted = Math.min(count, low + SHORT_RUN)
    for (; end < wanted; end++) {
      const item = order[end] ?? 0
      let place = end
      for (; place > low && comesBefore(item, order[place - 1] ?? 0); place--) order[place] = order[place - 1] ?? 0
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
  comesBefore: (a: number, b: number) => boolean,
): void {
  let left = low
  let right = middle
  let into = low
  while (left < middle && right < high) {
    const a = from[left] ?? 0
    const b = from[right] ?? 0
    if (comesBefore(b, a)) {
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
