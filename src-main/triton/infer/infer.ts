import { EngineError } from '#domain/errors.ts'
import type { InferAnswer, InferRequest, ServerModel, ServerTarget, ServerTensor } from '#domain/server.ts'
import type { CallOptions, TritonClient } from '../control/client.ts'
import { describeModel } from '../control/describe-model.ts'
import { type PreparedInput, prepareInput } from '../data/request-data.ts'
import type { InferCall, RequestedOutput } from '../request.ts'
import { curlLines } from './curl-lines.ts'
import { pythonLines } from './python-lines.ts'
import { readOutput } from './read-output.ts'

/** Of a decoupled model: each is shown. */
const MOST_RESPONSES = 10_000

/** A request with every decision made: what goes out, and what is told of it. */
export interface PreparedCall {
  call: InferCall
  inputs: PreparedInput[]
  model: ServerModel
  isStream: boolean
  isClassified: boolean
}

/**
 * One request from what the user described. A decoupled model is asked over the stream where there is one.
 * @throws EngineError as every call (`TritonClient`), and those of the input data
 */
export async function inferOnce(
  client: TritonClient,
  target: ServerTarget,
  request: InferRequest,
  signal?: AbortSignal,
): Promise<InferAnswer> {
  const options: CallOptions = { timeoutMs: request.timeoutMs, signal }
  const prepared = await prepareCall(client, request, signal)
  const { call, inputs, model, isStream, isClassified } = prepared
  const reading = {
    isClassified,
    ownTop: isClassified ? 0 : request.top,
    isBatched: (model.maxBatchSize ?? 0) > 0,
  }
  const responses: InferAnswer['responses'] = []
  const timing: InferAnswer['timing'] = { totalMs: 0, requestBytes: 0, responseBytes: 0 }
  let modelVersion = request.version ?? ''
  // Read as they come: their bytes need not be kept.
  for await (const response of isStream ? client.stream(call, options) : only(client.infer(call, options))) {
    if (responses.length === MOST_RESPONSES) throw tooManyResponses(request.model)
    const outputs = response.outputs.map(output => readOutput(output, reading))
    responses.push({ afterMs: response.timing.totalMs, outputs })
    const responseBytes = timing.responseBytes + response.timing.responseBytes
    Object.assign(timing, response.timing, { responseBytes })
    modelVersion = response.modelVersion
  }
  return {
    modelVersion,
    responses,
    timing,
    inputs: inputs.map(({ tensor, facts }) => ({ name: tensor.name, facts })),
    curl: curlLines(target, prepared),
    python: pythonLines(target, prepared),
  }
}

async function* only<T>(one: Promise<T>): AsyncGenerator<T> {
  yield await one
}

function tooManyResponses(model: string): EngineError {
  return new EngineError('SERVER_REFUSED', `${model} has sent more than ${MOST_RESPONSES} responses to one request`, {
    hint: 'Ask it for less, or measure it with `batchscope sweep --streaming`.',
  })
}

async function prepareCall(
  client: TritonClient,
  request: InferRequest,
  signal: AbortSignal | undefined,
): Promise<PreparedCall> {
  const name = { name: request.model, version: request.version }
  const [metadata, config, { extensions }] = await Promise.all([
    client.modelMetadata(name, { signal }),
    configIfTold(client, name, signal),
    client.metadata({ signal }),
  ])
  const model = describeModel(request.model, [], metadata, config)
  checkNames(request, model)
  const inputs: PreparedInput[] = []
  for (const spec of model.inputs) {
    const input = request.inputs.find(({ name: wanted }) => wanted === spec.name)
    if (input === undefined && spec.optional === true) continue
    const isBatched = model.maxBatchSize === undefined ? spec.shape[0] === -1 : model.maxBatchSize > 0
    const described = input ?? { name: spec.name, source: { from: 'random' as const, seed: 0 } }
    inputs.push(await prepareInput(described, spec, { isBatched, batch: request.batch }, request.image))
  }
  const isClassified = request.top > 0 && extensions.includes('classification') && model.outputs.some(isNumeric)
  const parameters = { ...request.parameters, ...sequenceParameters(request) }
  return {
    model,
    inputs,
    isClassified,
    isStream: request.stream || (model.decoupled === true && client.address.protocol === 'grpc'),
    call: {
      model: request.model,
      ...(request.version === undefined ? {} : { version: request.version }),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
      inputs: inputs.map(({ tensor }) => tensor),
      outputs: outputsOf(request, model, isClassified),
    },
  }
}

async function configIfTold(
  client: TritonClient,
  name: { name: string; version: string | undefined },
  signal: AbortSignal | undefined,
) {
  try {
    return await client.modelConfig(name, { signal })
  } catch (thrown) {
    // Without it the batch is read off the shapes; everything else is in the metadata.
    if (thrown instanceof EngineError && thrown.code === 'ACCESS_DENIED') return undefined
    throw thrown
  }
}

function checkNames(request: InferRequest, model: ServerModel): void {
  const check = (what: string, wanted: string, known: readonly ServerTensor[]) => {
    if (known.some(({ name }) => name === wanted)) return
    throw new EngineError('DATA_INVALID', `The model ${request.model} has no ${what} ${wanted}`, {
      where: wanted,
      hint: `It has ${known.map(({ name }) => name).join(', ')}.`,
    })
  }
  for (const { name } of request.inputs) check('input', name, model.inputs)
  for (const name of request.outputs) check('output', name, model.outputs)
}

/** Classes only of numbers: the server refuses to classify texts. */
function outputsOf({ outputs, top }: InferRequest, model: ServerModel, isClassified: boolean): RequestedOutput[] {
  const wanted = model.outputs.filter(({ name }) => outputs.length === 0 || outputs.includes(name))
  if (!isClassified) return outputs.map(name => ({ name }))
  return wanted.map(output => ({ name: output.name, ...(isNumeric(output) ? { classes: top } : {}) }))
}

function isNumeric({ datatype }: ServerTensor): boolean {
  return datatype !== 'BYTES'
}

function sequenceParameters({ sequence }: InferRequest): InferCall['parameters'] {
  if (sequence === undefined) return {}
  return { sequence_id: sequence.id, sequence_start: sequence.start, sequence_end: sequence.end }
}
