import { digitsToInteger, enumJson, fits, integerJson, isInteger, realJson, unquote } from './scalars.ts'
import type { Token } from './tokens.ts'
import type { ScalarJson } from './tree.ts'
import type { EnumType, FieldType, ScalarType } from './types.ts'

/** `next`: the token behind the value. A problem that is only the value's lets the parser go on. */
export type ReadScalar = { start: number; end: number; next: number } & (
  | { value: ScalarJson }
  | { problem: string; goesOn: boolean }
)

/** One value from its tokens, with the refusals of protobuf's TextFormat: no fraction for an integer, no hex for a float. */
export function readScalar(
  tokens: readonly Token[],
  at: number,
  type: Exclude<FieldType, { kind: 'message' }>,
): ReadScalar {
  const first = tokens[at]
  if (first === undefined) throw new Error('read behind the last token')
  if (type.kind === 'scalar' && type.scalar === 'string') return readString(tokens, at, first)
  const isNegative = first.kind === 'symbol' && first.text === '-'
  const token = (isNegative ? tokens[at + 1] : first) ?? first
  const isValue = token.kind !== 'symbol' && token.kind !== 'end'
  const place = {
    start: first.start,
    end: isValue ? token.end : first.end,
    next: at + (isNegative ? 1 : 0) + (isValue ? 1 : 0),
  }
  const read =
    type.kind === 'enum'
      ? readEnum(type.enum, token, isNegative)
      : type.scalar === 'bool'
        ? readBool(token, isNegative)
        : isInteger(type.scalar)
          ? readInteger(type.scalar, token, isNegative)
          : readReal(token, isNegative)
  return typeof read === 'object' ? { ...place, problem: read.problem, goesOn: isValue } : { ...place, value: read }
}

function readString(tokens: readonly Token[], at: number, first: Token): ReadScalar {
  let next = at
  let text = ''
  for (let token = first; token.kind === 'string'; token = tokens[++next] ?? { ...first, kind: 'end' })
    text += unquote(token.text)
  const end = tokens[next - 1]?.end ?? first.end
  if (next > at) return { start: first.start, end, next, value: text }
  const isValue = first.kind !== 'symbol' && first.kind !== 'end'
  return {
    ...wrong('a string in quotes', first),
    start: first.start,
    end: first.end,
    next: at + (isValue ? 1 : 0),
    goesOn: isValue,
  }
}

type Read = ScalarJson | { problem: string }

function readInteger(type: ScalarType, token: Token, isNegative: boolean): Read {
  if (!isInteger(type)) throw new Error(`${type} is no integer`)
  if (token.kind !== 'integer' || (isNegative && type.startsWith('u')))
    return wrong(type.startsWith('u') ? 'a whole number from 0' : 'a whole number', token, isNegative)
  const digits = digitsToInteger(token.text)
  const value = digits === undefined ? undefined : isNegative ? -digits : digits
  return value !== undefined && fits(type, value) ? integerJson(value) : outOfRange(token, isNegative)
}

function readReal(token: Token, isNegative: boolean): Read {
  const sign = isNegative ? -1 : 1
  if (token.kind === 'integer') {
    if (/^0\d|^0[xX]/.test(token.text)) return wrong('a decimal number', token)
    return realJson(sign * Number(token.text))
  }
  if (token.kind === 'float') return realJson(sign * Number(token.text.replace(/[fF]$/, '')))
  const word = token.kind === 'identifier' ? token.text.toLowerCase() : ''
  if (word === 'inf' || word === 'infinity') return realJson(sign * Number.POSITIVE_INFINITY)
  return word === 'nan' ? 'NaN' : wrong('a number', token)
}

const TRUE = new Set(['true', 'True', 't'])
const FALSE = new Set(['false', 'False', 'f'])

function readBool(token: Token, isNegative: boolean): Read {
  const value = token.kind === 'integer' ? digitsToInteger(token.text) : undefined
  if (!isNegative && (value === 1n || (token.kind === 'identifier' && TRUE.has(token.text)))) return true
  if (!isNegative && (value === 0n || (token.kind === 'identifier' && FALSE.has(token.text)))) return false
  return wrong('true or false', token, isNegative)
}

function readEnum(type: EnumType, token: Token, isNegative: boolean): Read {
  if (token.kind === 'identifier' && !isNegative) {
    return type.values.has(token.text)
      ? token.text
      : { problem: `"${token.text}" is no ${type.name}; it knows ${[...type.values.keys()].join(', ')}` }
  }
  if (token.kind !== 'integer') return wrong(`one of ${[...type.values.keys()].join(', ')}`, token, isNegative)
  const digits = digitsToInteger(token.text)
  const value = digits === undefined ? undefined : isNegative ? -digits : digits
  return value !== undefined && fits('int32', value) ? enumJson(type, Number(value)) : outOfRange(token, isNegative)
}

function wrong(expected: string, { kind, text }: Token, isNegative = false): { problem: string } {
  const found = kind === 'end' ? 'the end of the text' : `${isNegative ? '-' : ''}${text.slice(0, 60)}`
  return { problem: `Expected ${expected}, found ${found}` }
}

function outOfRange({ text }: Token, isNegative: boolean): { problem: string } {
  return { problem: `The number ${isNegative ? '-' : ''}${text.slice(0, 60)} is out of range` }
}
