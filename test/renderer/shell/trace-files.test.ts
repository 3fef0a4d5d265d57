import { expect, test } from 'vitest'
import { asTraces } from '../../../src-renderer/shell/trace-files.ts'
import { plan, refuse, scriptedEngine } from '../pages/samples.ts'

/** Plans by file name: a trace, points, or refused. */
const { runs } = scriptedEngine({
  runs: {
    plan: (input: unknown) => {
      const text = JSON.stringify(input)
      if (text.includes('broken')) return refuse('No format claims this file')()
      return Promise.resolve(text.includes('table') ? plan() : { ...plan(), pointCount: 0, trace: true })
    },
  },
})

test('a trace is imported at once, under the name of its file', async () => {
  expect(await asTraces(['/t/my run.pt.trace.json.gz'], runs)).toEqual({
    name: 'my run',
    specs: [{ path: '/t/my run.pt.trace.json.gz' }],
  })
})

test('ranks of one job get one group', async () => {
  const traces = await asTraces(['C:\\t\\a_rank0.json', 'C:\\t\\a_rank1.json'], runs)
  expect(traces?.specs.map(({ group }) => group)).toEqual(['a_rank*.json', 'a_rank*.json'])
})

test('with anything else among them, the files go the way of the first', async () => {
  expect(await asTraces(['/t/table.csv'], runs)).toBeUndefined()
  expect(await asTraces(['/t/a.json', '/t/table.json'], runs)).toBeUndefined()
  expect(await asTraces(['/t/broken.json'], runs)).toBeUndefined()
})
