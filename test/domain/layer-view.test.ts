import { expect, test } from 'vitest'
import type { Layer, LayerTable } from '#domain/layer.ts'
import { layerNodes } from '#domain/layer-nodes.ts'
import { groupLayers, layerRows, layerSumMs } from '#domain/layer-view.ts'
import { sampleLayers } from '../helpers/layer-tables.ts'
import { withoutSamples } from '../helpers/samples.ts'

const table = (...layers: Layer[]): LayerTable => ({ title: 't', sources: ['test'], notices: [], layers })

test('shares add up to 100 and carry over to the engine, whose time is less than the sum of its layers', () => {
  const rows = layerRows(table({ name: 'a', averageMs: 3 }, { name: 'a', averageMs: 1 }, { name: 'b' }), 2)
  expect(rows.map(({ id, percent, engineMs }) => ({ id, percent, engineMs }))).toEqual([
    { id: '0', percent: 75, engineMs: 1.5 },
    { id: '1', percent: 25, engineMs: 0.5 },
    { id: '2', percent: undefined, engineMs: undefined },
  ])
})

test('without times there is no sum and no share, and zero times have none either', () => {
  expect(layerSumMs([{ name: 'a' }])).toBeUndefined()
  expect(layerRows(table({ name: 'a' }), 1)).toEqual([{ id: '0', place: 0, layer: { name: 'a' } }])
  expect(layerRows(table({ name: 'a', averageMs: 0 }))[0]).not.toHaveProperty('percent')
})

test('a group whose layers were not timed has no time, and stands behind those that have', () => {
  const groups = groupLayers(
    table(
      { name: 'a', type: 'Reformat' },
      { name: 'b', averageMs: 1, type: 'Conv' },
      { name: 'c' },
      { name: 'd', type: 'Conv' },
      { name: 'e', type: 'NoOp', averageMs: 0 },
    ),
    'type',
  )
  expect(groups).toEqual([
    { key: 'Conv', layers: 2, untimed: 1, averageMs: 1, percent: 100 },
    { key: 'NoOp', layers: 1, untimed: 0, averageMs: 0, percent: 0 },
    { key: 'Reformat', layers: 1, untimed: 1 },
    { layers: 1, untimed: 1 },
  ])
})

// Counts and the sum by a few lines of Python over the exports.
test.skipIf(withoutSamples)('a recorded engine: groups hold every layer once, and their times add up', () => {
  const resnet = sampleLayers('trex-resnet-a100-fp16')
  for (const by of ['type', 'precision', 'tactic'] as const) {
    const groups = groupLayers(resnet, by)
    expect(groups.reduce((sum, { layers }) => sum + layers, 0)).toBe(36)
    expect(groups.reduce((sum, { averageMs }) => sum + (averageMs ?? 0), 0)).toBeCloseTo(1.016832, 9)
  }
  expect(groupLayers(resnet, 'type')[0]).toMatchObject({ key: 'CaskConvolution', layers: 21 })
})

test.each<[string, string[]]>([
  ['Conv_0 + Relu_1', ['Conv_0', 'Relu_1']],
  ['/a/Conv || /b/Conv', ['/a/Conv', '/b/Conv']],
  ['PWN(PWN(/act/Sigmoid), /act/Mul)', ['/act/Sigmoid', '/act/Mul']],
  ['{ForeignNode[/in/Reshape.../out/Add]}', ['/in/Reshape', '/out/Add']],
  ['Reformatting CopyNode for Input Tensor 0 to Conv_0 + Relu_1', []],
  ['__myl_DivMulTopk_myl4_3', []],
])('nodes that %s names', (name, nodes) => {
  expect(layerNodes({ name })).toEqual(nodes)
  expect(layerNodes({ name, onnxNodes: ['told'] })).toEqual(['told'])
})
