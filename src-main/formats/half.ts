const bits = new Uint32Array(1)
const float = new Float32Array(bits.buffer)

/** IEEE 754 binary16 pattern of a number, rounded to nearest even; too large becomes infinity. */
export function toFloat16Bits(value: number): number {
  float[0] = value
  const word = bits[0] ?? 0
  const sign = (word >>> 16) & 0x8000
  const exponent = (word >>> 23) & 0xff
  const fraction = word & 0x7fffff
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200)
  const shifted = exponent - 127 + 15
  if (shifted >= 0x1f) return sign | 0x7c00
  if (shifted > 0) return sign | roundEven((shifted << 23) | fraction, 13)
  return shifted < -10 ? sign : sign | roundEven(fraction | 0x800000, 14 - shifted)
}

/** bfloat16 pattern (upper half of binary32), rounded to nearest even. */
export function toBfloat16Bits(value: number): number {
  float[0] = value
  const word = bits[0] ?? 0
  if (Number.isNaN(value)) return (word >>> 16) | 0x40
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
}

/** Drops the lowest bits, rounding to nearest, ties to even; a carry moves into the exponent as it should. */
function roundEven(word: number, dropped: number): number {
  const kept = word >>> dropped
  const rest = word & ((1 << dropped) - 1)
  const half = 1 << (dropped - 1)
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept
}

/** The number that an IEEE 754 binary16 pattern stands for; exact. */
export function fromFloat16Bits(pattern: number): number {
  const sign = (pattern & 0x8000) === 0 ? 1 : -1
  const exponent = (pattern >>> 10) & 0x1f
  const fraction = pattern & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}
