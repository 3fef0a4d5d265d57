import { expect, test } from 'vitest'
import type { LayerTable } from '#domain/layer.ts'
import type { Passport } from '#domain/passport.ts'
import { buildSteps } from '../../../src-renderer/pages/run/build/build-steps.ts'
import { engineFacts } from '../../../src-renderer/pages/run/build/engine-facts.ts'
import { comparisonText, deltaText } from '../../../src-renderer/pages/run/layers/change-columns.ts'
import { layerFacts, sumText, tensorText } from '../../../src-renderer/pages/run/layers/layer-facts.ts'
import { LayersView } from '../../../src-renderer/pages/run/layers/layers.svelte.ts'
import { refuse, scriptedEngine, summary } from './samples.ts'

const passport = (change: Partial<Passport>): Passport => ({
  command: {},
  app: {},
  model: {},
  runtime: {},
  method: {},
  cpu: {},
  memory: {},
  gpu: {},
  os: {},
  time: {},
  ...change,
})
const states = (phase: string | undefined, before = 0) => buildSteps(phase, before).steps.map(({ state }) => state)

test('steps follow the words of the build and never go back for a word that is none of theirs', () => {
  expect(states('starting trtexec')).toEqual(['to come', 'to come', 'to come', 'to come'])
  expect(states('reading the model')).toEqual(['now', 'to come', 'to come', 'to come'])
  expect(states('timing tactics: 38 layers, 212 timings so far')).toEqual(['done', 'done', 'now', 'to come'])
  expect(states('putting the engine together')).toEqual(['done', 'done', 'done', 'now'])
  expect(states('measuring', 3)).toEqual(['done', 'done', 'now', 'to come'])
  expect(states(undefined, 2)).toEqual(['done', 'now', 'to come', 'to come'])
})

test('the engine is told as the passport has it; what it does not tell is left out, not 0', () => {
  const method = {
    engine: '/e/a.engine',
    engineBytes: 2048,
    engineSha256: 'ab',
    elapsedSec: 12.3,
    timingCacheHit: 'unknown',
  }
  expect(engineFacts(passport({ method }))).toEqual({
    path: '/e/a.engine',
    sha256: 'ab',
    isDouble: false,
    facts: [
      { key: 'Size', value: '2.00 KiB' },
      { key: 'SHA-256', value: 'ab' },
      { key: 'Build time', value: '12 s' },
    ],
  })
  expect(engineFacts(passport({}))).toBeUndefined()
  expect(engineFacts(undefined)).toBeUndefined()
})

test('what a double played is named as that, device and version too', () => {
  const played = engineFacts(
    passport({
      method: { engine: '/e' },
      runtime: { version: '10.9', double: true },
      gpu: { name: 'Batchscope test double' },
    }),
  )
  expect(played?.isDouble).toBe(true)
  expect(played?.facts).toEqual([
    { key: 'TensorRT', value: '10.9', note: 'as the double says' },
    { key: 'Device', value: 'Batchscope test double', note: 'a test double: no device was used' },
  ])
})

test('words of layers: sums, differences, tensors', () => {
  expect(sumText(1.0168, undefined)).toMatch(/^Layers sum to 1\.02 ms: .*Shares are of the sum\.$/)
  expect(sumText(1.0168, 0.88)).toMatch(/one run of the engine takes 0\.880 ms/)
  expect([deltaText(-0.02), deltaText(0.1), deltaText(0.0001), deltaText(undefined)]).toEqual([
    '▼ 0.0200 faster',
    '▲ 0.100 slower',
    'same',
    '–',
  ])
  expect(tensorText({ name: 'x', dims: [], precision: 'fp16' })).toBe('fp16 · scalar')
  expect(tensorText({ name: 'x' })).toBe('–')
  const counts = { same: 1, fused: 2, split: 0, regrouped: 0, 'only-base': 0, 'only-other': 1, precision: 3 }
  expect(comparisonText({ changes: [], counts, baseMs: 2, otherMs: 1.5 })).toBe(
    'Layers sum to 2.00 ms here and 1.50 ms there: ▼ 0.500 ms faster (25.0 %). 2 fused, 3 changed precision, 1 only there.',
  )
  expect(comparisonText({ changes: [], counts })).toMatch(/Not both were timed\.$/)
})

test('facts of a layer keep their names apart from members of the export that are called alike', () => {
  const layer = { name: 'a', type: 'Conv', details: { Type: 'x', '\u200bType': 'y' } }
  const keys = layerFacts({ id: '0', place: 0, layer }).map(({ key }) => key)
  expect(keys).toEqual(['Type', 'Average', 'Place', 'Type (2)', '⟨200b⟩Type'])
})

const table = (title: string, change: Partial<LayerTable> = {}): LayerTable => ({
  title,
  sources: ['test'],
  notices: [],
  layers: [{ name: 'a', type: 'Conv', averageMs: 1 }],
  ...change,
})

test('the table of the point that is looked at is shown unless another was chosen; others come from other runs', async () => {
  const kept: Record<string, LayerTable[]> = {
    r1: [table('one'), table('two', { pointId: 'p2' })],
    r2: [table('three')],
  }
  const asked: string[] = []
  const engine = scriptedEngine({
    runs: {
      attachments: async ({ runId }: { runId: string }) => {
        asked.push(runId)
        return (kept[runId] ?? []).map(data => ({ kind: 'layers', name: data.title, data }))
      },
    },
  })
  const view = new LayersView(engine, { sessionId: 's', runId: 'r1' })
  const { signal } = new AbortController()
  await view.load(signal)
  expect(view.shown?.table.title).toBe('one')
  view.pointId = 'p2'
  expect(view.shown?.table.title).toBe('two')
  view.showTable('r1/one')
  expect(view.shown?.table.title).toBe('one')
  await view.findOthers(
    [summary({ id: 'r1' }), summary({ id: 'r2', title: 'second' }), summary({ id: 'r3', kind: 'sweep' })],
    signal,
  )
  expect(asked).toEqual(['r1', 'r2'])
  expect(view.others.map(({ table: { title }, runTitle }) => `${title}: ${runTitle}`)).toEqual([
    'two: this run',
    'three: second',
  ])
  view.otherId = 'r2/three'
  expect(view.comparison?.counts.same).toBe(1)
  view.chooseGroup('Conv')
  expect(view.group).toEqual({ by: 'type', key: 'Conv' })
  view.chooseGroup('Conv')
  expect(view.group).toBeUndefined()
})

test('tables that cannot be read are said, and those of before stay', async () => {
  const view = new LayersView(scriptedEngine({ runs: { attachments: refuse('damaged') } }), {
    sessionId: 's',
    runId: 'r',
  })
  const { signal } = new AbortController()
  await view.load(signal)
  expect(view.error).toMatchObject({ message: 'damaged' })
  await view.findOthers([summary({ id: 'r2' })], signal)
  expect(view.othersError).toMatchObject({ message: 'damaged' })
  expect(view.searching).toBe(false)
})
