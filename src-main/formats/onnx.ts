import type { TensorSpec } from '#domain/model.ts'
import { defineFormat, type FileHead } from './define.ts'
import { OnnxContent, type OnnxWeight, onnxDtype } from './onnx-content.ts'
import { type ProtobufField, type ProtobufHandlers, ProtobufReader } from './protobuf.ts'

/**
 * ONNX: a ModelProto. Reads inputs, outputs and what the weights are, not the weights: of a file of several GB a few
 * hundred KB are touched. Own reader, because protobuf libraries want the whole message in memory (2 GB limit) and the
 * generated code; the part that is read here is 30 fields. Source: onnx.proto, IR 3 to 14.
 */
export const onnx = defineFormat({
  id: 'onnx',
  title: 'ONNX model',
  gives: 'model',
  extensions: ['.onnx'],
  sniff: looksLikeModel,
  async read(source, signal) {
    const content = new OnnxContent()
    await new OnnxWalker(new ProtobufReader(source, signal), content).model()
    return content.content()
  },
})

/** Fields of ModelProto with their wire type; `text`: a short printable string. */
const MODEL_FIELDS: Readonly<Record<number, 'varint' | 'text' | 'message'>> = {
  1: 'varint',
  2: 'text',
  3: 'text',
  4: 'text',
  5: 'varint',
  6: 'message',
  7: 'message',
  8: 'message',
  14: 'message',
  20: 'message',
  25: 'message',
  26: 'message',
}
const GRAPH = 7
/** Producer name, version and domain; a TensorFlow SavedModel has its whole graph in field 2. */
const MAX_TEXT = 256

/**
 * ONNX has no magic number. A file is claimed when its leading fields are all ones of ModelProto, of the right wire type
 * and with printable texts, up to the graph or the end of the head.
 */
