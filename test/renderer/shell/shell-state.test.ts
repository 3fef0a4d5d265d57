import { expect, test, vi } from 'vitest'
import { applyEvent } from '../../../src-renderer/shell/app-state.svelte.ts'
import { commands } from '../../../src-renderer/shell/commands.svelte.ts'
import { bestEntries, type PaletteEntry } from '../../../src-renderer/shell/palette-search.ts'
import { fillRoute, matchRoute } from '../../../src-renderer/shell/routes.ts'
import { runGroups } from '../../../src-renderer/shell/run-groups.ts'
import { toasts } from '../../../src-renderer/shell/toasts.svelte.ts'
import { takeToken } from '../../../src-renderer/token.ts'
import { sessionView } from '../harness/fixtures.ts'
import { summary } from '../pages/samples.ts'

test('a route gives its named parts back as they were filled in', () => {
  const address = fillRoute('/run/:runId', { runId: 'a/b ü%' }, { tab: 'log & more' })
  expect(address).toBe('/run/a%2Fb%20%C3%BC%25?tab=log+%26+more')
  expect(matchRoute('/run/:runId', address.split('?')[0] ?? '')).toEqual({ runId: 'a/b ü%' })
})

test('a route of another length or word does not fit, and a broken escape is taken as it stands', () => {
  expect(matchRoute('/run/:runId', '/run')).toBeUndefined()
  expect(matchRoute('/tools', '/settings')).toBeUndefined()
  expect(matchRoute('/', '/')).toEqual({})
  expect(matchRoute('/run/:runId', '/run/%E0%A4%A')).toEqual({ runId: '%E0%A4%A' })
})

test('a session event replaces its run in place, adds a new one at the end, and removes a deleted one', () => {
  const view = sessionView()
  const changed = applyEvent(view, { type: 'run', run: summary({ id: 'run2', title: 'renamed' }) })
  expect(changed.runs.map(run => run.id)).toEqual(view.runs.map(run => run.id))
  expect(changed.runs[1]?.title).toBe('renamed')
  expect(applyEvent(view, { type: 'run', run: summary({ id: 'new' }) }).runs.at(-1)?.id).toBe('new')
  expect(applyEvent(view, { type: 'run-removed', runId: 'run2' }).runs.some(run => run.id === 'run2')).toBe(false)
})

test('runs are grouped by kind in the order of the work, newest first, kinds of tomorrow under their own name', () => {
  const at = (id: string, kind: string, createdAt: string) => summary({ id, kind, createdAt })
  const groups = runGroups([
    at('s', 'sweep', '2026-01-01'),
    at('old', 'bench', '2026-01-01'),
    at('x', 'quantize', '2026-01-01'),
    at('new', 'bench', '2026-02-01'),
  ])
  expect(groups.map(group => [group.title, group.runs.map(run => run.id)])).toEqual([
    ['Benchmarks', ['new', 'old']],
    ['Server sweeps', ['s']],
    ['Quantize', ['x']],
  ])
})

test('ranks of a job stand together in the order they were read, where the newest of them is', () => {
  const at = (id: string, day: number, job?: string) =>
    summary({ id, kind: 'import', createdAt: `2026-01-0${day}`, ...(job === undefined ? {} : { job }) })
  const [imports] = runGroups([
    at('r0', 2, 'rank*.json'),
    at('between', 3),
    at('r1', 4, 'rank*.json'),
    at('alone', 1, 'of one rank'),
    at('new', 5),
  ])
  expect(imports?.parts.map(({ title, runs }) => [title, runs.map(({ id }) => id)])).toEqual([
    [undefined, ['new']],
    ['rank*.json: 2 ranks', ['r0', 'r1']],
    [undefined, ['between']],
    [undefined, ['alone']],
  ])
  expect(imports?.runs.map(({ id }) => id)).toEqual(['new', 'r0', 'r1', 'between', 'alone'])
})

test('the token leaves the visible address and serves reloads of the same tab', () => {
  const stored = new Map<string, string>()
  const shown: string[] = []
  const page = (hash: string) =>
    ({
      location: { hash, pathname: '/run/1', search: '?a=1' },
      history: { state: null, replaceState: (_: unknown, __: string, address: string) => shown.push(address) },
      sessionStorage: {
        getItem: (key: string) => stored.get(key) ?? null,
        setItem: (key: string, value: string) => stored.set(key, value),
      },
    }) as unknown as Parameters<typeof takeToken>[0] // a double of the parts that are used
  expect(takeToken(page(''))).toBeUndefined()
  expect(takeToken(page('#token=s3cret'))).toBe('s3cret')
  expect(shown).toEqual(['/run/1?a=1'])
  expect(takeToken(page(''))).toBe('s3cret')
})

test('a command is found by key only while it is possible, and in a text field only with a modifier', () => {
  const ran: string[] = []
  let possible = false
  const remove = commands.add(() => [
    { id: 'a', title: 'A', group: 'G', keys: ['Mod+S'], when: () => possible, run: () => void ran.push('a') },
    { id: 'b', title: 'B', group: 'G', keys: ['?'], run: () => void ran.push('b') },
  ])
  const key = (name: string, ctrlKey = false) => ({
    key: name,
    ctrlKey,
    metaKey: false,
    shiftKey: false,
    altKey: false,
  })
  const here = { mac: false, where: 'browser' as const, typing: false }
  expect(commands.press(key('s', true), here)).toBe(false)
  possible = true
  expect(commands.press(key('s', true), { ...here, typing: true })).toBe(true)
  expect(commands.press(key('?'), { ...here, typing: true })).toBe(false)
  expect(commands.press(key('?'), here)).toBe(true)
  expect(ran).toEqual(['a', 'b'])
  remove()
  expect(commands.press(key('?'), here)).toBe(false)
})

test('what a command throws reaches the shell instead of vanishing', async () => {
  const thrown: unknown[] = []
  commands.onError = each => thrown.push(each)
  await commands.run({ id: 'x', title: 'X', group: 'G', run: () => Promise.reject(new Error('refused')) })
  expect(thrown).toEqual([new Error('refused')])
})

test('a message with an action stays longer, and as long as it is held', () => {
  vi.useFakeTimers()
  const id = toasts.show('Deleted', { action: { label: 'Undo', run: () => {} } })
  toasts.show('Saved')
  vi.advanceTimersByTime(7000)
  expect(toasts.list.map(toast => toast.text)).toEqual(['Deleted'])
  toasts.hold(id)
  vi.advanceTimersByTime(60_000)
  expect(toasts.list).toHaveLength(1)
  toasts.resume(id)
  vi.advanceTimersByTime(12_000)
  expect(toasts.list).toHaveLength(0)
  vi.useRealTimers()
})

test('the palette puts the best hit first and drops scattered letters', () => {
  const entry = (title: string): PaletteEntry => ({ id: title, title, group: 'Session', run: () => {} })
  const entries = [entry('Settings'), entry('Open a session, model or results'), entry('Theme: follow the system')]
  expect(bestEntries(entries, 'sett')[0]?.title).toBe('Settings')
  expect(bestEntries(entries, 'zzz')).toEqual([])
  expect(bestEntries(entries, ' ')).toHaveLength(3)
})
