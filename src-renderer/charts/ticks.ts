/** Axis ticks and their words. Pure; every axis of the page takes them from here. */

import { groupThousands } from '#domain/display.ts'

/** Beyond this range a linear axis hides the small values (DESIGN §8). */
export const LOG_FROM_RATIO = 20

/** Whether positive values are better read on a log axis. */
export function needsLog(values: readonly number[]): boolean {
  const positive = values.filter(value => value > 0)
  return positive.length === values.length && Math.max(...positive) / Math.min(...positive) > LOG_FROM_RATIO
}

/** Round steps (1, 2, 2.5, 5 × 10ⁿ) over the range, `count` of them at most. @returns ascending, inside min..max */
export function linearTicks(min: number, max: number, count = 6): number[] {
  if (!(max > min)) return [min]
  const rough = (max - min) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find(each => each * power >= rough) ?? 10) * power
  const first = Math.ceil(min / step - 1e-9)
  const last = Math.floor(max / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, index) => clean((first + index) * step))
}

const LOG_STEPS: readonly (readonly number[])[] = [[1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]

/** The finest of 1-2-3-5-7, 1-2-5, 1-3 and 1 per decade that fits `count`; a range too narrow for any gets round steps. */
export function logTicks(min: number, max: number, count = 7): number[] {
  if (!(min > 0) || !(max > min)) return [min]
  const from = Math.floor(Math.log10(min))
  const to = Math.ceil(Math.log10(max))
  for (const steps of LOG_STEPS) {
    const ticks: number[] = []
    for (let power = from; power <= to; power++) ticks.push(...steps.map(step => clean(step * 10 ** power)))
    const inside = ticks.filter(tick => tick >= min * (1 - 1e-9) && tick <= max * (1 + 1e-9))
    if (inside.length <= count) return inside.length >= 3 ? inside : linearTicks(min, max, count)
  }
  const skip = Math.ceil((to - from + 1) / count)
  return Array.from({ length: Math.floor((to - from) / skip) + 1 }, (_, index) => 10 ** (from + index * skip)).filter(
    tick => tick >= min && tick <= max,
  )
}

/** Short, exact where it is short: 0.05, 2.5, 1,000, 12.5k, 3M. */
export function tickText(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return `${clean(value / 1e6)}M`
  if (size >= 1e4) return `${clean(value / 1e3)}k`
  return groupThousands(String(clean(value)))
}

/** 0.30000000000000004 → 0.3. */
function clean(value: number): number {
  return Number(value.toPrecision(10))
}
