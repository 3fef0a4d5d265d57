import { formatSignificant } from '#domain/display.ts'

const UNITS = [
  { ns: 1e9, unit: 's' },
  { ns: 1e6, unit: 'ms' },
  { ns: 1e3, unit: 'µs' },
  { ns: 1, unit: 'ns' },
] as const

/** A duration with its unit: 12.3 µs, 4.56 ms, 812 ns. Three or four significant digits. */
export function formatNs(ns: number, digits = 4): string {
  const { ns: size, unit } = unitOf(ns)
  if (size === 1 && Number.isInteger(ns)) return `${ns} ns`
  return `${formatSignificant(ns / size, digits)} ${unit}`
}

/** Ticks of a time axis: steps of 1, 2 or 5 × 10^n, at least `leastPx` apart, with their texts in one unit. */
export function timeTicks(
  startNs: number,
  endNs: number,
  widthPx: number,
  leastPx = 90,
): { atNs: number; text: string }[] {
  const step = niceStep(((endNs - startNs) / Math.max(widthPx, 1)) * leastPx)
  const { ns: size, unit } = unitOf(Math.max(Math.abs(startNs), Math.abs(endNs)))
  const decimals = Math.max(0, Math.min(12, Math.ceil(-Math.log10(step / size) - 1e-9)))
  const ticks: { atNs: number; text: string }[] = []
  const first = Math.ceil(startNs / step)
  for (let index = first; index * step <= endNs; index++) {
    ticks.push({ atNs: index * step, text: `${((index * step) / size).toFixed(decimals)} ${unit}` })
  }
  return ticks
}

function unitOf(ns: number): (typeof UNITS)[number] {
  return UNITS.find(({ ns: size }) => Math.abs(ns) >= size) ?? UNITS[3]
}

function niceStep(leastNs: number): number {
  const power = 10 ** Math.floor(Math.log10(leastNs))
  const factor = [1, 2, 5, 10].find(each => each * power >= leastNs) ?? 10
  return factor * power
}