function looksLikeModel({ bytes, text }: FileHead): boolean {
  let at = 0
  let seen = 0
  const varint = () => {
    for (let value = 0, power = 1; at < bytes.length; power *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * power
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  while (at < bytes.length) {
    const tag = varint()
    const kind = MODEL_FIELDS[Math.floor(tag / 8)]
    if (kind === undefined || tag % 8 !== (kind === 'varint' ? 0 : 2)) return false
    if (Math.floor(tag / 8) === GRAPH) return true
    const value = varint()
    seen++
    if (kind === 'text' && !(value <= MAX_TEXT && isPrintable(bytes.subarray(at, at + value)))) return false
    if (kind !== 'varint') at += value
  }
  return seen > 1 && !/^[\t\n\r -~]*$/.test(text)
}

function isPrintable(bytes: Uint8Array): boolean {
  return bytes.every(byte => byte >= 0x20 && byte !== 0x7f)
}

/** TensorProto.DataLocation. */
const EXTERNAL = 1
/** More dimensions than any runtime takes. */
const MAX_RANK = 256

type TensorType = Omit<TensorSpec, 'name'>

/** Walks the messages of a model; field numbers are those of onnx.proto. */
class OnnxWalker {
  readonly #reader: ProtobufReader
  readonly #content: OnnxContent

  constructor(reader: ProtobufReader, content: OnnxContent) {
    this.#reader = reader
    this.#content = content
  }

  async model(): Promise<void> {
    let hasGraph = false
    const { texts, ints } = await this.#reader.message(this.#reader.root(), {
      texts: { producer: 2, producerVersion: 3 },
      ints: { irVersion: 1 },
      each: {
        7: field => {
          hasGraph = true
          return this.#graph(field, true)
        },
        8: field => this.#opset(field),
      },
    })
    if (!hasGraph) throw this.#reader.broken('The model has no graph: it ends', this.#reader.root().end)
    this.#content.irVersion = ints.irVersion
    this.#content.producer = [texts.producer, texts.producerVersion].filter(Boolean).join(' ')
  }

  async #opset(field: ProtobufField): Promise<void> {
    const { texts, ints } = await this.#reader.message(field, { texts: { domain: 1 }, ints: { version: 2 } })
    this.#content.opsets.push({ domain: texts.domain ?? '', version: ints.version ?? 0 })
  }

  /** The main graph, or one inside a node (If, Loop): its nodes and weights count, its inputs do not. */
  async #graph(field: ProtobufField, isMain: boolean): Promise<void> {
    const { inputs, outputs } = this.#content
    const ends: ProtobufHandlers = { 11: field => this.#value(field, inputs), 12: field => this.#value(field, outputs) }
    await this.#reader.message(field, {
      each: {
        1: field => this.#node(field),
        5: field => this.#weight(field, isMain),
        15: field => this.#sparseWeight(field, isMain),
        ...(isMain ? ends : {}),
      },
    })
  }

  async #node(field: ProtobufField): Promise<void> {
    const { texts } = await this.#reader.message(field, {
      texts: { type: 4, domain: 7 },
      each: { 5: field => this.#attribute(field) },
    })
    const { type = '', domain = '' } = texts
    this.#content.addNode(domain === '' || domain === 'ai.onnx' ? type : `${domain}.${type}`)
  }

  /** Constants and inner graphs. */
  async #attribute(field: ProtobufField): Promise<void> {
    await this.#reader.message(field, {
      each: {
        5: field => this.#weight(field, false),
        6: field => this.#graph(field, false),
        10: field => this.#weight(field, false),
        11: field => this.#graph(field, false),
        22: field => this.#sparseWeight(field, false),
        23: field => this.#sparseWeight(field, false),
      },
    })
  }

  async #sparseWeight(field: ProtobufField, named: boolean): Promise<void> {
    await this.#reader.message(field, {
      each: { 1: field => this.#weight(field, named), 2: field => this.#weight(field, false) },
    })
  }

  async #weight(field: ProtobufField, named: boolean): Promise<void> {
    const reader = this.#reader
    const dims: number[] = []
    const places: [key: string, value: string][] = []
    let rawBytes: number | undefined
    const { texts, ints } = await reader.message(field, {
      texts: { name: 8 },
      ints: { typeCode: 2, location: 14 },
      each: {
        1: field => reader.ints(field, dims, MAX_RANK),
        9: field => {
          rawBytes = field.end - field.start
        },
        13: async field => {
          const { texts } = await reader.message(field, { texts: { key: 1, value: 2 } })
          places.push([texts.key ?? '', texts.value ?? ''])
        },
      },
    })
    const weight: OnnxWeight = { name: texts.name ?? '', typeCode: ints.typeCode ?? 0, dims }
    if (ints.location === EXTERNAL) weight.external = this.#external(new Map(places), field)
    else if (rawBytes !== undefined) weight.rawBytes = rawBytes
    if (!this.#content.addWeight(weight, named)) throw reader.broken('A weight of impossible size', field.at)
  }

  #external(places: Map<string, string>, { at }: ProtobufField): NonNullable<OnnxWeight['external']> {
    const bytes = (text: string) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
      if (!Number.isSafeInteger(value)) throw this.#reader.broken('External data without a valid place', at)
      return value
    }
    const [location, length] = [places.get('location'), places.get('length')]
    if (!location) throw this.#reader.broken('External data without a file name', at)
    const offset = bytes(places.get('offset') ?? '0')
    return { location, offset, ...(length === undefined ? {} : { length: bytes(length) }) }
  }

  async #value(field: ProtobufField, into: TensorSpec[]): Promise<void> {
    const types: TensorType[] = []
    const { texts } = await this.#reader.message(field, {
      texts: { name: 1 },
      each: { 2: field => this.#type(field, types) },
    })
    into.push({ name: texts.name ?? '', kind: 'tensor', ...types.at(-1) })
  }

  /** A sequence, map or optional tells its element's dtype where that is a tensor. */
  async #type(field: ProtobufField, into: TensorType[]): Promise<void> {
    const container = (kind: TensorSpec['kind'], element: number) => async (field: ProtobufField) => {
      const inner: TensorType[] = []
      await this.#reader.message(field, { each: { [element]: field => this.#type(field, inner) } })
      const dtype = inner.at(-1)?.dtype
      into.push({ kind, ...(dtype === undefined ? {} : { dtype }) })
    }
    await this.#reader.message(field, {
      each: {
        1: field => this.#tensorType(field, 'tensor', into),
        4: container('sequence', 1),
        5: container('map', 2),
        8: field => this.#tensorType(field, 'sparse', into),
        9: container('optional', 1),
      },
    })
  }

  async #tensorType(field: ProtobufField, kind: TensorSpec['kind'], into: TensorType[]): Promise<void> {
    const dims: (number | string)[] = []
    let hasShape = false
    const { ints } = await this.#reader.message(field, {
      ints: { typeCode: 1 },
      each: {
        2: async field => {
          hasShape = true
          await this.#reader.message(field, { each: { 1: field => this.#dim(field, dims) } })
        },
      },
    })
    const dtype = onnxDtype(ints.typeCode ?? 0)
    into.push({ kind, ...(dtype === undefined ? {} : { dtype }), ...(hasShape ? { shape: dims } : {}) })
  }

  /** A number, a name, or '' for an unnamed free size; some exporters write −1 for that. */
  async #dim(field: ProtobufField, into: (number | string)[]): Promise<void> {
    const { texts, ints } = await this.#reader.message(field, { texts: { name: 2 }, ints: { size: 1 } })
    const { size = -1 } = ints
    into.push(texts.name ?? (size >= 0 && Number.isSafeInteger(size) ? size : ''))
    if (into.length > MAX_RANK) throw this.#reader.broken(`A shape of more than ${MAX_RANK} dimensions`, field.at)
  }
}
