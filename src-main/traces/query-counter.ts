import type { WindowRows } from './query-rows.ts'
import type { CounterLane, WindowSource } from './query-source.ts'
import type { Scale } from './query-window.ts'

/**
 * A counter holds its value until the next sample. Samples within one pixel become two rows: the largest before the last,
 * then the last, which holds on. `busy` is the value as a share of the counter's largest magnitude.
 */
export function drawCounter(
  source: WindowSource,
  { index, first, count, scale }: CounterLane,
  rows: WindowRows,
  { startNs, endNs, pixelNs }: Scale,
): void {
  if (count === 0) return
  const timeAt = (at: number) => source.readSamples(first + at, 1)[0] ?? 0
  const from = Math.max(0, firstWhere(count, at => timeAt(at) > startNs) - 1)
  const to = firstWhere(count, at => timeAt(at) >= endNs)
  if (to <= from) return
  // One more: the value of the last sample holds until it.
  const samples = source.readSamples(first + from, Math.min(count, to + 1) - from)
  const until = (at: number) => samples[at * 2] ?? Math.max(endNs, samples[(at - 1) * 2] ?? 0)
  const share = (value: number) => (scale === 0 ? 0 : value / scale)
  for (let at = 0; at < to - from; ) {
    const fromNs = samples[at * 2] ?? 0
    let largest = samples[at * 2 + 1] ?? 0
    let next = at + 1
    for (; next < to - from && until(next) - fromNs <= pixelNs; next++)
      if (next - 1 > at) largest = Math.max(largest, samples[next * 2 - 1] ?? 0)
    const last = next - 1
    if (last > at) rows.push(index, fromNs, until(last), 0, 0, 1, share(largest), 0)
    rows.push(index, until(last), until(next), 0, 0, 1, share(samples[last * 2 + 1] ?? 0), 0)
    at = next
  }
}

function firstWhere(count: number, holds: (at: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
