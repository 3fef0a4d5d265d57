import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import type { InferCall, ParameterValue } from '../request.ts'
import type { InferResponse } from './client.ts'
import { sharedParameters } from './http-infer.ts'

/** ModelInferRequest, tensors as raw bytes. */
export function grpcInferRequest(call: InferCall): object {
  const { model, version, id, parameters, inputs, outputs } = call
  return {
    model_name: model,
    model_version: version ?? '',
    id: id ?? '',
    parameters: toParameters(parameters ?? {}),
    inputs: inputs.map(({ name, datatype, shape, data }) => ({
      name,
      datatype,
      shape,
      parameters: data instanceof Uint8Array ? {} : toParameters(sharedParameters(data)),
    })),
    outputs: outputs.map(({ name, shared, classes }) => ({
      name,
      parameters: toParameters({
        ...(classes === undefined ? {} : { classification: classes }),
        ...(shared === undefined ? {} : sharedParameters(shared)),
      }),
    })),
    // Inputs in shared memory have no entry here.
    raw_input_contents: inputs.flatMap(({ data }) => (data instanceof Uint8Array ? [data] : [])),
  }
}

function toParameters(parameters: Record<string, ParameterValue>): Record<string, object> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, toParameter(value)]))
}

function toParameter(value: ParameterValue): object {
  if (typeof value === 'boolean') return { bool_param: value }
  if (typeof value === 'string') return { string_param: value }
  return Number.isInteger(value) ? { int64_param: value } : { double_param: value }
}

/** With defaults printed, the one that is set is known by not being its default; `false`, 0 and '' look alike and are so. */
const Parameter = z
  .object({
    bool_param: z.boolean().nullish(),
    int64_param: z.number().nullish(),
    string_param: z.string().nullish(),
    double_param: z.number().nullish(),
    uint64_param: z.number().nullish(),
  })
  .transform(
    ({ bool_param, int64_param, string_param, double_param, uint64_param }): ParameterValue =>
      bool_param ?? int64_param ?? uint64_param ?? double_param ?? string_param ?? false,
  )
const Parameters = z.record(z.string(), Parameter).default({})
const Answer = z.object({
  model_version: z.string(),
  parameters: Parameters,
  outputs: z.array(
    z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()), parameters: Parameters }),
  ),
  raw_output_contents: z.array(z.instanceof(Uint8Array)),
})

/** The server adds an entry for every output, empty where it went to shared memory. @throws EngineError SERVER_PROTOCOL */
export function readGrpcInfer(
  answer: unknown,
  timing: { totalMs: number; requestBytes: number; responseBytes: number },
): InferResponse {
  const { model_version, parameters, outputs, raw_output_contents } = readAnswer(Answer, answer, 'ModelInfer')
  return {
    modelVersion: model_version,
    parameters,
    outputs: outputs.map((output, index) => {
      const data = raw_output_contents[index]
      if (data === undefined) {
        throw new EngineError('SERVER_PROTOCOL', `Output ${output.name} came without raw bytes`, {
          hint: 'Is something between this machine and the server changing its answers?',
        })
      }
      return { ...output, data }
    }),
    timing,
  }
}

const StreamAnswer = z.object({ error_message: z.string(), infer_response: z.unknown() })

/** A message of the stream: an answer, or the server's words of refusal. */
export function readStreamAnswer(message: unknown): { error: string } | { error?: undefined; response: unknown } {
  const { error_message, infer_response } = readAnswer(StreamAnswer, message, 'ModelStreamInfer')
  return error_message === '' ? { response: infer_response } : { error: error_message }
}

/** @throws EngineError SERVER_PROTOCOL for a message that is not as the protocol has it */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown, call: string): T {
  const read = schema.safeParse(answer)
  if (read.success) return read.data
  throw new EngineError(
    'SERVER_PROTOCOL',
    'This is not the answer of a Triton server',
    { where: call, hint: 'Is another gRPC server at this address?', detail: z.prettifyError(read.error) },
    { cause: read.error },
  )
}
