import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import { parseStatistics } from '#formats/triton-statistics.ts'
import type { ServerAddress } from '../address.ts'
import type { CallOptions, ModelName, SharedRegion, TritonClient } from './client.ts'
import { normaliseConfig } from './config-json.ts'
import type { HttpAnswer, HttpCaller, HttpRequest } from './http-call.ts'
import { decodeHttpInfer, encodeHttpInfer } from './http-infer.ts'
import { refused } from './server-errors.ts'
import { MOST_ANSWER_BYTES } from './too-much.ts'

const Tensors = z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })).default([])
const Metadata = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()).default([]) })
const ModelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()).default([]),
  platform: z.string().default(''),
  inputs: Tensors,
  outputs: Tensors,
})
const Index = z.array(
  z.object({
    name: z.string(),
    version: z.string().optional(),
    state: z.string().optional(),
    reason: z.string().optional(),
  }),
)
const Regions = z.array(
  z.object({
    name: z.string(),
    key: z.string().optional(),
    offset: z.number().optional(),
    device_id: z.number().optional(),
    byte_size: z.number(),
  }),
)
const SettingsJson = z.record(z.string(), z.union([z.string(), z.array(z.string()), z.number(), z.boolean()]))
const ErrorBody = z.object({ error: z.string() })

/** KServe v2 and Triton's extensions over HTTP. */
export function httpClient(address: ServerAddress, caller: HttpCaller): TritonClient {
  const isUp = async (path: string, options?: CallOptions) => {
    const answer = await caller.call({ method: 'GET', path }, options)
    if (answer.status === 200) return true
    const said = errorText(answer)
    // 400 is how Triton says no; anything else is not its answer to this question.
    if (answer.status === 400) return false
    throw refused({ status: answer.status, message: said, where: `GET ${path}` })
  }
  const ask = async (request: HttpRequest, options?: CallOptions) => {
    const answer = await caller.call(request, options)
    if (answer.status >= 200 && answer.status < 300) return answer
    throw refused({ status: answer.status, message: errorText(answer), where: `${request.method} ${request.path}` })
  }
  const get = async <T>(path: string, schema: z.ZodType<T>, options?: CallOptions) =>
    readJson(await ask({ method: 'GET', path }, options), schema, path)
  const post = async (path: string, body: unknown, options?: CallOptions) => ask(jsonRequest(path, body), options)
  const regionPath = (kind: SharedRegion['kind'], name: string, verb: string) =>
    `/v2/${kind}sharedmemory${name === '' ? '' : `/region/${segment(name)}`}/${verb}`

  return {
    address,
    live: options => isUp('/v2/health/live', options),
    ready: options => isUp('/v2/health/ready', options),
    modelReady: async (model, options) => isUp(`${modelPath(model)}/ready`, options),
    metadata: options => get('/v2', Metadata, options),
    modelMetadata: async (model, options) => get(modelPath(model), ModelMetadata, options),
    modelConfig: async (model, options) =>
      normaliseConfig(await get(`${modelPath(model)}/config`, z.record(z.string(), z.unknown()), options)),
    statistics: async (model, options) =>
      parseStatistics(
        await get(`${model === undefined ? '/v2/models' : modelPath(model)}/stats`, z.unknown(), options),
      ),
    repositoryIndex: async options =>
      readJson(await post('/v2/repository/index', {}, options), Index, '/v2/repository/index'),
    async loadModel(name, config, options) {
      const parameters = config === undefined ? {} : { config: JSON.stringify(config) }
      await post(`/v2/repository/models/${segment(name)}/load`, { parameters }, options)
    },
    async unloadModel(name, dependents, options) {
      const body = { parameters: { unload_dependents: dependents } }
      await post(`/v2/repository/models/${segment(name)}/unload`, body, options)
    },
    sharedRegions: async (kind, options) =>
      (await get(regionPath(kind, '', 'status'), Regions, options)).map(({ byte_size, device_id, ...region }) => ({
        ...region,
        kind,
        bytes: byte_size,
        ...(device_id === undefined ? {} : { deviceId: device_id }),
      })),
    async registerSystemRegion({ name, key, offset = 0, bytes }, options) {
      await post(regionPath('system', name, 'register'), { key, offset, byte_size: bytes }, options)
    },
    async registerCudaRegion({ name, handle, deviceId, bytes }, options) {
      const raw_handle = { b64: Buffer.from(handle).toString('base64') }
      await post(regionPath('cuda', name, 'register'), { raw_handle, device_id: deviceId, byte_size: bytes }, options)
    },
    async unregisterRegion(kind, name, options) {
      await post(regionPath(kind, name, 'unregister'), {}, options)
    },
    async traceSettings(model, set, options) {
      const path = `${model === undefined ? '/v2' : modelPath({ name: model })}/trace/setting`
      const request: HttpRequest = set === undefined ? { method: 'GET', path } : jsonRequest(path, set)
      return readJson(await ask(request, options), SettingsJson, path)
    },
    async logSettings(set, options) {
      const path = '/v2/logging'
      const request: HttpRequest = set === undefined ? { method: 'GET', path } : jsonRequest(path, set)
      return readJson(await ask(request, options), SettingsJson, path)
    },
    async infer(call, options) {
      const path = `${modelPath({ name: call.model, version: call.version })}/infer`
      const request = { method: 'POST' as const, path, ...encodeHttpInfer(call), mostBytes: MOST_ANSWER_BYTES }
      return decodeHttpInfer(await ask(request, options))
    },
    // biome-ignore lint/correctness/useYield: there is no stream over HTTP
    async *stream() {
      throw new EngineError('SERVER_PROTOCOL', 'HTTP has no stream of responses', {
        where: address.url,
        hint: 'Use the grpc:// address of the server (port 8001).',
      })
    },
    close: () => caller.close(),
  }
}

function modelPath({ name, version }: ModelName): string {
  return `/v2/models/${segment(name)}${version === undefined ? '' : `/versions/${segment(version)}`}`
}

/** Names are other people's: each is one segment of a path whatever it holds. @throws EngineError USAGE for `..` */
function segment(name: string): string {
  // Dots alone cannot be escaped: what is between us and the server reads them as folders, `%2E` too.
  if (/^\.{1,2}$/.test(name)) throw new EngineError('USAGE', `"${name}" is no name of anything`, { where: name })
  return encodeURIComponent(name)
}

function jsonRequest(path: string, body: unknown): HttpRequest {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: [new TextEncoder().encode(JSON.stringify(body))],
  }
}

/** The server's words: JSON with `error` whatever the content type says, or the bare text of a proxy. */
function errorText({ body }: HttpAnswer): string {
  const text = body.toString('utf8')
  try {
    const json = ErrorBody.safeParse(JSON.parse(text))
    return json.success ? json.data.error : text
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return text
    throw thrown
  }
}

function readJson<T>({ body }: HttpAnswer, schema: z.ZodType<T>, path: string): T {
  const text = body.toString('utf8')
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new EngineError(
      'SERVER_PROTOCOL',
      'This is not the answer of a Triton server',
      { where: path, hint: 'Is another web server at this address?', detail: text.slice(0, 400) },
      { cause },
    )
  }
}
