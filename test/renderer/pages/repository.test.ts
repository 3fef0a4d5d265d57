import { expect, test, vi } from 'vitest'
import type { RepositoryModel } from '#domain/repository.ts'
import { NewModelView, nameFrom, readNewModel } from '../../../src-renderer/pages/repository/new-model.svelte.ts'
import { RepositoryView } from '../../../src-renderer/pages/repository/repository.svelte.ts'
import { NEW_START, readStart } from '../../../src-renderer/pages/repository/started.svelte.ts'
import { refuse } from './samples.ts'
import { scripted } from './server-samples.ts'

function model(name: string, text = `name: "${name}"\n`): RepositoryModel {
  return { name, path: `/models/${name}`, versions: [], configText: text, config: { name }, problems: [] }
}

async function opened(more: Parameters<typeof scripted<'repository'>>[1] = {}) {
  const view = new RepositoryView(
    scripted('repository', {
      list: async () => ({ models: [model('a'), model('b')], problems: [] }),
      parseConfig: async () => ({ config: { name: 'a' }, problems: [] }),
      ...more,
    }),
  )
  await view.open('/models')
  return view
}

test('a folder opens with its first model under the hands', async () => {
  const view = await opened()
  expect([view.openPath, view.chosenName, view.editor?.text]).toEqual(['/models', 'a', 'name: "a"\n'])
})

test('a folder that cannot be read leaves the one before', async () => {
  const answers = [Promise.resolve({ models: [model('a')], problems: [] }), Promise.reject(new Error('gone'))]
  const view = await opened({ list: () => answers.shift() })
  expect(await view.open('/other')).toBe(false)
  expect([view.openPath, view.models.length, view.error]).toEqual(['/models', 1, new Error('gone')])
})

test('reading again keeps the model and what was typed into it', async () => {
  const view = await opened()
  view.choose('b')
  view.editor?.setText('name: "typed"')
  await view.open('/models')
  expect([view.chosenName, view.editor?.text]).toEqual(['b', 'name: "typed"'])
})

test('saving writes the text as it is and clears the mark', async () => {
  const saveConfig = vi.fn(async ({ name, text }: { path: string; name: string; text: string }) => model(name, text))
  const view = await opened({ saveConfig })
  view.editor?.setText('name: "a"\n# more\n')
  expect(view.editor?.dirty).toBe(true)
  expect(await view.save()).toBe(true)
  expect(saveConfig.mock.calls[0]?.[0]).toEqual({ path: '/models', name: 'a', text: 'name: "a"\n# more\n' })
  expect([view.editor?.dirty, view.chosen?.configText]).toEqual([false, 'name: "a"\n# more\n'])
})

test('a refused save keeps what was typed', async () => {
  const view = await opened({ saveConfig: refuse('disk full') })
  view.editor?.setText('name: "typed"')
  expect(await view.save()).toBe(false)
  expect([view.editor?.text, view.editor?.dirty, view.saveError]).toEqual([
    'name: "typed"',
    true,
    new Error('disk full'),
  ])
})

test('a name is taken from the file until one is typed', () => {
  const adding = new NewModelView(scripted('repository', {}), async () => [])
  adding.change({ modelPath: '/x/my net v2.onnx' })
  expect(adding.form.name).toBe('my_net_v2')
  adding.change({ name: 'mine' })
  adding.change({ modelPath: '/x/other.plan' })
  expect(adding.form.name).toBe('mine')
  expect(nameFrom('C:\\models\\_net.PLAN')).toBe('net')
})

test('a new model asks only for what is set', () => {
  const form = {
    modelPath: '/m.onnx',
    name: 'm',
    maxBatchSize: '',
    dynamicBatching: true,
    instances: '2',
    kind: 'KIND_CPU' as const,
  }
  expect(readNewModel(form).model).toEqual({
    name: 'm',
    modelPath: '/m.onnx',
    dynamicBatching: {},
    instances: [{ kind: 'KIND_CPU', count: 2 }],
  })
  expect(readNewModel({ ...form, maxBatchSize: '0' }).model).not.toHaveProperty('dynamicBatching')
  expect(readNewModel({ ...form, name: '../x' }).problems.name).toBeDefined()
})

test('nothing is written before the draft was seen, and a refusal keeps the draft', async () => {
  const add = vi.fn(async () => Promise.reject(new Error('there is one')))
  const adding = new NewModelView(
    scripted('repository', { draft: async () => ({ config: { name: 'm' }, text: 'name: "m"', problems: [] }) }),
    add,
  )
  adding.change({ modelPath: '/m.onnx' })
  expect(await adding.write(false)).toBeUndefined()
  expect(add).not.toHaveBeenCalled()
  await adding.draft()
  expect(await adding.write(false)).toBeUndefined()
  expect([adding.editor?.text, adding.error]).toEqual(['name: "m"', new Error('there is one')])
})

test('a start takes free ports where none are typed, and options a line each', () => {
  const { start } = readStart({ ...NEW_START, httpPort: '8000', extra: '--log-verbose=1\n\n --x y' }, '/models')
  expect(start).toMatchObject({
    repositoryPath: '/models',
    how: 'local',
    httpPort: 8000,
    grpcPort: 0,
    extra: ['--log-verbose=1', '--x y'],
  })
  expect(start).not.toHaveProperty('image')
  expect(readStart({ ...NEW_START, how: 'docker', image: ' ' }, '/m').problems.image).toBeDefined()
  expect(readStart({ ...NEW_START, metricsPort: '70000' }, '/m').start).toBeUndefined()
})
