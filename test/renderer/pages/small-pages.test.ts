import { describe, expect, test, vi } from 'vitest'
import { HomeView } from '../../../src-renderer/pages/home/home.svelte.ts'
import { SettingsView, withFolder } from '../../../src-renderer/pages/settings/settings.svelte.ts'
import { ToolsView, withPath } from '../../../src-renderer/pages/tools/tools.svelte.ts'
import { refuse, scriptedEngine } from './samples.ts'

describe('home', () => {
  test('the last answer of the doctor stays while it looks again and when that fails', async () => {
    const doctor = { checkedAt: '2026-11-21T10:00:00Z', checks: [] }
    const answers = [async () => doctor, refuse('engine is gone')]
    const home = new HomeView(scriptedEngine({ system: { doctor: () => answers.shift()?.() } }))
    await home.check(false)
    await home.check(true)
    expect(home.doctor).toEqual(doctor)
    expect(home.doctorError).toEqual(new Error('engine is gone'))
    expect(home.checking).toBe(false)
  })
})

describe('tools', () => {
  const lists = {
    runtimes: { list: async () => [] },
    system: { doctor: async () => ({ checkedAt: '', checks: [] }) },
  }

  test('a path is saved beside the others, then the tool is looked for again', async () => {
    const set = vi.fn(async (_: unknown) => ({}))
    const list = vi.fn(async (_: unknown) => [])
    const view = new ToolsView(
      scriptedEngine({
        ...lists,
        settings: { get: async () => ({ toolPaths: { nsys: '/opt/nsys' } }), set },
        tools: { list },
      }),
    )
    await view.setPath('trtexec', ' /opt/trtexec ')
    expect(set.mock.calls[0]?.[0]).toEqual({ toolPaths: { nsys: '/opt/nsys', trtexec: '/opt/trtexec' } })
    expect(list.mock.calls[0]?.[0]).toEqual({ fresh: true })
    expect(view.savingId).toBeUndefined()
  })

  test('an emptied path goes back to searching', () => {
    expect(withPath({ nsys: '/a', trtexec: '/b' }, 'nsys', ' ')).toEqual({ trtexec: '/b' })
  })

  test('the doctor repeats nothing that is listed as a runtime or program', async () => {
    const check = (id: string) => ({ id, title: id, state: 'ok' as const, found: '', readyFor: '' })
    const doctor = async () => ({ checkedAt: '', checks: ['runtime-ort-cpu', 'tool-nsys', 'disk'].map(check) })
    const view = new ToolsView(
      scriptedEngine({
        runtimes: { list: async () => [{ id: 'ort-cpu' }] },
        tools: { list: async () => [{ id: 'nsys' }] },
        system: { doctor },
      }),
    )
    await view.load(false)
    expect(view.otherChecks.map(({ id }) => id)).toEqual(['disk'])
  })

  test('what was found stays on the page when a new look fails', async () => {
    const answers = [async () => [{ id: 'nsys' }], refuse('no')]
    const view = new ToolsView(scriptedEngine({ ...lists, tools: { list: () => answers.shift()?.() } }))
    await view.load(false)
    await view.load(true)
    expect(view.tools).toHaveLength(1)
    expect(view.error).toEqual(new Error('no'))
  })
})

describe('settings', () => {
  test('a change is saved at once and said', async () => {
    const save = vi.fn(async () => undefined)
    const view = new SettingsView(scriptedEngine({}), save)
    await view.change({ theme: 'dark' })
    expect(save).toHaveBeenCalledWith({ theme: 'dark' })
    expect(view.saved).toBe(true)
  })

  test('a change that was not written says so and does not claim "saved"', async () => {
    const view = new SettingsView(scriptedEngine({}), refuse('disk full'))
    await view.change({ theme: 'dark' })
    expect(view.saved).toBe(false)
    expect(view.saveError).toEqual(new Error('disk full'))
    expect(view.saving).toBe(false)
  })

  test('a folder is added once', () => {
    expect(withFolder(['/a'], ' /b ')).toEqual(['/a', '/b'])
    expect(withFolder(['/a'], '/a')).toEqual(['/a'])
    expect(withFolder(['/a'], '  ')).toEqual(['/a'])
  })
})
