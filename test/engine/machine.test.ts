import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MachineDesk } from '../../src-main/desks/machine-desk.ts'
import type { Runtime } from '../../src-main/runtimes/define.ts'
import { ortCpu } from '../../src-main/runtimes/ort-cpu.ts'
import { testEngine } from '../helpers/engine.ts'

test('the doctor says when settings could not be read, and what holds instead', async () => {
  const { client, folder } = testEngine()
  mkdirSync(join(folder, 'data'), { recursive: true })
  writeFileSync(join(folder, 'data', 'settings.json'), '{"theme":"purple","memoryUnit":"MB"}')
  const { checks } = await client.system.doctor({})
  expect(checks[0]).toMatchObject({ title: 'Settings', state: 'warning', found: expect.stringContaining('theme') })
  expect((await client.settings.get()).memoryUnit).toBe('MB')
})

test('a form gets every option of a runtime as JSON Schema, with default and description', async () => {
  const { client } = testEngine()
  const runtime = (await client.runtimes.list({})).find(({ id }) => id === 'ort-cpu')
  expect(runtime?.optionsSchema).toMatchObject({
    properties: { intraOpThreads: { type: 'integer', default: 0, description: expect.any(String) } },
  })
})

test('a benchmark waits for no look at runtimes it does not use', async () => {
  const looked: string[] = []
  const runtime = (id: string): Runtime => ({
    ...ortCpu,
    id,
    async ready() {
      looked.push(id)
      return { ready: true, version: '1' }
    },
  })
  const desk = new MachineDesk({
    runtimes: [runtime('used'), runtime('slow')],
    tools: [],
    toolPaths: () => ({}),
    settingsNotices: () => [],
    gpus: async () => ({}),
  })
  const infos = await desk.runtimesFor(['used'])
  expect(infos.map(({ id, readiness }) => [id, readiness.ready])).toEqual([
    ['used', true],
    ['slow', false],
  ])
  expect(looked).toEqual(['used'])
  // What was not looked at is not kept as absent, what was is not looked at again.
  expect((await desk.runtimes()).every(({ readiness }) => readiness.ready)).toBe(true)
  expect(looked).toEqual(['used', 'slow'])
})

test('a change of one setting leaves the others alone', async () => {
  const { client } = testEngine()
  await client.settings.set({ theme: 'dark' })
  expect(await client.settings.set({ memoryUnit: 'MB' })).toMatchObject({ theme: 'dark', memoryUnit: 'MB' })
})
