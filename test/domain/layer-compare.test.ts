import { describe, expect, test } from 'vitest'
import type { Layer, LayerTable } from '#domain/layer.ts'
import { compareLayers, type LayerChange } from '#domain/layer-compare.ts'
import { sampleLayers } from '../helpers/layer-tables.ts'
import { withoutSamples } from '../helpers/samples.ts'

const table = (layers: readonly Layer[]): LayerTable => ({
  title: 't',
  sources: ['test'],
  notices: [],
  layers: [...layers],
})
const layer = (name: string, change: Partial<Layer> = {}): Layer => ({ name, ...change })
const names = ({ kind, by, base, other }: LayerChange) =>
  `${kind} ${by ?? '-'}: ${base.map(each => each.name).join(' & ')} → ${other.map(each => each.name).join(' & ')}`
const told = (base: readonly Layer[], other: readonly Layer[]) =>
  compareLayers(table(base), table(other)).changes.map(names)

test('layers of the same nodes belong together, whatever they are called', () => {
  const base = [
    layer('conv', { onnxNodes: ['c1', 'b1'] }),
    layer('relu', { onnxNodes: ['r1'] }),
    layer('pool', { onnxNodes: ['p'] }),
    layer('gemm', { onnxNodes: ['g', 'a'] }),
    layer('x', { onnxNodes: ['n1', 'n2'] }),
    layer('y', { onnxNodes: ['n3', 'n4'] }),
  ]
  const other = [
    layer('all in one', { onnxNodes: ['r1', 'c1'] }),
    layer('gemm', { onnxNodes: ['g'] }),
    layer('add', { onnxNodes: ['a'] }),
    layer('maxpool', { onnxNodes: ['p'] }),
    layer('u', { onnxNodes: ['n1'] }),
    layer('v', { onnxNodes: ['n2', 'n3'] }),
    layer('w', { onnxNodes: ['n4'] }),
  ]
  expect(told(base, other)).toEqual([
    'fused nodes: conv & relu → all in one',
    'same nodes: pool → maxpool',
    'split nodes: gemm → gemm & add',
    'regrouped nodes: x & y → u & v & w',
  ])
})

test('names tell nodes where the metadata does not; equal names pair up in their order', () => {
  expect(
    told(
      [
        layer('Conv_0 + Relu_1'),
        layer('Reformatting CopyNode for Input Tensor 0 to Conv_0'),
        layer('__myl_1'),
        layer('__myl_1'),
      ],
      [
        layer('__myl_1'),
        layer('Conv_0'),
        layer('Relu_1'),
        layer('Reformatting CopyNode for Output Tensor 0 to Relu_1'),
      ],
    ),
  ).toEqual([
    'split nodes: Conv_0 + Relu_1 → Conv_0 & Relu_1',
    'only-base -: Reformatting CopyNode for Input Tensor 0 to Conv_0 → ',
    'same name: __myl_1 → __myl_1',
    'only-base -: __myl_1 → ',
    'only-other -:  → Reformatting CopyNode for Output Tensor 0 to Relu_1',
  ])
})

test('what nothing names is aligned by type and output shape in order, never across', () => {
  const of = (name: string, type: string, ...dims: number[]) => layer(name, { type, outputs: [{ name: 'o', dims }] })
  expect(
    told(
      [of('a1', 'Conv', 1, 8), of('a2', 'Conv', 1, 16), of('a3', 'Gemm', 10)],
      [of('b0', 'Quantize', 1, 8), of('b1', 'Conv', 1, 8), of('b3', 'Gemm', 10), of('b2', 'Conv', 1, 16)],
    ),
  ).toEqual([
    'same order: a1 → b1',
    'only-base -: a2 → ',
    'same order: a3 → b3',
    'only-other -:  → b0',
    'only-other -:  → b2',
  ])
  expect(told([layer('a')], [layer('b')])).toEqual(['only-base -: a → ', 'only-other -:  → b'])
})

describe('figures', () => {
  const compare = (base: Partial<Layer>, other: Partial<Layer>) =>
    compareLayers(table([layer('a', base)]), table([layer('a', other)]))

  test('a change of time needs both times, and a change of precision both precisions', () => {
    expect(compare({ averageMs: 2, precision: 'fp32' }, { averageMs: 1.5, precision: 'fp16' })).toMatchObject({
      baseMs: 2,
      otherMs: 1.5,
      counts: { same: 1, precision: 1 },
      changes: [{ deltaMs: -0.5, precisionChanged: true }],
    })
    const [untold] = compare({ averageMs: 2, precision: 'fp32' }, {}).changes
    expect(untold).toMatchObject({ baseMs: 2, precisionChanged: false })
    expect(untold).not.toHaveProperty('otherMs')
    expect(untold).not.toHaveProperty('deltaMs')
  })

  test('layers of several precisions are mixed', () => {
    const base = [
      layer('a', { onnxNodes: ['x'], precision: 'fp16' }),
      layer('b', { onnxNodes: ['y'], precision: 'fp32' }),
    ]
    const other = [layer('c', { onnxNodes: ['x', 'y'], precision: 'fp16' })]
    expect(compareLayers(table(base), table(other)).changes[0]).toMatchObject({
      kind: 'fused',
      basePrecision: 'mixed',
      precisionChanged: true,
    })
  })
})

test('an engine against itself is the same all over, and every layer is somewhere exactly once', () => {
  const layers = Array.from({ length: 300 }, (_, index) =>
    layer(`layer ${index % 7} + ${index % 11}`, { averageMs: 1 }),
  )
  const { changes } = compareLayers(table(layers), table(layers))
  for (const side of ['base', 'other'] as const) {
    const all = changes.flatMap(change => change[side])
    expect(all).toHaveLength(300)
    expect(new Set(all).size).toBe(300)
  }
  expect(compareLayers(table(layers.slice(0, 1)), table(layers.slice(0, 1))).counts).toMatchObject({ same: 1 })
})

// Counts and sums by a few lines of Python over the exports: 21 convolutions each, of 36 and 37 layers.
test.skipIf(withoutSamples)(
  'FP16 against quantized ResNet-18: every convolution finds its other, none of another layer',
  () => {
    const base = sampleLayers('trex-resnet-a100-fp16')
    const other = sampleLayers('trex-resnet-a100-qat')
    const { changes, counts, baseMs, otherMs } = compareLayers(base, other)
    const convolutions = changes.filter(change => change.base.some(({ type }) => type === 'CaskConvolution'))
    expect(convolutions).toHaveLength(21)
    for (const { kind, other: partners } of convolutions) {
      expect(kind).toBe('same')
      expect(partners[0]?.type).toBe('CaskConvolution')
    }
    expect(names(convolutions[1] ?? fail())).toBe(
      'same order: Conv_3 + Relu_4 → layer1.0.conv1.weight + QuantizeLinear_20 + Conv_22',
    )
    expect({ baseMs, otherMs, only: [counts['only-base'], counts['only-other']] }).toEqual({
      baseMs: expect.closeTo(1.016832, 9),
      otherMs: expect.closeTo(1.09568, 9),
      only: [13, 14],
    })
  },
)

function fail(): never {
  throw new Error('there is no such change')
}
