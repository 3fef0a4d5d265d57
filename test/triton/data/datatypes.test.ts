import { expect, test } from 'vitest'
import { DATATYPES } from '#domain/datatypes.ts'
import type { Datatype } from '#domain/server.ts'
import { seededRandom } from '#stats/random.ts'
import {
  datatypeOfDtype,
  decodeBytes,
  dtypeOf,
  elementBytes,
  encodeBytes,
  encodeContent,
  encodeValues,
  valueReader,
} from '../../../src-main/triton/data/datatypes.ts'

const FIXED = DATATYPES.filter((datatype): datatype is Exclude<Datatype, 'BYTES'> => datatype !== 'BYTES')

test('sizes are those of KServe v2', () => {
  expect(Object.fromEntries(DATATYPES.map(datatype => [datatype, elementBytes(datatype)]))).toEqual({
    BOOL: 1,
    UINT8: 1,
    UINT16: 2,
    UINT32: 4,
    UINT64: 8,
    INT8: 1,
    INT16: 2,
    INT32: 4,
    INT64: 8,
    FP16: 2,
    FP32: 4,
    FP64: 8,
    BYTES: undefined,
    BF16: 2,
  })
})

test('known values have their known bytes (NumPy tobytes, ml_dtypes for bfloat16)', () => {
  const hex = (datatype: Datatype, ...values: (number | bigint | string | boolean)[]) =>
    Buffer.from(encodeValues(datatype, values)).toString('hex')
  expect(hex('FP32', 1, -2.5)).toBe('0000803f000020c0')
  expect(hex('FP16', 1, 65_504, 1e6, 6e-8, 2049, 2051)).toBe('003cff7b007c010000680268')
  expect(hex('BF16', 1, 1.00390625, 1.01171875, Number.NaN)).toBe('803f803f823fc07f')
  expect(hex('INT64', -1n, '9223372036854775807', 5)).toBe('ffffffffffffffffffffffffffffff7f0500000000000000')
  expect(hex('UINT64', '18446744073709551615')).toBe('ffffffffffffffff')
  expect(hex('BOOL', true, 0, 'true')).toBe('010001')
  expect(hex('BYTES', 'é', '')).toBe('02000000c3a900000000')
})

test('what does not fit is named with its place', () => {
  expect(() => encodeValues('UINT8', [1, 256])).toThrow('Value 1 is 256, not a UINT8')
  expect(() => encodeValues('INT32', [1.5])).toThrow('not a INT32')
  expect(() => encodeValues('INT64', [2 ** 60])).toThrow('not a INT64')
  expect(() => encodeValues('INT64', ['9223372036854775808'])).toThrow('not a INT64')
  expect(() => encodeValues('FP32', ['abc'])).toThrow('"abc"')
  expect(() => encodeValues('FP32', [''])).toThrow('not a FP32')
  expect(() => encodeValues('BYTES', [5])).toThrow('not a BYTES')
  expect(() => decodeBytes(Uint8Array.of(9, 0, 0, 0, 65))).toThrow('runs past the end')
  expect(() => decodeBytes(Uint8Array.of(1, 0))).toThrow('runs past the end')
  expect(() => valueReader('FP32', new Uint8Array(6))).toThrow('no whole number')
})

test('any bytes read as text give the same bytes back, in every type', () => {
  const { uint32 } = seededRandom(7)
  for (const datatype of FIXED) {
    const bytes = Uint8Array.from({ length: 800 }, () => uint32() >>> 24)
    if (datatype === 'BOOL') for (const i of bytes.keys()) bytes[i] = (bytes[i] ?? 0) & 1
    const reader = valueReader(datatype, bytes)
    const texts = Array.from({ length: reader.count }, (_, i) => reader.text(i))
    const again = valueReader(datatype, encodeValues(datatype, texts))
    // Every NaN pattern reads "NaN": compared as text, which tells all else apart.
    expect(Array.from({ length: again.count }, (_, i) => again.text(i))).toEqual(texts)
    const different = encodeValues(datatype, texts).filter((byte, i) => byte !== bytes[i]).length
    const nans = texts.filter(text => text === 'NaN').length
    expect(different).toBeLessThanOrEqual(nans * (elementBytes(datatype) ?? 0))
  }
})

test('floats are shown with the fewest digits that mean the same', () => {
  const shown = (datatype: Exclude<Datatype, 'BYTES'>, value: number) =>
    valueReader(datatype, encodeValues(datatype, [value])).text(0)
  expect(shown('FP32', 0.1)).toBe('0.1')
  expect(shown('FP32', 1 / 3)).toBe('0.33333334')
  expect(shown('FP16', 0.1)).toBe('0.1')
  expect(shown('BF16', Math.PI)).toBe('3.14')
  expect(shown('FP64', 0.1)).toBe('0.1')
  expect(shown('FP32', Number.NEGATIVE_INFINITY)).toBe('-Infinity')
})

test('bfloat16 rounds to nearest, ties to even', () => {
  const { uniform } = seededRandom(3)
  for (let i = 0; i < 2000; i++) {
    const value = Math.fround((uniform() - 0.5) * 2 ** (i % 40))
    const reader = valueReader('BF16', encodeValues('BF16', [value]))
    const bits = new Uint16Array(encodeValues('BF16', [value]).buffer)[0] ?? 0
    const neighbour = (step: number) =>
      valueReader('BF16', new Uint8Array(Uint16Array.of(bits + step).buffer)).number(0)
    const distance = Math.abs(reader.number(0) - value)
    for (const step of [-1, 1]) {
      const other = Math.abs(neighbour(step) - value)
      expect(distance < other || (distance === other && bits % 2 === 0) || Number.isNaN(other)).toBe(true)
    }
  }
})

test('texts come back as they went, whatever bytes they hold', () => {
  const elements = [new Uint8Array(0), Uint8Array.of(0, 255, 10), new TextEncoder().encode('日本 \u0000 "x"')]
  expect(decodeBytes(encodeBytes(elements)).map(bytes => [...bytes])).toEqual(elements.map(bytes => [...bytes]))
})

test('types map to element types of files and back', () => {
  for (const datatype of DATATYPES) {
    expect(datatypeOfDtype(dtypeOf(datatype))).toBe(datatype)
  }
  expect(datatypeOfDtype('complex64')).toBeUndefined()
  expect(() => encodeContent({ dtype: 'int4', shape: [2], data: new Uint8Array(1) })).toThrow('No server takes int4')
})
