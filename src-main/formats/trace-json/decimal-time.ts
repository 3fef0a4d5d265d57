const BEYOND = 1_000_000

/**
 * Decimal text of microseconds as integer nanoseconds, exact; a half rounds away from zero. Undefined for what is no
 * finite number or has an exponent no time has.
 */
export function nanosecondsOf(text: string): bigint | undefined {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?\s*$/.exec(text)
  if (!match) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  if (whole === '' && fraction === '') return undefined
  const digits = whole + fraction
  // The value is digits · 10^shift ns.
  const shift = Number(exponent) + 3 - fraction.length
  if (digits.length > 4096 || Math.abs(shift) > BEYOND) return undefined
  if (/^0*$/.test(digits)) return 0n
  if (digits.length + shift > 60) return undefined
  const magnitude = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : roundedShift(digits, -shift)
  return sign === '-' ? -magnitude : magnitude
}

function roundedShift(digits: string, drop: number): bigint {
  if (drop > digits.length) return 0n
  const kept = digits.slice(0, digits.length - drop)
  const next = digits.charCodeAt(digits.length - drop) - 0x30
  return BigInt(kept === '' ? '0' : kept) + (next >= 5 ? 1n : 0n)
}
