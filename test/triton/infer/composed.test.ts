import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATATYPES } from '#domain/datatypes.ts'
import { type Datatype, InferRequest, type InferRequestInput, ServerTarget } from '#domain/server.ts'
import type { SweepSpecInput } from '#domain/sweep-spec.ts'
import { PathGuard } from '../../../src-main/desks/path-guard.ts'
import { ServerDesk } from '../../../src-main/desks/server-desk.ts'
import { newSession, testEngine } from '../../helpers/engine.ts'
import { startTriton, type TestServer, TRITON_ROOT, withoutTriton } from '../../helpers/triton/server.ts'

if (withoutTriton) console.warn(`Skipped: ${withoutTriton}`)

const desk = new ServerDesk(new PathGuard())
const MODELS = join(import.meta.dirname, '..', '..', 'helpers', 'triton', 'triton-models')
/** Short windows: what is composed is looked at here, not how fast. */
const QUICK = { measurementIntervalMs: 200, maxTrials: 3, stabilityPercentage: 90, warmupRequestCount: 2 } as const

/** Business logic in a model: twice through identity_fp32, then the sum. */
const BLS = `import triton_python_backend_utils as pb


class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(pb.get_input_tensor_by_name(request, "IN").as_numpy()) for request in requests]

    def answer(self, values):
        for _ in range(2):
            called = pb.InferenceRequest(
                model_name="identity_fp32",
                inputs=[pb.Tensor("INPUT0", values)],
                requested_output_names=["OUTPUT0"],
            ).exec()
            if called.has_error():
                return pb.InferenceResponse(error=called.error())
            values = pb.get_output_tensor_by_name(called, "OUTPUT0").as_numpy()
        return pb.InferenceResponse([pb.Tensor("OUT", values * 2)])
`
const BLS_CONFIG =
  'backend: "python" max_batch_size: 8 input { name: "IN" data_type: TYPE_FP32 dims: -1 } output { name: "OUT" data_type: TYPE_FP32 dims: -1 } instance_group { kind: KIND_CPU }'
const step = (model: string, inputs: string, outputs: string) =>
  `{ model_name: "${model}" model_version: -1 input_map { ${inputs} } output_map { ${outputs} } }`
const CHAIN_CONFIG = `platform: "ensemble" max_batch_size: 8
input { name: "IN" data_type: TYPE_FP32 dims: -1 } output { name: "OUT" data_type: TYPE_FP32 dims: -1 }
ensemble_scheduling { step [
  ${step('identity_fp32', 'key: "INPUT0" value: "IN"', 'key: "OUTPUT0" value: "between"')},
  ${step('bls', 'key: "IN" value: "between"', 'key: "OUT" value: "OUT"')}
] }`

/** Gives back what it is given, of every type. */
const ECHO = `import triton_python_backend_utils as pb

TYPES = ${JSON.stringify(DATATYPES)}


class TritonPythonModel:
    def execute(self, requests):
        return [pb.InferenceResponse(self.echo(request)) for request in requests]

    def echo(self, request):
        outputs = []
        for name in TYPES:
            tensor = pb.get_input_tensor_by_name(request, name)
            if tensor is None:
                continue
            # NumPy has no bfloat16.
            if name == "BF16":
                outputs.append(pb.Tensor.from_dlpack(name + "_OUT", tensor))
            else:
                outputs.append(pb.Tensor(name + "_OUT", tensor.as_numpy()))
        return outputs
`
const configType = (type: Datatype) => `TYPE_${type === 'BYTES' ? 'STRING' : type}`
const ECHO_CONFIG = `backend: "python" max_batch_size: 0 instance_group { kind: KIND_CPU }
${DATATYPES.map(
  type => `input { name: "${type}" data_type: ${configType(type)} dims: -1 optional: true }
output { name: "${type}_OUT" data_type: ${configType(type)} dims: -1 }`,
).join('\n')}`

/** Ends of each type's range, as people write them; by hand from the types' definitions. */
const VALUES: Record<Datatype, { json: string; shown: string[] }> = {
  BOOL: { json: '[true, false]', shown: ['true', 'false'] },
  UINT8: { json: '[0, 255]', shown: ['0', '255'] },
  UINT16: { json: '[0, 65535]', shown: ['0', '65535'] },
  UINT32: { json: '[0, 4294967295]', shown: ['0', '4294967295'] },
  UINT64: { json: '[0, 18446744073709551615]', shown: ['0', '18446744073709551615'] },
  INT8: { json: '[-128, 127]', shown: ['-128', '127'] },
  INT16: { json: '[-32768, 32767]', shown: ['-32768', '32767'] },
  INT32: { json: '[-2147483648, 2147483647]', shown: ['-2147483648', '2147483647'] },
  INT64: {
    json: '[-9223372036854775808, 9223372036854775807]',
    shown: ['-9223372036854775808', '9223372036854775807'],
  },
  FP16: { json: '[-65504, 0.5]', shown: ['-65504', '0.5'] },
  FP32: { json: '[0.1, -3e38]', shown: ['0.1', '-3e+38'] },
  FP64: { json: '[0.1, 1e300]', shown: ['0.1', '1e+300'] },
  BYTES: { json: '["", "日本\\u0000"]', shown: ['', '日本\0'] },
  BF16: { json: '[1.5, -2]', shown: ['1.5', '-2'] },
}

