import type { ScalarJson } from './tree.ts'
import type { EnumType, FieldType, ScalarType } from './types.ts'

type ValueField = Exclude<FieldType, { kind: 'message' }>

const INTEGER_LIMITS = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const satisfies Partial<Record<ScalarType, readonly [bigint, bigint]>>

export type IntegerType = keyof typeof INTEGER_LIMITS

export function isInteger(type: ScalarType): type is IntegerType {
  return type in INTEGER_LIMITS
}

export function fits(type: IntegerType, value: bigint): boolean {
  const [low, high] = INTEGER_LIMITS[type]
  return value >= low && value <= high
}

/** Digits of a token (decimal, 0x hexadecimal, 0 octal); undefined where they are not. */
export function digitsToInteger(text: string): bigint | undefined {
  if (/^0[xX][0-9A-Fa-f]+$/.test(text)) return BigInt(text)
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`)
  return /^(0|[1-9]\d*)$/.test(text) ? BigInt(text) : undefined
}

export function integerJson(value: bigint): ScalarJson {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** JSON has no infinity and no NaN: protobuf's JSON writes them as text, and so do we. */
export function realJson(value: number): ScalarJson {
  return Number.isFinite(value) ? value : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

export function enumJson(type: EnumType, value: number): ScalarJson {
  for (const [name, number] of type.values) if (number === value) return name
  return value // proto3 enums are open: Triton keeps a number it does not know
}

const ESCAPED: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }
const ESCAPE_OR_TEXT = /\\([0-7]{1,3}|[xX][0-9A-Fa-f]{1,2})|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\(.)|([^\\]+)/gsu

/** Content of a string token: its quotes gone, C escapes resolved; octal and hexadecimal ones are bytes of UTF-8. */
export function unquote(token: string): string {
  let text = ''
  let bytes: number[] = []
  for (const [, byte, short, long, char, plain] of token.slice(1, -1).matchAll(ESCAPE_OR_TEXT)) {
    if (byte !== undefined) {
      bytes.push((/^[xX]/.test(byte) ? Number.parseInt(byte.slice(1), 16) : Number.parseInt(byte, 8)) & 0xff)
      continue
    }
    text += utf8(bytes)
    bytes = []
    const point = Number.parseInt(short ?? long ?? '', 16)
    if (plain !== undefined) text += plain
    else if (char !== undefined) text += ESCAPED[char] ?? char
    else text += point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point)
  }
  return (text + utf8(bytes)).toWellFormed()
}

function utf8(bytes: readonly number[]): string {
  return bytes.length === 0 ? '' : new TextDecoder('utf-8').decode(new Uint8Array(bytes))
}

/** A string token for any text: printable characters as they are, controls escaped. */
export function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  const escaped = text.toWellFormed().replaceAll(/["\\\0-\x1f\x7f]/g, char => {
    if (char === '"' || char === '\\') return `\\${char}`
    if (char === '\n') return '\\n'
    if (char === '\t') return '\\t'
    return `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`
  })
  return `"${escaped}"`
}

/** A checked value (`check-json.ts`) as the text format writes it. */
export function printScalar(type: ValueField, value: ScalarJson): string {
  if (type.kind === 'scalar' && type.scalar === 'string') return quote(String(value))
  if (value === 'NaN') return 'nan'
  if (value === 'Infinity') return 'inf'
  if (value === '-Infinity') return '-inf'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** What a field holds that was never written. */
export function isDefault(type: ValueField, value: unknown): boolean {
  if (type.kind === 'enum') return value === 0 || (typeof value === 'string' && type.enum.values.get(value) === 0)
  if (type.scalar === 'string') return value === ''
  return value === false || value === 0
}
