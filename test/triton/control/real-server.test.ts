import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServerTarget } from '#domain/server.ts'
import type { TritonClient } from '../../../src-main/triton/control/client.ts'
import { connectServer } from '../../../src-main/triton/control/connect.ts'
import { askOneModel, withKnownModels } from '../../../src-main/triton/control/list-models.ts'
import { openClient } from '../../../src-main/triton/control/open-client.ts'
import { encodeValues, valueReader } from '../../../src-main/triton/data/datatypes.ts'
import { createSegment } from '../../../src-main/triton/shared-memory/segments.ts'
import { startTriton, type TestServer, withoutTriton } from '../../helpers/triton/server.ts'

if (withoutTriton) console.warn(`Skipped: ${withoutTriton}`)

const MODELS = [
  'cached',
  'delay',
  'ensemble',
  'flaky',
  'identity_fp32',
  'image_cls',
  'mnist_digit',
  'repeat',
  'strings',
]

describe.skipIf(withoutTriton)('a real Triton with nine models', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTriton()
  })
  afterAll(() => server?.stop())

  const clients: TritonClient[] = []
  const open = (protocol: 'http' | 'grpc') => {
    const client = openClient(ServerTarget.parse({ url: protocol === 'http' ? server.httpUrl : server.grpcUrl }))
    clients.push(client)
    return client
  }
  afterAll(() => {
    for (const client of clients) client.close()
  })

  test('HTTP and gRPC tell the same of every model, and of the server', async () => {
    const told = async (client: TritonClient) => ({
      server: await client.metadata(),
      live: await client.live(),
      ready: await client.ready(),
      index: await client.repositoryIndex(),
      trace: await client.traceSettings(),
      modelTrace: await client.traceSettings('delay'),
      logging: await client.logSettings(),
      system: await client.sharedRegions('system'),
      cuda: await client.sharedRegions('cuda'),
      models: await Promise.all(
        MODELS.map(async name => ({
          ready: await client.modelReady({ name }),
          metadata: await client.modelMetadata({ name, version: '1' }),
          statistics: (await client.statistics({ name })).map(one => one.version),
          described: (await askOneModel(client, name, undefined, {})).model,
        })),
      ),
    })
    const [overHttp, overGrpc] = [await told(open('http')), await told(open('grpc'))]
    expect(overGrpc).toEqual(overHttp)
    expect(overHttp.server).toMatchObject({ name: 'triton', version: '2.51.0' })
    expect(overHttp.index.map(({ name }) => name).sort()).toEqual(MODELS)
    const described = new Map(overHttp.models.map(({ described }) => [described.name, described]))
    expect(described.get('ensemble')).toMatchObject({
      batching: 'ensemble',
      maxBatchSize: 64,
      composing: [{ name: 'image_cls' }, { name: 'identity_fp32' }],
    })
    expect(described.get('repeat')).toMatchObject({ decoupled: true, maxBatchSize: 0, batching: 'none' })
    expect(described.get('cached')).toMatchObject({ responseCache: true, batching: 'dynamic' })
    expect(described.get('mnist_digit')?.outputs).toEqual([
      { name: 'SCORES', datatype: 'FP32', shape: [-1, 10], hasLabels: true },
    ])
    expect(described.get('image_cls')?.instances).toEqual([{ kind: 'KIND_CPU', count: 2, gpus: [] }])
  })

  test.each(['http', 'grpc'] as const)('over %s everything an open server has is found open', async protocol => {
    const target = ServerTarget.parse({
      url: protocol === 'http' ? server.httpUrl : server.grpcUrl,
      connection: { metricsUrl: server.metricsUrl },
    })
    const info = await connectServer(open(protocol), target.connection, {})
    expect(info).toMatchObject({ protocol, live: true, ready: true, name: 'triton' })
    expect(info.models.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(MODELS.map(name => `${name} READY`))
    const { cudaSharedMemory, ...others } = info.abilities
    for (const [id, ability] of Object.entries(others)) expect(ability, id).toEqual({ has: true })
    expect(cudaSharedMemory).toMatchObject({ has: false, why: 'The server shows no GPU' })
    // Asking what may be done left nothing behind.
    expect(await open(protocol).sharedRegions('system')).toEqual([])
    expect(info.roundTripMs).toBeGreaterThan(0)
  })

  test.each(['http', 'grpc'] as const)('over %s statistics count what was asked', async protocol => {
    const client = open(protocol)
    const [before] = await client.statistics({ name: 'delay', version: '1' })
    const input = { name: 'INPUT0', datatype: 'FP32', shape: [2, 1], data: encodeValues('FP32', [1, 2]) }
    for (let i = 0; i < 3; i++) await client.infer({ model: 'delay', inputs: [input], outputs: [] })
    const [after] = await client.statistics({ name: 'delay' })
    expect((after?.success.count ?? 0) - (before?.success.count ?? 0)).toBe(3)
    expect((after?.inferenceCount ?? 0) - (before?.inferenceCount ?? 0)).toBe(6)
    // The model sleeps 5 ms a batch.
    expect((after?.computeInfer.ns ?? 0) - (before?.computeInfer.ns ?? 0)).toBeGreaterThan(15e6)
  })

  test.each(['http', 'grpc'] as const)('over %s tensors go through shared memory and come back', async protocol => {
    const client = open(protocol)
    const segment = await createSegment(64)
    const { name: region, key, bytes } = segment
    await segment.write(encodeValues('FP32', [1, 2, 3, 4]))
    await client.registerSystemRegion({ name: region, key, bytes })
    expect(await client.sharedRegions('system')).toEqual([{ name: region, kind: 'system', key, offset: 0, bytes }])
    const input = { name: 'INPUT0', datatype: 'FP32', shape: [1, 4], data: { region, offset: 0, bytes: 16 } }
    const output = { name: 'OUTPUT0', shared: { region, offset: 32, bytes: 16 } }
    const answer = await client.infer({ model: 'identity_fp32', inputs: [input], outputs: [output] })
    expect(answer.outputs[0]).toMatchObject({ name: 'OUTPUT0', shape: [1, 4] })
    expect(answer.outputs[0]?.data).toHaveLength(0)
    expect(valueReader('FP32', await segment.read(32, 16)).number(3)).toBe(4)
    await client.unregisterRegion('system', region)
    await expect(client.infer({ model: 'identity_fp32', inputs: [input], outputs: [] })).rejects.toMatchObject({
      code: 'SERVER_REFUSED',
      message: expect.stringContaining('not registered'),
    })
    await expect(client.registerSystemRegion({ name: 'x', key: '/no-such-key', bytes: 64 })).rejects.toMatchObject({
      data: { hint: expect.stringContaining('--ipc=host') },
    })
    await expect(
      client.registerCudaRegion({ name: 'c', handle: new Uint8Array(64), deviceId: 0, bytes: 64 }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/SERVER_REFUSED|DATA_INVALID/) })
    await segment.remove()
  })

  test.each([
    'http',
    'grpc',
  ] as const)('over %s refusals are named, unknown models with those there are', async protocol => {
    const client = open(protocol)
    await expect(withKnownModels(client, {}, client.modelMetadata({ name: 'nope' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'The server has no model nope',
      data: { hint: expect.stringContaining('identity_fp32') },
    })
    const one = (shape: number[], datatype = 'FP32', name = 'INPUT0') => ({
      model: 'delay',
      inputs: [{ name, datatype, shape, data: new Uint8Array(4 * shape.reduce((a, b) => a * b)) }],
      outputs: [],
    })
    await expect(client.infer(one([1, 4]))).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      data: { detail: expect.stringContaining('Expected [-1,1], got [1,4]') },
    })
    await expect(client.infer(one([16, 1]))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
    await expect(client.infer(one([1, 1], 'INT32'))).rejects.toMatchObject({ code: 'DATA_INVALID' })
    await expect(client.infer(one([1, 1], 'FP32', 'X'))).rejects.toMatchObject({ code: 'DATA_INVALID' })
    await expect(client.infer(one([1, 1]), { timeoutMs: 2 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 2)
    await expect(client.infer(one([1, 1]), { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test.each([
    'http',
    'grpc',
  ] as const)('over %s a model that fails one request in fifty says so once', async protocol => {
    const client = open(protocol)
    const input = { name: 'INPUT0', datatype: 'FP32', shape: [1, 1], data: new Uint8Array(4) }
    const failures: unknown[] = []
    for (let i = 0; i < 50; i++) {
      await client.infer({ model: 'flaky', inputs: [input], outputs: [] }).catch(thrown => failures.push(thrown))
    }
    expect(failures).toHaveLength(1)
    expect(failures[0]).toMatchObject({
      code: 'SERVER_REFUSED',
      message: expect.stringMatching(/flaky: request \d+ fails on purpose/),
    })
  })

  test('a decoupled model streams its responses over gRPC, and HTTP says why it cannot', async () => {
    const call = {
      model: 'repeat',
      inputs: [
        { name: 'COUNT', datatype: 'INT32', shape: [1], data: encodeValues('INT32', [4]) },
        { name: 'DELAY_MS', datatype: 'FP32', shape: [1], data: encodeValues('FP32', [20]) },
      ],
      outputs: [],
    }
    const seen: [number, number][] = []
    for await (const { outputs, timing } of open('grpc').stream(call)) {
      seen.push([valueReader('INT32', outputs[0]?.data ?? new Uint8Array(0)).number(0), timing.totalMs])
    }
    expect(seen.map(([index]) => index)).toEqual([0, 1, 2, 3])
    // Four times 20 ms in the model; times are those of arrival, each after the one before.
    expect(seen[3]?.[1]).toBeGreaterThan(60)
    expect(seen.map(([, afterMs]) => afterMs)).toEqual(seen.map(([, afterMs]) => afterMs).toSorted((a, b) => a - b))
    await expect(open('http').stream(call).next()).rejects.toMatchObject({ code: 'SERVER_PROTOCOL' })
    await expect(open('http').infer(call)).rejects.toMatchObject({
      code: 'SERVER_REFUSED',
      data: { hint: expect.stringContaining('--stream') },
    })
    await expect(open('grpc').infer(call)).rejects.toMatchObject({ code: 'SERVER_REFUSED' })
    const broken = { ...call, inputs: call.inputs.slice(0, 1) }
    await expect(open('grpc').stream(broken).next()).rejects.toMatchObject({
      name: 'EngineError',
      data: { detail: expect.stringContaining('repeat') },
    })
  })

  test.each([
    'http',
    'grpc',
  ] as const)('over %s more than 64 MiB go through 2.51, which has no limit yet', async protocol => {
    const values = 17_000_000
    const input = { name: 'INPUT0', datatype: 'FP32', shape: [1, values], data: new Uint8Array(4 * values) }
    const answer = await open(protocol).infer(
      { model: 'identity_fp32', inputs: [input], outputs: [] },
      { timeoutMs: 60_000 },
    )
    expect(answer.outputs[0]?.data).toHaveLength(4 * values)
    expect(answer.timing.requestBytes).toBeGreaterThan(4 * values)
  })

  test.each([
    'http',
    'grpc',
  ] as const)('over %s a model is unloaded, loaded with another configuration, and its own again', async protocol => {
    const client = open(protocol)
    const { config = {} } = await askOneModel(client, 'cached', undefined, {})
    await client.unloadModel('cached', false)
    await expect.poll(() => client.modelReady({ name: 'cached' }), { timeout: 10_000 }).toBe(false)
    await expect
      .poll(async () => (await askOneModel(client, 'cached', undefined, {})).model.state, { timeout: 10_000 })
      .toBe('UNAVAILABLE')
    await client.loadModel('cached', { ...config, max_batch_size: 16 })
    expect((await askOneModel(client, 'cached', undefined, {})).model.maxBatchSize).toBe(16)
    await client.unloadModel('cached', false)
    await expect.poll(() => client.modelReady({ name: 'cached' }), { timeout: 10_000 }).toBe(false)
    await client.loadModel('cached')
    expect((await askOneModel(client, 'cached', undefined, {})).model.maxBatchSize).toBe(8)
    await expect(client.loadModel('no_such_model')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test.each(['http', 'grpc'] as const)('over %s trace and log settings are set and read back', async protocol => {
    const client = open(protocol)
    const rate = protocol === 'http' ? '77' : '78'
    expect(await client.traceSettings(undefined, { trace_rate: rate, trace_level: ['TIMESTAMPS'] })).toMatchObject({
      trace_rate: rate,
      trace_level: ['TIMESTAMPS'],
    })
    expect(await client.traceSettings(undefined, { trace_level: ['OFF'] })).toMatchObject({ trace_level: ['OFF'] })
    expect(await client.logSettings({ log_verbose_level: 1, log_info: false })).toMatchObject({
      log_verbose_level: 1,
      log_info: false,
    })
    expect(await client.logSettings({ log_verbose_level: 0, log_info: true })).toMatchObject({
      log_verbose_level: 0,
      log_info: true,
    })
    await expect(client.traceSettings(undefined, { trace_file: 'x.json' })).rejects.toMatchObject({
      code: 'SERVER_REFUSED',
    })
  })
})
