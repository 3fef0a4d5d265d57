import { DATATYPES } from '#domain/datatypes.ts'
import { EngineError } from '#domain/errors.ts'
import type { Dtype } from '#domain/model.ts'
import type { Datatype } from '#domain/server.ts'
import type { TensorContent } from '#formats/tensor.ts'
import { LAYOUTS } from './datatype-layouts.ts'

/** One value as people and files give it. 64-bit integers beyond 2^53 are bigint or decimal text. */
export type Value = number | bigint | boolean | string | Uint8Array

const LENGTH_BYTES = 4
const utf8 = new TextEncoder()

function isDatatype(text: string): text is Datatype {
  return DATATYPES.some(datatype => datatype === text)
}

/** @throws EngineError DATA_INVALID for a type that KServe v2 does not have */
export function datatypeOf(text: string, where?: string): Datatype {
  if (isDatatype(text)) return text
  throw new EngineError('DATA_INVALID', `${text} is no datatype`, {
    ...(where === undefined ? {} : { where }),
    hint: `Datatypes are ${DATATYPES.join(', ')}.`,
  })
}

export function dtypeOf(datatype: Datatype): Dtype {
  return datatype === 'BYTES' ? 'string' : LAYOUTS[datatype].dtype
}

/** undefined for the dtypes that no server takes: 4-bit integers and complex numbers. */
export function datatypeOfDtype(dtype: Dtype): Datatype | undefined {
  return DATATYPES.find(datatype => dtypeOf(datatype) === dtype)
}

/** Bytes of one element; undefined for BYTES, whose elements have their own lengths. */
export function elementBytes(datatype: Datatype): number | undefined {
  return datatype === 'BYTES' ? undefined : LAYOUTS[datatype].bytes
}

/** Values as the server takes them: little-endian, row-major; BYTES as 32-bit length and bytes each.
 * @throws EngineError DATA_INVALID naming the value that does not fit */
export function encodeValues(datatype: Datatype, values: readonly Value[], where?: string): Uint8Array {
  const wrong = (index: number) => {
    const value = values[index]
    const shown = (typeof value === 'string' ? JSON.stringify(value) : String(value)).slice(0, 60)
    return new EngineError('DATA_INVALID', `Value ${index} is ${shown}, not a ${datatype}`, where ? { where } : {})
  }
  if (datatype === 'BYTES') {
    return encodeBytes(
      values.map((value, i) => {
        if (typeof value === 'string' || value instanceof Uint8Array) return value
        throw wrong(i)
      }),
    )
  }
  const { bytes, range, write } = LAYOUTS[datatype]
  const result = new Uint8Array(values.length * bytes)
  const view = new DataView(result.buffer)
  for (const [i, value] of values.entries()) {
    if (range !== undefined) {
      const whole = toWhole(value)
      if (whole === undefined || whole < range[0] || whole > range[1]) throw wrong(i)
      write(view, i * bytes, Number(whole), whole)
    } else {
      const number = datatype === 'BOOL' ? toFlag(value) : toFloat(value)
      if (number === undefined) throw wrong(i)
      write(view, i * bytes, number, 0n)
    }
  }
  return result
}

function toWhole(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' && /^\s*-?\d{1,20}\s*$/.test(value) ? BigInt(value.trim()) : undefined
}

function toFlag(value: Value): number | undefined {
  if (value === true || value === 1 || value === 1n || value === 'true' || value === '1') return 1
  return value === false || value === 0 || value === 0n || value === 'false' || value === '0' ? 0 : undefined
}

function toFloat(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isNaN(number) && value.trim().toLowerCase() !== 'nan' ? undefined : number
}

/** Each element as a 32-bit length and its bytes; texts as UTF-8. */
export function encodeBytes(elements: readonly (string | Uint8Array)[]): Uint8Array {
  const parts = elements.map(element => (typeof element === 'string' ? utf8.encode(element) : element))
  const result = new Uint8Array(parts.reduce((sum, part) => sum + LENGTH_BYTES + part.length, 0))
  const view = new DataView(result.buffer)
  let at = 0
  for (const part of parts) {
    view.setUint32(at, part.length, true)
    result.set(part, at + LENGTH_BYTES)
    at += LENGTH_BYTES + part.length
  }
  return result
}

/** Views of the elements, not copies. @throws EngineError DATA_INVALID when a length runs past the end */
export function decodeBytes(bytes: Uint8Array, where?: string): Uint8Array[] {
  const view = viewOf(bytes)
  const elements: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = at + LENGTH_BYTES <= bytes.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY
    if (at + LENGTH_BYTES + length > bytes.length) {
      throw new EngineError('DATA_INVALID', `Text ${elements.length} runs past the end of its tensor`, {
        ...(where === undefined ? {} : { where }),
        hint: 'BYTES elements are a 32-bit little-endian length and that many bytes each.',
      })
    }
    elements.push(bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length))
    at += LENGTH_BYTES + length
  }
  return elements
}

/** Elements of fixed size, read where they lie: `number` for arithmetic, `text` exact (64-bit integers survive). */
export interface ValueReader {
  count: number
  number(index: number): number
  text(index: number): string
}

/** @throws EngineError DATA_INVALID when the bytes are not whole elements */
export function valueReader(datatype: Exclude<Datatype, 'BYTES'>, bytes: Uint8Array, where?: string): ValueReader {
  const { bytes: size, read, digits } = LAYOUTS[datatype]
  if (bytes.length % size !== 0) {
    throw new EngineError('DATA_INVALID', `${bytes.length} bytes are no whole number of ${datatype} values`, {
      ...(where === undefined ? {} : { where }),
    })
  }
  const view = viewOf(bytes)
  return {
    count: bytes.length / size,
    number: index => Number(read(view, index * size)),
    text: index => {
      const value = read(view, index * size)
      if (datatype === 'BOOL') return value === 0 ? 'false' : 'true'
      return digits === undefined || typeof value === 'bigint' ? String(value) : shortest(datatype, value, digits)
    },
  }
}

const scratch = new DataView(new ArrayBuffer(8))

/** The fewest digits that give the same element back: 0.1, not 0.10000000149011612. */
function shortest(datatype: Exclude<Datatype, 'BYTES'>, value: number, digits: number): string {
  if (!Number.isFinite(value) || Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0' : String(value)
  const { write, read } = LAYOUTS[datatype]
  for (let precision = 1; precision < digits; precision++) {
    const short = Number(value.toPrecision(precision))
    write(scratch, 0, short, 0n)
    if (read(scratch, 0) === value) return String(short)
  }
  return String(Number(value.toPrecision(digits)))
}

/** A tensor read from a file (`formats/`) as the server takes it. @throws EngineError DATA_INVALID for 4-bit and complex numbers */
export function encodeContent({ dtype, data }: TensorContent, where?: string): Uint8Array {
  if (Array.isArray(data)) return encodeBytes(data)
  if (datatypeOfDtype(dtype) === undefined) {
    throw new EngineError('DATA_INVALID', `No server takes ${dtype}`, where === undefined ? {} : { where })
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
