import { STATIC_TABLE } from './hpack-tables.ts'

const ENTRY_BYTES = 32

type Field = readonly [name: string, value: string]

/**
 * The same header list for every request of a connection, written three ways: without touching the peer's table;
 * putting each field into it; and, once they are in it, as one byte a field.
 */
export interface FixedHeaders {
  plain: Buffer
  inserting: Buffer
  indexed: Buffer
  /** Room that the fields take in the peer's table. */
  tableBytes: number
}

/** For a table that holds nothing else. */
export function fixedHeaders(fields: readonly Field[]): FixedHeaders {
  const inserted = fields.filter(field => fullIndex(field) === undefined)
  const numberOf = (field: Field) => STATIC_TABLE.length + inserted.length - inserted.indexOf(field)
  return {
    plain: plainHeaders(fields),
    inserting: Buffer.concat(fields.map(field => indexedField(fullIndex(field)) ?? literal(field, 0x40, 6))),
    indexed: Buffer.concat(fields.map(field => integer(fullIndex(field) ?? numberOf(field), 0x80, 7))),
    tableBytes: inserted.reduce((total, [name, value]) => total + name.length + value.length + ENTRY_BYTES, 0),
  }
}

/** A header list for one call, without touching the peer's table. */
export function plainHeaders(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map(field => indexedField(fullIndex(field)) ?? literal(field, 0x00, 4)))
}

function fullIndex([name, value]: Field): number | undefined {
  const at = STATIC_TABLE.findIndex(entry => entry[0] === name && entry[1] === value)
  return at < 0 ? undefined : at + 1
}

function indexedField(index: number | undefined): Buffer | undefined {
  return index === undefined ? undefined : integer(index, 0x80, 7)
}

function literal([name, value]: Field, pattern: number, prefixBits: number): Buffer {
  const nameAt = STATIC_TABLE.findIndex(entry => entry[0] === name) + 1
  return Buffer.concat([integer(nameAt, pattern, prefixBits), ...(nameAt === 0 ? [text(name)] : []), text(value)])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  return Buffer.concat([integer(bytes.length, 0x00, 7), bytes])
}

function integer(value: number, pattern: number, prefixBits: number): Buffer {
  const most = 2 ** prefixBits - 1
  if (value < most) return Buffer.from([pattern | value])
  const bytes = [pattern | most]
  let rest = value - most
  while (rest > 0x7f) {
    bytes.push((rest % 128) | 0x80)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}
