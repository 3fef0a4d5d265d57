import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ServerInfo } from '#domain/server.ts'
import { shownAbilities } from '../../../src-renderer/pages/server/abilities.ts'
import { KEPT_MS, LiveView } from '../../../src-renderer/pages/server/live.svelte.ts'
import { instancesText, reasonLine } from '../../../src-renderer/pages/server/model-columns.ts'
import { ServerView } from '../../../src-renderer/pages/server/server.svelte.ts'
import { KnownServers } from '../../../src-renderer/shell/known-servers.svelte.ts'
import { refuse } from './samples.ts'
import { sample, scripted, serverInfo, serverModel } from './server-samples.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const ready = serverModel()
const failed = serverModel({ name: 'broken', state: 'UNAVAILABLE', reason: 'no weights' })

function connected(
  info: ServerInfo = serverInfo([failed, ready]),
  more: Parameters<typeof scripted<'servers'>>[1] = {},
) {
  const model = vi.fn(async ({ model: name }: { model: string }) => ({ model: serverModel({ name }), configText: 'x' }))
  const view = new ServerView(scripted('servers', { connect: async () => info, model, ...more }))
  view.change({ url: 'localhost:8000' })
  return { view, model }
}

test('a server that answers shows a model that serves, not the first of the list', async () => {
  const { view } = connected()
  expect(await view.connect()).toBe(true)
  expect(view.modelName).toBe('image_cls')
  expect(view.detail?.configText).toBe('x')
})

test('a model that does not serve is not asked for its configuration: Triton answers 404', async () => {
  const { view, model } = connected()
  await view.connect()
  await view.choose('broken')
  expect(view.detail).toBeUndefined()
  expect(model).toHaveBeenCalledTimes(1)
})

test('a server that is not reached leaves nothing of the one before', async () => {
  const answers = [Promise.resolve(serverInfo([ready])), Promise.reject(new Error('refused'))]
  const { view } = connected(undefined, { connect: () => answers.shift() })
  await view.connect()
  view.change({ url: 'other:8000' })
  expect(await view.connect()).toBe(false)
  expect([view.info, view.modelName, view.detail]).toEqual([undefined, undefined, undefined])
  expect(view.error).toEqual(new Error('refused'))
})

test('only servers that answered are remembered, the latest first, with what it took to reach them', async () => {
  const known = new KnownServers()
  const view = new ServerView(
    scripted('servers', {
      connect: async ({ target }: { target: { url: string } }) =>
        target.url === 'down' ? Promise.reject(new Error('refused')) : serverInfo([]),
    }),
    target => known.remember(target),
  )
  for (const url of ['one', 'down', 'two']) {
    view.change({ url, accessToken: 'secret' })
    await view.connect()
  }
  expect(known.list.map(each => each.url)).toEqual(['two', 'one'])
  expect(known.target('one').connection?.accessToken).toBe('secret')
  expect(known.target('never seen')).toEqual({ url: 'never seen' })
})

test('the answer for a model chosen before does not replace the one chosen since', async () => {
  const slow = Promise.withResolvers<{ model: ReturnType<typeof serverModel> }>()
  const { view } = connected(serverInfo([ready, serverModel({ name: 'second' })]), {
    model: ({ model: name }: { model: string }) =>
      name === 'image_cls' ? slow.promise : Promise.resolve({ model: serverModel({ name }) }),
  })
  const connecting = view.connect()
  await vi.advanceTimersByTimeAsync(0)
  await view.choose('second')
  slow.resolve({ model: ready })
  await connecting
  expect(view.detail?.model.name).toBe('second')
})

test('an unloading model is asked about again until it is gone', async () => {
  const states = ['READY', 'UNLOADING', 'UNLOADING', 'UNAVAILABLE']
  const connect = vi.fn(async () => serverInfo([serverModel({ state: states.shift() ?? 'UNAVAILABLE' })]))
  const { view } = connected(undefined, { connect, unload: async () => undefined })
  await view.connect()
  const unloading = view.unload('image_cls')
  await vi.runAllTimersAsync()
  expect(await unloading).toBe(true)
  expect(view.model?.state).toBe('UNAVAILABLE')
  expect(connect).toHaveBeenCalledTimes(4)
  expect(view.acting).toBeUndefined()
})

test('a refused load keeps its reason and the model as it is', async () => {
  const { view } = connected(undefined, { load: refuse('the weights are not here') })
  await view.connect()
  expect(await view.load('broken')).toBe(false)
  expect(view.actionError).toEqual({ title: 'broken was not loaded', error: new Error('the weights are not here') })
})

test('a configuration given here is said until unload and load: a plain load keeps it', async () => {
  const { view } = connected(undefined, { load: async () => undefined, unload: async () => undefined })
  await view.connect()
  await view.load('image_cls', { max_batch_size: 4 })
  expect(view.overridden.has('image_cls')).toBe(true)
  await view.load('image_cls')
  expect(view.overridden.has('image_cls')).toBe(true)
  await view.loadFromFile('image_cls')
  expect(view.overridden.has('image_cls')).toBe(false)
})

test('what the server lacks stands first, with why and what to do, even where the engine gives no hint', () => {
  const abilities = shownAbilities(
    serverInfo([], { abilities: { trace: { has: true }, metrics: { has: false }, statistics: { has: true } } }),
  )
  expect(abilities.map(each => each.id)).toEqual(['metrics', 'statistics', 'trace'])
  expect(abilities[0]?.hint).toContain('--allow-metrics')
  expect(abilities[1]?.hint).toBeUndefined()
})

test('an ability that this page does not know is shown by its id', () => {
  const [only] = shownAbilities(serverInfo([], { abilities: { newThing: { has: false, why: 'too old' } } }))
  expect([only?.title, only?.why]).toEqual(['newThing', 'too old'])
})

test('the live view keeps five minutes and no more', () => {
  const live = new LiveView(scripted('servers', {}))
  for (let second = 0; second < 900; second++) live.add(sample(second * 1000))
  expect(live.samples.length).toBe(KEPT_MS / 1000)
  expect(live.samples[0]?.atMs).toBe(600_000)
})

test('instances and reasons read as a line', () => {
  const instances = [
    { kind: 'KIND_GPU', count: 2, gpus: [0, 1] },
    { kind: 'KIND_CPU', count: 1, gpus: [] },
  ]
  expect(instancesText({ instances })).toBe('2 GPU 0,1 + 1 CPU')
  expect(reasonLine('\nInternal: no weights\n\nAt:\n  model.py(3)\n')).toBe('Internal: no weights')
})
