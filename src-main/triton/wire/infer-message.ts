import type { InferCall, ParameterValue, RequestedOutput, RequestTensor, SharedRange } from '../request.ts'
import { bytesField, bytesOf, doubleField, type Pieces, packedField, textField, varintField } from './protobuf.ts'
import type { SequenceFlags } from './wire.ts'

/** A message as it goes into DATA frames: gRPC's five bytes, then the protobuf. */
export interface EncodedMessage {
  bytes: Buffer
  /** Where `sequenceBytes` stands, of fixed length; −1: no sequence. */
  sequenceAt: number
}

/** Not compressed, then the length. */
const PREFIX_BYTES = 5

export function framed(pieces: Pieces): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32BE(bytesOf(pieces), 1)
  return Buffer.concat([prefix, ...pieces])
}

/** ModelInferRequest (grpc_service.proto): model_name 1, version 2, id 3, parameters 4, inputs 5, outputs 6, raw 7. */
export function encodeInfer(call: InferCall, { sequence = false } = {}): EncodedMessage {
  const front = [
    ...textField(1, call.model),
    ...(call.version === undefined ? [] : textField(2, call.version)),
    ...(call.id === undefined ? [] : textField(3, call.id)),
  ]
  const bytes = framed([
    ...front,
    ...(sequence ? [sequenceBytes({ id: 0, start: false, end: false })] : []),
    ...parameters(4, call.parameters ?? {}),
    ...call.inputs.flatMap(tensor => bytesField(5, ...input(tensor))),
    ...call.outputs.flatMap(wanted => bytesField(6, ...output(wanted))),
    ...call.inputs.flatMap(({ data }) => (data instanceof Uint8Array ? bytesField(7, data) : [])),
  ])
  return { bytes, sequenceAt: sequence ? PREFIX_BYTES + bytesOf(front) : -1 }
}

function input({ name, datatype, shape, data }: RequestTensor): Pieces {
  return [
    ...textField(1, name),
    ...textField(2, datatype),
    ...packedField(3, shape),
    ...(data instanceof Uint8Array ? [] : parameters(4, sharedParameters(data))),
  ]
}

function output({ name, shared, classes }: RequestedOutput): Pieces {
  const wanted = {
    ...(shared === undefined ? {} : sharedParameters(shared)),
    ...(classes === undefined ? {} : { classification: classes }),
  }
  return [...textField(1, name), ...parameters(2, wanted)]
}

function sharedParameters({ region, offset, bytes }: SharedRange): Record<string, ParameterValue> {
  return {
    shared_memory_byte_size: bytes,
    ...(offset === 0 ? {} : { shared_memory_offset: offset }),
    shared_memory_region: region,
  }
}

/** map<string, InferParameter>: an entry a key; InferParameter: bool 1, int64 2, string 3, double 4. */
function parameters(field: number, values: Record<string, ParameterValue>): Pieces {
  return Object.entries(values).flatMap(([key, value]) =>
    bytesField(field, ...textField(1, key), ...bytesField(2, ...parameterValue(value))),
  )
}

function parameterValue(value: ParameterValue): Pieces {
  if (typeof value === 'boolean') return varintField(1, value)
  if (typeof value === 'string') return textField(3, value)
  return Number.isSafeInteger(value) ? varintField(2, value) : doubleField(4, value)
}

/** A varint may have leading zero groups: eight bytes hold every safe integer, whatever its size. */
const ID_BYTES = 8
const ID_PLACEHOLDER = 2 ** 49

// Keys in alphabetical order here and below, as protobuf's deterministic serialisation has them: easy to compare.
const TEMPLATE = Buffer.concat(
  parameters(4, { sequence_end: false, sequence_id: ID_PLACEHOLDER, sequence_start: false }),
)
const ID_AT = TEMPLATE.indexOf(Buffer.concat(varintField(2, ID_PLACEHOLDER))) + 1
/** Between a flag's name and its value stand three bytes: tag and length of the InferParameter, tag of the bool. */
const flagAt = (name: string) => TEMPLATE.indexOf(name) + name.length + 3
const START_AT = flagAt('sequence_start')
const END_AT = flagAt('sequence_end')

/** The three sequence parameters as map entries; always as long. */
export function sequenceBytes(flags: SequenceFlags): Buffer {
  const bytes = Buffer.from(TEMPLATE)
  writeSequence(bytes, flags)
  return bytes
}

/** Writes flags into bytes of `sequenceBytes`. */
export function writeSequence(bytes: Buffer, { id, start, end }: SequenceFlags): void {
  let rest = id
  for (let index = 0; index < ID_BYTES; index++) {
    bytes[ID_AT + index] = (rest % 128) + (index === ID_BYTES - 1 ? 0 : 128)
    rest = Math.floor(rest / 128)
  }
  bytes[START_AT] = start ? 1 : 0
  bytes[END_AT] = end ? 1 : 0
}