describe.skipIf(withoutTriton)('models made of models, and of every type', () => {
  let server: TestServer
  const models = mkdtempSync(join(tmpdir(), 'batchscope-composed-'))
  const put = (name: string, config: string, code?: string) => {
    mkdirSync(join(models, name, '1'), { recursive: true })
    writeFileSync(join(models, name, 'config.pbtxt'), config)
    if (code !== undefined) writeFileSync(join(models, name, '1', 'model.py'), code)
  }
  beforeAll(async () => {
    for (const name of ['identity_fp32', 'repeat']) cpSync(join(MODELS, name), join(models, name), { recursive: true })
    put('bls', BLS_CONFIG, BLS)
    put('chain', CHAIN_CONFIG)
    put('echo', ECHO_CONFIG, ECHO)
    server = await startTriton({ models, load: ['identity_fp32', 'repeat', 'bls', 'chain', 'echo'] })
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(models, { recursive: true, force: true })
  })
  const url = (protocol: 'http' | 'grpc') => (protocol === 'http' ? server.httpUrl : server.grpcUrl)
  const infer = (protocol: 'http' | 'grpc', request: InferRequestInput) =>
    desk.infer(ServerTarget.parse({ url: url(protocol) }), InferRequest.parse(request))
  const json = (name: string, text: string) => ({ name, source: { from: 'json' as const, text } })

  test.each([
    'http',
    'grpc',
  ] as const)('over %s every type goes there and comes back, and in Python too', async protocol => {
    const answer = await infer(protocol, {
      model: 'echo',
      inputs: DATATYPES.map(type => json(type, VALUES[type].json)),
    })
    const got = Object.fromEntries((answer.responses[0]?.outputs ?? []).map(({ name, values }) => [name, values]))
    expect(got).toEqual(Object.fromEntries(DATATYPES.map(type => [`${type}_OUT`, VALUES[type].shown])))
    const python = join(TRITON_ROOT, 'venv', 'bin', 'python')
    const printed = execFileSync(python, ['-c', answer.python], { encoding: 'utf8', timeout: 45_000 })
    expect(printed.match(/_OUT /g)).toHaveLength(DATATYPES.length)
    expect(printed).toContain('UINT64_OUT [                   0 18446744073709551615]')
    expect(printed).toContain('BF16_OUT [ 1.5 -2. ]')
  })

  test.each(['http', 'grpc'] as const)('over %s a model that calls models, and an ensemble over it', async protocol => {
    for (const model of ['bls', 'chain']) {
      const { responses } = await infer(protocol, { model, inputs: [json('IN', '[[1, 2.5], [3, 4]]')] })
      expect(responses[0]?.outputs[0], model).toMatchObject({
        name: 'OUT',
        shape: [2, 2],
        values: ['2', '5', '6', '8'],
      })
    }
    const { models } = await desk.connect(ServerTarget.parse({ url: url(protocol), connection: { metricsUrl: '' } }))
    expect(models.find(({ name }) => name === 'chain')?.composing.map(({ name }) => name)).toEqual([
      'identity_fp32',
      'bls',
    ])
  })

  async function swept(spec: SweepSpecInput) {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const { runId } = await engine.client.runs.start({ sessionId, kind: 'sweep', spec: { ...QUICK, ...spec } })
    for await (const _ of await engine.client.runs.watch({ sessionId, runId }));
    return engine.client.runs.get({ sessionId, runId })
  }

  test.each([
    'http',
    'grpc',
  ] as const)('over %s both are swept, and an ensemble shows what it is made of', async protocol => {
    const connection = { metricsUrl: server.metricsUrl }
    const shapes = { IN: [4] }
    const bls = await swept({
      urls: [url(protocol)],
      connection,
      model: 'bls',
      shapes,
      batches: [1, 4],
      concurrencies: [2],
    })
    expect(bls.points.map(({ status, batch }) => [status, batch])).toEqual([
      ['done', 1],
      ['done', 4],
    ])
    for (const { partsMs } of bls.points) expect(partsMs?.computeInfer).toBeGreaterThan(0)
    const chain = await swept({
      urls: [url(protocol)],
      connection,
      model: 'chain',
      shapes,
      batches: [2],
      concurrencies: [1],
    })
    const [point] = chain.points
    expect(point).toMatchObject({ status: 'done' })
    expect(point?.server?.composing.map(({ name }) => name)).toEqual(['identity_fp32', 'bls'])
    // The model inside runs three times a request: once as a step, twice called by the other.
    const [identity] = point?.server?.composing ?? []
    const requests = point?.server?.model.successCount ?? 0
    expect((identity?.successCount ?? 0) / requests).toBeCloseTo(3, 0)
  })

  test('a decoupled model is swept over its stream: responses are counted beside requests', async () => {
    const path = join(models, 'repeat.json')
    writeFileSync(path, JSON.stringify({ data: [{ COUNT: [3], DELAY_MS: [2] }] }))
    const run = await swept({
      urls: [server.grpcUrl],
      connection: { metricsUrl: '' },
      model: 'repeat',
      streaming: true,
      inputData: path,
      concurrencies: [1, 2],
    })
    expect(run.points.map(({ status }) => status)).toEqual(['done', 'done'])
    const [point] = run.points
    // Three times 2 ms in the model.
    expect(point?.latencyMs?.p50).toBeGreaterThan(6)
    const { completed = 0, responses } = point?.requests ?? {}
    expect(completed).toBeGreaterThan(0)
    expect(responses).toBe(3 * completed)
  })
})
