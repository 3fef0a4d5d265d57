import { expect, test } from 'vitest'
import { NewImport } from '../../../src-renderer/pages/import/import.svelte.ts'
import { plan, refuse, type Script, scriptedEngine } from './samples.ts'

const never = new AbortController().signal
const imported = (runs: Script['runs']) => new NewImport(scriptedEngine({ runs }))

test('an empty field is what the file says: only what was typed is sent', async () => {
  const sent: unknown[] = []
  const view = imported({
    plan: (input: unknown) => {
      sent.push(input)
      return Promise.resolve(plan())
    },
    start: (input: unknown) => {
      sent.push(input)
      return Promise.resolve({ runId: 'r1' })
    },
  })
  expect(view.blocked).toBe('Choose a file first')
  view.choose('/tmp/out.csv')
  expect(view.blocked).toBe('The file is being read')
  await view.refreshPlan(view.specText, never)
  view.change({ batch: ' 8', model: '  ' })
  expect(view.blocked).toBeUndefined()
  expect(await view.start(() => Promise.resolve({ sessionId: 's1' }))).toBe('r1')
  expect(sent).toEqual([
    { kind: 'import', spec: { path: '/tmp/out.csv' } },
    { sessionId: 's1', kind: 'import', spec: { path: '/tmp/out.csv', batch: 8 } },
  ])
})

test.each(['0', '1.5', 'eight', '65537'])('batch "%s" is refused before it is sent', batch => {
  const view = imported({})
  view.choose('/tmp/out.csv')
  view.change({ batch })
  expect(view.blocked).toBe('A batch is a whole number from 1 to 65536')
})

test('a file without points and one that is none of the known cannot be imported; another one starts anew', async () => {
  const empty = imported({ plan: () => Promise.resolve(plan({ pointCount: 0 })) })
  empty.choose('/tmp/empty.csv')
  await empty.refreshPlan(empty.specText, never)
  expect(empty.blocked).toBe('The file holds no points')

  const wrong = imported({ plan: refuse('This is a Triton config.pbtxt') })
  wrong.choose('/tmp/config.csv')
  wrong.change({ batch: '4' })
  await wrong.refreshPlan(wrong.specText, never)
  expect(wrong.planError).toEqual(new Error('This is a Triton config.pbtxt'))
  expect(wrong.blocked).toBe('The file cannot be imported')
  wrong.choose('/tmp/other.csv')
  expect([wrong.planError, wrong.form.batch, wrong.blocked]).toEqual([undefined, '', 'The file is being read'])
})
