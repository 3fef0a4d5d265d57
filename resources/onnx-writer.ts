import type { Dtype } from '#domain/model.ts'
import { onnxTypeCode } from '#formats/onnx-types.ts'

/**
 * Writes ONNX files: just enough protobuf for the bundled sample model and for the models of tests and benches.
 * Field numbers: onnx.proto (IR 14). Same input, same bytes. Bulk data is never copied until `encodeModel` joins it.
 */

/** A protobuf message as pieces in order. */
interface Message {
  pieces: Uint8Array[]
  bytes: number
}

type Field = readonly [number: number, value: Value | readonly Value[] | undefined]
type Value = number | string | Uint8Array | Message | { float: number }

/** A tensor of the file. `raw`: little-endian, C order. `external`: the bytes are in a file beside the model. */
export interface WeightSpec {
  name: string
  dtype: Dtype
  shape: readonly number[]
  raw?: Uint8Array
  strings?: readonly string[]
  external?: { location: string; offset: number; length: number }
}

/** An input or output; a string dimension is symbolic ('' for unnamed), no shape: any rank. */
export interface ValueSpec {
  name: string
  dtype: Dtype
  shape?: readonly (number | string)[]
  kind?: 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse'
}

/** `float` marks a number that must be written as a float attribute though it is whole. */
export type Attribute = number | string | readonly number[] | { float: number } | WeightSpec | GraphSpec

export interface NodeSpec {
  op: string
  inputs: readonly string[]
  outputs: readonly string[]
  attributes?: Readonly<Record<string, Attribute>>
  domain?: string
}

export interface GraphSpec {
  name: string
  nodes: readonly NodeSpec[]
  inputs: readonly ValueSpec[]
  outputs: readonly ValueSpec[]
  weights?: readonly WeightSpec[]
}

export interface ModelSpec {
  graph: GraphSpec
  producer: string
  irVersion: number
  opsets: readonly { domain: string; version: number }[]
}

/** A whole ONNX file. */
export function encodeModel({ graph, producer, irVersion, opsets }: ModelSpec): Uint8Array {
  const { pieces, bytes } = message([
    [1, irVersion],
    [2, producer],
    [7, graphMessage(graph)],
    [
      8,
      opsets.map(({ domain, version }) =>
        message([
          [1, domain],
          [2, version],
        ]),
      ),
    ],
  ])
  const file = new Uint8Array(bytes)
  let at = 0
  for (const piece of pieces) {
    file.set(piece, at)
    at += piece.length
  }
  return file
}

/** Little-endian bytes of a typed array, without a copy. */
export function rawBytes(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function graphMessage({ name, nodes, inputs, outputs, weights = [] }: GraphSpec): Message {
  return message([
    [1, nodes.map(nodeMessage)],
    [2, name],
    [5, weights.map(weightMessage)],
    [11, inputs.map(valueMessage)],
    [12, outputs.map(valueMessage)],
  ])
}

function nodeMessage({ op, inputs, outputs, attributes = {}, domain }: NodeSpec): Message {
  return message([
    [1, inputs],
    [2, outputs],
    [3, outputs[0]],
    [4, op],
    [5, Object.entries(attributes).map(([name, value]) => attributeMessage(name, value))],
    [7, domain],
  ])
}

function attributeMessage(name: string, value: Attribute): Message {
  const [type, field] = attributeField(value)
  return message([[1, name], field, [20, type]])
}

/** AttributeProto.AttributeType and the field that holds the value. */
function attributeField(value: Attribute): [type: number, Field] {
  if (typeof value === 'number') return Number.isInteger(value) ? [2, [3, value]] : [1, [2, { float: value }]]
  if (typeof value === 'string') return [3, [4, value]]
  if ('float' in value) return [1, [2, value]]
  if ('dtype' in value) return [4, [5, weightMessage(value)]]
  if ('nodes' in value) return [5, [6, graphMessage(value)]]
  return [7, [8, value]]
}

function weightMessage({ name, dtype, shape, raw, strings, external }: WeightSpec): Message {
  const entries = Object.entries(external ?? {}).map(([key, value]) =>
    message([
      [1, key],
      [2, String(value)],
    ]),
  )
  return message([
    [1, shape],
    [2, onnxTypeCode(dtype)],
    [6, strings],
    [8, name],
    [9, raw],
    [13, entries],
    [14, external === undefined ? undefined : 1],
  ])
}

function valueMessage({ name, dtype, shape, kind = 'tensor' }: ValueSpec): Message {
  const dims = shape?.map(dim => message([typeof dim === 'number' ? [1, dim] : [2, dim === '' ? undefined : dim]]))
  const tensor = message([
    [1, onnxTypeCode(dtype)],
    [2, dims && message([[1, dims]])],
  ])
  const tensorType = message([[1, tensor]])
  const type = {
    tensor: tensorType,
    sequence: message([[4, message([[1, tensorType]])]]),
    map: message([
      [
        5,
        message([
          [1, onnxTypeCode('int64')],
          [2, tensorType],
        ]),
      ],
    ]),
    optional: message([[9, message([[1, tensorType]])]]),
    sparse: message([[8, tensor]]),
  }[kind]
  return message([
    [1, name],
    [2, type],
  ])
}

/** Fields in the given order; an undefined value is left out, a list is a repeated field. */
function message(fields: readonly Field[]): Message {
  const result: Message = { pieces: [], bytes: 0 }
  const add = (piece: Uint8Array) => {
    result.pieces.push(piece)
    result.bytes += piece.length
  }
  const addField = (number: number, value: Value) => {
    if (typeof value === 'number') {
      add(varint(number * 8))
      add(varint(value))
    } else if (typeof value === 'object' && 'float' in value) {
      add(varint(number * 8 + 5))
      add(rawBytes(Float32Array.of(value.float)))
    } else {
      const body = typeof value === 'string' ? new TextEncoder().encode(value) : value
      const { pieces, bytes } = body instanceof Uint8Array ? { pieces: [body], bytes: body.length } : body
      add(varint(number * 8 + 2))
      add(varint(bytes))
      for (const piece of pieces) add(piece)
    }
  }
  for (const [number, value] of fields) {
    if (value === undefined) continue
    if (isList(value)) for (const element of value) addField(number, element)
    else addField(number, value)
  }
  return result
}

function isList(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value)
}

/** Base-128, seven bits a byte, lowest first; a negative number as its 64-bit two's complement. */
function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    bytes.push(rest === 0n ? low : low | 0x80)
  } while (rest !== 0n)
  return Uint8Array.from(bytes)
}
