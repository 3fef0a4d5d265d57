import { expect, test } from 'vitest'
import type { ServerModel } from '#domain/server.ts'
import { SweepSpec } from '#domain/sweep-spec.ts'
import { otherAddress } from '../../../src-renderer/pages/new-sweep/addresses.ts'
import { MEASURE_FIELDS } from '../../../src-renderer/pages/new-sweep/measure-fields.ts'
import { NewSweep } from '../../../src-renderer/pages/new-sweep/new-sweep.svelte.ts'
import { BATCHES, RATES, readNumbers } from '../../../src-renderer/pages/new-sweep/number-list.ts'
import { listText, newSweepForm, readForm, scenarioFields } from '../../../src-renderer/pages/new-sweep/sweep-form.ts'
import { serverInfo, serverModels } from '../harness/server-fixtures.ts'
import { sweepPlan } from '../harness/sweep-fixtures.ts'
import { refuse, type Script, scriptedEngine } from './samples.ts'

const named = (name: string): ServerModel => serverModels.find(model => model.name === name) ?? fail()
const filled = newSweepForm({
  model: 'image_cls',
  protocols: ['http'],
  addresses: { http: 'localhost:8000', grpc: '' },
})
const imageCls = named('image_cls')

test.each([
  ['1,2,4', [1, 2, 4]],
  ['8:64:8', [8, 16, 24, 32, 40, 48, 56, 64]],
  ['4 2; 2', [2, 4]],
  ['1:3', [1, 2, 3]],
])('batches %s are read', (text, values) => {
  expect(readNumbers(text, BATCHES)).toEqual({ values })
})

test.each([
  '',
  '0',
  'two',
  '1.5',
  '9:1',
  '1:9:0',
  '70000',
  '1:65536',
])('batches "%s" are refused with a sentence', text => {
  expect(readNumbers(text, BATCHES)).toHaveProperty('problem')
})

test('rates have fractions and no rounding errors in their steps', () => {
  expect(readNumbers('0.1:0.5:0.1', RATES)).toEqual({ values: [0.1, 0.2, 0.3, 0.4, 0.5] })
})

test('a scenario that was not changed is sent by its name alone', () => {
  for (const scenario of ['offline', 'online'] as const) {
    const { spec, problems } = readForm({ ...filled, scenario, ...scenarioFields(scenario) }, imageCls)
    expect(problems).toEqual({})
    expect(spec).not.toHaveProperty('batches')
    expect(spec).not.toHaveProperty('concurrencies')
    expect(spec).not.toHaveProperty('sharedMemory')
  }
  const changed = readForm({ ...filled, scenario: 'offline', ...scenarioFields('offline'), batches: '1,3' }, imageCls)
  expect(changed.spec.batches).toEqual([1, 3])
})

test('even steps are written as a range', () => {
  expect(listText([8, 16, 24, 32])).toBe('8:32:8')
  expect(listText([1, 2, 4, 8])).toBe('1,2,4,8')
})

test('what the form sends is a spec the engine takes, every field filled', () => {
  const numbers = Object.fromEntries(MEASURE_FIELDS.map(({ name, standard = 5 }) => [name, String(standard)]))
  const { spec, problems } = readForm({ ...filled, numbers, mode: 'count_windows', load: 'requestRate' }, imageCls)
  expect(problems).toEqual({})
  expect(SweepSpec.parse({ ...spec, connection: {} })).toMatchObject({ requestRates: [100, 200, 400], percentile: 5 })
})

test('an empty field is left to the engine; its default is the one the form shows', () => {
  const parsed = SweepSpec.parse({ ...readForm(filled, imageCls).spec, connection: {} })
  for (const { name, standard } of MEASURE_FIELDS) if (standard !== undefined) expect(parsed[name]).toBe(standard)
})

test('sizes that the model leaves open are asked for, without the batch', () => {
  const identity = named('identity_fp32')
  const missing = readForm({ ...filled, model: 'identity_fp32' }, identity)
  expect(missing.problems['shape INPUT0']).toBe('INPUT0 needs sizes for ?')
  expect(readForm({ ...filled, shapes: { INPUT0: '16' } }, identity).spec.shapes).toEqual({ INPUT0: [16] })
  expect(readForm({ ...filled, shapes: { INPUT0: '16,2' } }, identity).problems).toHaveProperty('shape INPUT0')
})

test.each([
  ['localhost:8000', 'grpc', 'grpc://localhost:8001'],
  ['grpcs://gpu:9001', 'http', 'https://gpu:9000'],
  ['http://[::1]:8000/base', 'grpc', 'grpc://[::1]:8001'],
  ['gpu', 'grpc', 'grpc://gpu:8001'],
] as const)('beside %s the server usually speaks %s at %s', (url, other, address) => {
  expect(otherAddress(url, other)).toBe(address)
})

function formOver(script: Script) {
  return new NewSweep(scriptedEngine(script))
}

const SERVER: Script = {
  servers: {
    connect: () => Promise.resolve(serverInfo('http://localhost:8000', serverModels)),
    model: ({ model }: { model: string }) => Promise.resolve({ model: named(model) }),
  },
  runs: {
    plan: ({ spec }: { spec: unknown }) => Promise.resolve(sweepPlan(spec)),
    start: () => Promise.resolve({ runId: 'r' }),
  },
}

test('connect, choose, plan, start; the token goes with the spec', async () => {
  const form = formOver(SERVER)
  expect(form.blocked).toBe('Connect to a server first')
  form.connection = { ...form.connection, url: 'localhost:8000', accessToken: 'secret' }
  await form.connect('image_cls')
  expect(form.model?.name).toBe('image_cls')
  expect(form.connecting).toBe(false)
  expect(form.form.addresses).toEqual({ http: 'localhost:8000', grpc: 'grpc://localhost:8001' })
  await form.refreshPlan(form.specText, new AbortController().signal)
  expect(form.spec.connection).toMatchObject({ accessToken: 'secret' })
  expect(form.blocked).toBeUndefined()
  expect(await form.start(() => Promise.resolve({ sessionId: 's' }))).toBe('r')
})

test('a server that does not answer is told and leaves nothing of the one before', async () => {
  const form = formOver({ ...SERVER, servers: { connect: refuse('nobody there') } })
  form.connection = { ...form.connection, url: 'localhost:1' }
  await form.connect()
  expect(form.connectError).toBeDefined()
  expect(form.info).toBeUndefined()
  expect(form.connecting).toBe(false)
})

test('a model that answers several times goes over the gRPC stream', async () => {
  const decoupled = { ...imageCls, decoupled: true }
  const form = formOver({
    ...SERVER,
    servers: { ...SERVER.servers, model: () => Promise.resolve({ model: decoupled }) },
  })
  form.connection = { ...form.connection, url: 'localhost:8000' }
  await form.connect('image_cls')
  expect(form.form).toMatchObject({ protocols: ['grpc'], streaming: true })
})

test('the answer to an old plan is void', async () => {
  const form = formOver(SERVER)
  const stop = new AbortController()
  const asked = form.refreshPlan('{}', stop.signal)
  stop.abort()
  await asked
  expect(form.plan).toBeUndefined()
})

function fail(): never {
  throw new Error('the fixture is not there')
}
