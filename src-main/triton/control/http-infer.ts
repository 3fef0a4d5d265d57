import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import { datatypeOf, encodeBytes, encodeValues } from '../data/datatypes.ts'
import type { InferCall, ParameterValue, RequestedOutput, RequestTensor, SharedRange } from '../request.ts'
import type { InferResponse, ResponseTensor } from './client.ts'
import type { HttpAnswer } from './http-call.ts'

const JSON_LENGTH = 'inference-header-content-length'

/** A request in the binary tensor data extension: JSON, then the tensors in the order of the inputs. */
export function encodeHttpInfer(call: InferCall): { headers: Record<string, string>; body: Uint8Array[] } {
  const json = {
    ...(call.id === undefined ? {} : { id: call.id }),
    // All outputs binary, where none is asked for by name.
    parameters: { ...call.parameters, ...(call.outputs.length === 0 ? { binary_data_output: true } : {}) },
    inputs: call.inputs.map(inputJson),
    ...(call.outputs.length === 0 ? {} : { outputs: call.outputs.map(outputJson) }),
  }
  const head = new TextEncoder().encode(JSON.stringify(json))
  return {
    headers: { 'content-type': 'application/octet-stream', [JSON_LENGTH]: String(head.length) },
    body: [head, ...call.inputs.flatMap(({ data }) => (data instanceof Uint8Array ? [data] : []))],
  }
}

function inputJson({ name, shape, datatype, data }: RequestTensor) {
  const parameters = data instanceof Uint8Array ? { binary_data_size: data.length } : sharedParameters(data)
  return { name, shape, datatype, parameters }
}

function outputJson({ name, shared, classes }: RequestedOutput) {
  return {
    name,
    parameters: {
      ...(classes === undefined ? {} : { classification: classes }),
      ...(shared === undefined ? { binary_data: true } : sharedParameters(shared)),
    },
  }
}

/** Same words over HTTP and gRPC. */
export function sharedParameters({ region, offset, bytes }: SharedRange): Record<string, ParameterValue> {
  return {
    shared_memory_region: region,
    shared_memory_byte_size: bytes,
    ...(offset === 0 ? {} : { shared_memory_offset: offset }),
  }
}

const Parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({})
const Answer = z.object({
  model_version: z.string().default(''),
  parameters: Parameters,
  outputs: z
    .array(
      z.object({
        name: z.string(),
        datatype: z.string(),
        shape: z.array(z.int()),
        parameters: Parameters,
        data: z.array(z.unknown()).optional(),
      }),
    )
    .default([]),
})

/** @throws EngineError SERVER_PROTOCOL for an answer that is none of KServe v2 */
export function decodeHttpInfer(answered: HttpAnswer): InferResponse {
  const { headers, body, sentMs, firstByteMs, endMs, requestBytes } = answered
  const told = headers[JSON_LENGTH]
  const length = told === undefined ? body.length : Number(told)
  if (!Number.isSafeInteger(length) || length > body.length) throw notKserve(`${JSON_LENGTH}: ${String(told)}`)
  const answer = parseAnswer(body.subarray(0, length))
  let at = length
  const outputs = answer.outputs.map(({ data, ...output }): ResponseTensor => {
    const size = output.parameters.binary_data_size
    if (typeof size !== 'number')
      return { ...output, data: data === undefined ? new Uint8Array(0) : fromJson(output, data) }
    if (!Number.isInteger(size) || size < 0 || at + size > body.length)
      throw notKserve(`output ${output.name} is cut short`)
    at += size
    return { ...output, data: body.subarray(at - size, at) }
  })
  return {
    modelVersion: answer.model_version,
    parameters: answer.parameters,
    outputs,
    timing: {
      totalMs: endMs,
      sendMs: sentMs,
      waitMs: firstByteMs - sentMs,
      receiveMs: endMs - firstByteMs,
      requestBytes,
      responseBytes: body.length,
    },
  }
}

function parseAnswer(head: Buffer): z.infer<typeof Answer> {
  try {
    return Answer.parse(JSON.parse(head.toString('utf8')))
  } catch (cause) {
    throw notKserve(head.toString('utf8').slice(0, 400), cause)
  }
}

const Scalars = z.array(z.union([z.number(), z.boolean(), z.string()]))

/** Servers that know no binary tensors answer in JSON. */
function fromJson({ name, datatype }: { name: string; datatype: string }, data: unknown[]): Uint8Array {
  const values = data.flat(Number.POSITIVE_INFINITY)
  if (datatype === 'BYTES') return encodeBytes(values.map(String))
  const scalars = Scalars.safeParse(values)
  if (!scalars.success) throw notKserve(`output ${name} holds other than values`, scalars.error)
  return encodeValues(datatypeOf(datatype, name), scalars.data, name)
}

function notKserve(detail: string, cause?: unknown): EngineError {
  const hint = 'Is something between this machine and the server changing its answers?'
  return new EngineError('SERVER_PROTOCOL', 'The answer is not KServe v2', { hint, detail }, { cause })
}
