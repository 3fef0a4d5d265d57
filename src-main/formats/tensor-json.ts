import { EngineError } from '#domain/errors.ts'
import type { Dtype } from '#domain/model.ts'
import { toBfloat16Bits, toFloat16Bits } from './half.ts'
import { createData, type NumericDtype, type TensorContent } from './tensor.ts'

/** Smallest and largest value of the integer types that fit a number exactly. */
const RANGES: Readonly<Partial<Record<Dtype, readonly [number, number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
}
const MAX_DEPTH = 64

/**
 * A tensor from JSON: a number, boolean or string, or arrays of them, nested or flat; a flat one has the shape [n].
 * 64-bit integers keep all their digits, as numbers or strings; "NaN", "Infinity" and "-Infinity" are strings.
 * @param text the whole file   @param dtype what its values must fit   @param where for messages
 * @throws EngineError DATA_INVALID with the index of the value that does not fit
 */
export function readTensorJson(text: string, dtype: Dtype, where: string): TensorContent {
  const root = parse(text, where, dtype === 'int64' || dtype === 'uint64' ? keepDigits : undefined)
  const shape = shapeOf(root, where)
  const values: unknown[] = []
  collect(root, shape, 0, values, where)
  const wrong = (index: number) => {
    const value = JSON.stringify(values[index]).slice(0, 60)
    return new EngineError('DATA_INVALID', `Value ${index} is ${value}, not a ${dtype}`, { where })
  }
  if (dtype === 'string') {
    const data = values.map((value, i) => {
      if (typeof value !== 'string') throw wrong(i)
      return value
    })
    return { dtype, shape, data }
  }
  if (dtype === 'complex64' || dtype === 'complex128' || dtype === 'int4' || dtype === 'uint4') {
    const hint = 'Use .npy for complex numbers and raw bytes (.bin) for 4-bit integers.'
    throw new EngineError('DATA_INVALID', `JSON has no ${dtype}`, { where, hint })
  }
  return { dtype, shape, data: numbers(values, dtype, shape, wrong) }
}

function numbers(
  values: readonly unknown[],
  dtype: NumericDtype,
  shape: number[],
  wrong: (index: number) => EngineError,
) {
  const data = createData(dtype, shape)
  for (const [i, value] of values.entries()) {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
      const whole = toBigInt(value)
      if (whole === undefined) throw wrong(i)
      data[i] = whole
      if (data[i] !== whole) throw wrong(i)
    } else {
      const number = toNumber(value, dtype)
      if (number === undefined) throw wrong(i)
      data[i] = dtype === 'float16' ? toFloat16Bits(number) : dtype === 'bfloat16' ? toBfloat16Bits(number) : number
    }
  }
  return data
}

function toNumber(value: unknown, dtype: NumericDtype): number | undefined {
  if (dtype === 'bool') return value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined
  const range = RANGES[dtype]
  if (range !== undefined) {
    const fits = Number.isInteger(value) && typeof value === 'number' && value >= range[0] && value <= range[1]
    return fits ? value : undefined
  }
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
  return typeof value === 'number' ? value : undefined
}

function toBigInt(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined
}

/** Whole numbers that a JavaScript number would round, as text. */
function keepDigits(_key: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? source : value
}

function parse(text: string, where: string, revive: typeof keepDigits | undefined): unknown {
  try {
    return JSON.parse(text, revive)
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown)
    throw new EngineError('DATA_INVALID', 'The file is not valid JSON', { where, detail }, { cause: thrown })
  }
}

/** Lengths along the first elements. */
function shapeOf(root: unknown, where: string): number[] {
  const shape: number[] = []
  for (let level = root; Array.isArray(level); level = level[0]) {
    shape.push(level.length)
    if (shape.length > MAX_DEPTH) throw new EngineError('DATA_INVALID', `Nested more than ${MAX_DEPTH} deep`, { where })
  }
  return shape
}

function collect(level: unknown, shape: readonly number[], depth: number, into: unknown[], where: string): void {
  const length = shape[depth]
  if (length === undefined) {
    into.push(level)
    return
  }
  if (!Array.isArray(level) || level.length !== length) {
    const got = Array.isArray(level) ? `${level.length} elements` : 'a single value'
    throw new EngineError(
      'DATA_INVALID',
      `Ragged array: ${got} where its neighbours have ${length}, near value ${into.length}`,
      { where },
    )
  }
  for (const inner of level) collect(inner, shape, depth + 1, into, where)
}
