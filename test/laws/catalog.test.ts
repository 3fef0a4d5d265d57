import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { RULES, RUNTIMES, TOOLS } from '../../src-main/catalog.ts'
import { traceFacts } from '../helpers/trace-facts.ts'

const here = import.meta.dirname
const filesOf = (room: string, not: string[]) =>
  readdirSync(`${here}/../../${room}`, { withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => entry.name.replace('.ts', ''))
    .filter(name => !not.includes(name))
    .toSorted()

test('every file of the runtimes room is in the list, under its own id, and no id stands twice', () => {
  expect(RUNTIMES.map(runtime => runtime.id).toSorted()).toEqual(filesOf('src-main/runtimes', ['define']))
})

test('every file of the findings room is in the list, under its own id', () => {
  expect(RULES.map(rule => rule.id).toSorted()).toEqual(
    filesOf('src-main/findings', [
      'define',
      'batch-series',
      'server-series',
      'server-bound',
      'trace-time',
      'trace-part',
      'trace-start-up',
      'trace-next',
      'trace-rule',
    ]),
  )
})

test('tool ids are unique and name a file of their room', () => {
  const ids = TOOLS.map(tool => tool.id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(filesOf('native-tools', [])).toEqual(expect.arrayContaining(ids))
})

test.each(
  RUNTIMES.map(runtime => [runtime.id, runtime] as const),
)('%s: every option has a default and a description, and makes a form', (_, runtime) => {
  expect(() => runtime.options.parse({})).not.toThrow()
  const schema = z.object({
    properties: z.record(z.string(), z.object({ description: z.string().min(10), default: z.unknown() })),
  })
  const { properties } = schema.parse(z.toJSONSchema(runtime.options))
  expect(Object.keys(properties).toSorted()).toEqual(Object.keys(runtime.options.shape).toSorted())
  for (const { default: value } of Object.values(properties)) expect(value).toBeDefined()
})

test.each(
  RUNTIMES.map(runtime => [runtime.id, runtime] as const),
)('%s says whether it is ready, and why not', async (_, runtime) => {
  const { ready, version, why } = await runtime.ready()
  expect(ready ? version : why).toBeTruthy()
})

test.each(
  RULES.map(rule => [rule.id, rule] as const),
)('rule %s abstains on nothing and names its source', (_, rule) => {
  expect(
    rule.judge({ points: [], server: { points: [] }, searched: [], watchedPoints: [], trace: traceFacts() }).verdict,
  ).toBe('cannot-tell')
  expect(rule.source).not.toBe('')
})
