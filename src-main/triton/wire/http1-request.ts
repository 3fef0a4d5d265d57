import type { InferCall, ParameterValue, RequestedOutput, RequestTensor } from '../request.ts'
import { authority, checkedHeaders } from './request-headers.ts'
import type { SequenceFlags, WireOptions } from './wire.ts'

/** Digits of 2^53 − 1: ids of sequences are written as wide as this, with blanks, which JSON allows. */
const SEQUENCE_DIGITS = 16

/** A request as it goes over the wire, encoded once. */
export interface Http1Request {
  bytes: Buffer
  /** Where `sequenceText` stands, of fixed length; −1: no sequence. */
  sequenceAt: number
}

/** Flags of a sequence in the JSON of a request; always as long. */
export function sequenceText({ id, start, end }: SequenceFlags): string {
  const flag = (value: boolean) => String(value).padEnd(5)
  return `"sequence_id":${String(id).padEnd(SEQUENCE_DIGITS)},"sequence_start":${flag(start)},"sequence_end":${flag(end)}`
}

/** KServe v2 with the binary tensor extension: head, JSON and tensors in one piece. */
export function encodeHttp1(
  call: InferCall,
  options: Pick<WireOptions, 'host' | 'port' | 'headers'>,
  { sequence = false } = {},
): Http1Request {
  const tensors = call.inputs.flatMap(({ data }) => (data instanceof Uint8Array ? [data] : []))
  const placeholder = sequence ? sequenceText({ id: 0, start: false, end: false }) : ''
  const json = Buffer.from(callJson(call, placeholder))
  const bodyBytes = json.length + tensors.reduce((total, tensor) => total + tensor.length, 0)
  const version = call.version === undefined ? '' : `/versions/${encodeURIComponent(call.version)}`
  const lines = [
    `POST /v2/models/${encodeURIComponent(call.model)}${version}/infer HTTP/1.1`,
    `Host: ${authority(options)}`,
    'Content-Type: application/octet-stream',
    `Inference-Header-Content-Length: ${json.length}`,
    `Content-Length: ${bodyBytes}`,
    ...checkedHeaders(options.headers).map(([name, value]) => `${name}: ${value}`),
  ]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const bytes = Buffer.concat([head, json, ...tensors])
  return { bytes, sequenceAt: sequence ? head.length + json.indexOf(placeholder) : -1 }
}

function callJson(call: InferCall, sequence: string): string {
  const parameters: Record<string, ParameterValue> = {
    ...call.parameters,
    ...(call.outputs.length === 0 ? { binary_data_output: true } : {}),
  }
  const written = JSON.stringify(parameters).slice(1, -1)
  const rest = JSON.stringify({
    ...(call.id === undefined ? {} : { id: call.id }),
    inputs: call.inputs.map(input),
    ...(call.outputs.length === 0 ? {} : { outputs: call.outputs.map(output) }),
  })
  // In front, so that a sequence lies within the first bytes: only those are copied per slot.
  return `{"parameters":{${[sequence, written].filter(text => text !== '').join(',')}},${rest.slice(1)}`
}

function input({ name, datatype, shape, data }: RequestTensor) {
  const parameters =
    data instanceof Uint8Array
      ? { binary_data_size: data.length }
      : sharedParameters({ region: data.region, offset: data.offset, bytes: data.bytes })
  return { name, datatype, shape, parameters }
}

function output({ name, shared, classes }: RequestedOutput) {
  return {
    name,
    parameters: {
      ...(shared === undefined ? { binary_data: true } : sharedParameters(shared)),
      ...(classes === undefined ? {} : { classification: classes }),
    },
  }
}

function sharedParameters({ region, offset, bytes }: { region: string; offset: number; bytes: number }) {
  return {
    shared_memory_region: region,
    shared_memory_byte_size: bytes,
    ...(offset === 0 ? {} : { shared_memory_offset: offset }),
  }
}
