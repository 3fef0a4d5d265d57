import { expect, test } from 'vitest'
import type { Point } from '#domain/point.ts'
import type { Notice } from '#domain/run.ts'
import { RUNTIME_METRICS, runtimeTable, speedUpOf } from '#domain/runtime-table.ts'
import { runtimeTableText, speedUpText } from '#domain/runtime-table-text.ts'
import { speedUp } from '#domain/speed-up.ts'
import { aPoint } from '../helpers/points.ts'

const [median] = RUNTIME_METRICS
/** ms per batch of the published table: batch → PyTorch GPU, ONNX CPU, ONNX GPU. */
const PUBLISHED = { 1: [3.48, 1.26, 1.96], 8: [3.45, 3.55, 2.58], 128: [8.07, 32.46, 3.89] }
const RUNTIMES = ['torch', 'ort-cpu', 'ort-cuda']

function measured(runtime: string, batch: number, p50: number, more: Partial<Point> = {}): Point {
  const boundsMs = { p50: { lowerMs: p50 * 0.99, upperMs: p50 * 1.01 } }
  return aPoint(batch, p50, {
    id: `${runtime} ${batch} ${more.repeat ?? 1}`,
    runtime,
    precisionAsked: 'model',
    boundsMs,
    ...more,
  })
}

const published = Object.entries(PUBLISHED).flatMap(([batch, times]) =>
  times.map((ms, at) => measured(RUNTIMES[at] ?? '', Number(batch), ms)),
)

function leftOut(precision: string, place: number): Notice {
  const why = 'trtexec was not found'
  return { level: 'info', text: precision, leftOut: { runtime: 'tensorrt', title: 'TensorRT', precision, place, why } }
}

test('a published table comes out with its speed-ups: rows are batches, columns runtimes', () => {
  const table = runtimeTable({ points: published }, 'ort-cpu model')
  expect(table?.rows.map(({ batch }) => batch)).toEqual([1, 8, 128])
  expect(table?.columns.map(({ id }) => id)).toEqual(['torch model', 'ort-cpu model', 'ort-cuda model'])
  const at128 = table?.rows[2]?.cells
  // 32.46 ÷ 3.89 = 8.3445, 32.46 ÷ 8.07 = 4.0223: by hand from the published figures.
  expect(at128?.get('ort-cuda model')?.speedUp?.ratio).toBeCloseTo(8.3445, 4)
  expect(at128?.get('torch model')?.speedUp?.ratio).toBeCloseTo(4.0223, 4)
  expect(at128?.get('ort-cpu model')?.speedUp).toBeUndefined()
  expect(table?.rows[0]?.cells.get('torch model')?.speedUp).toMatchObject({ verdict: 'slower' })
})

test('the interval of a ratio takes the worst of both ends, and says nothing it cannot know', () => {
  const both = speedUp({ valueMs: 10, lowerMs: 9, upperMs: 12 }, { valueMs: 5, lowerMs: 4, upperMs: 6 })
  expect(both).toEqual({ ratio: 2, lower: 1.5, upper: 3, verdict: 'faster' })
  const touching = speedUp({ valueMs: 10, lowerMs: 9, upperMs: 11 }, { valueMs: 9.5, lowerMs: 9, upperMs: 10 })
  expect(touching?.verdict).toBe('unclear')
  const open = speedUp({ valueMs: 10, lowerMs: 9, upperMs: 11 }, { valueMs: 5, lowerMs: 4 })
  expect(open).toEqual({ ratio: 2, upper: 2.75, verdict: 'unclear' })
  expect(speedUp({ valueMs: 0 }, { valueMs: 5 })).toBeUndefined()
  expect([speedUpText(both), speedUpText(open), speedUpText(undefined)]).toEqual([
    '2.00× (1.50–3.00)',
    '2.00× (≤ 2.75)',
    '–',
  ])
})

test('what was left out stands at its place with the reason', () => {
  const points = published.filter(({ runtime }) => runtime !== 'ort-cuda').toReversed()
  const table = runtimeTable({ points, notices: [leftOut('fp16', 2), leftOut('tf32', 1)] })
  expect(table?.columns.map(({ id }) => id)).toEqual(['ort-cpu model', 'tensorrt tf32', 'tensorrt fp16', 'torch model'])
  const text = table && runtimeTableText(table, ({ runtime, precision }) => `${runtime} ${precision}`, median)
  expect(text?.header).toEqual([
    'Batch',
    'ort-cpu fp32 ms',
    'tensorrt tf32 ms',
    'tensorrt fp16 ms',
    'torch fp32 ms',
    'speed-up',
  ])
  expect(text?.rows[0]).toEqual(['1', '1.26', '–', '–', '3.48', '0.362× (0.355–0.369)'])
  expect(text?.leftOut).toEqual([
    'tensorrt tf32: left out. trtexec was not found',
    'tensorrt fp16: left out. trtexec was not found',
  ])
})

test('of several processes the middle one counts, and their disagreement widens the interval', () => {
  const points = [
    measured('ort-cpu', 1, 4),
    measured('torch', 1, 2, { repeat: 1 }),
    measured('torch', 1, 2.4, { repeat: 2 }),
    measured('torch', 1, 2.1, { repeat: 3 }),
  ]
  const cell = runtimeTable({ points })?.rows[0]?.cells.get('torch model')
  expect(cell?.speedUp?.ratio).toBeCloseTo(4 / 2.1)
  expect(cell?.speedUp?.lower).toBeCloseTo((4 * 0.99) / (2.4 * 1.01))
  expect(cell?.speedUp?.upper).toBeCloseTo((4 * 1.01) / (2 * 0.99))
  const badges = runtimeTable({ points })?.columns.map(column => column.badges.map(({ id }) => id))
  expect(badges).toEqual([['one-process'], []])
})

test('columns that measure different things, or other numbers than asked, carry a badge', () => {
  const points = [
    measured('ort-cpu', 1, 4, { repeat: 2 }),
    measured('torch', 1, 2, { repeat: 2, precisionAsked: 'fp16', precision: 'fp32', throttledShare: 0.2 }),
  ]
  const runtime = { 'ort-cpu.includes': ['compute'], 'torch.includes': ['h2d', 'compute'], 'torch.title': 'PyTorch' }
  const empty = { command: {}, app: {}, model: {}, method: {}, cpu: {}, memory: {}, gpu: {}, os: {}, time: {} }
  const table = runtimeTable({ points, passport: { ...empty, runtime } })
  expect(table?.columns[0]?.badges).toEqual([])
  expect(table?.columns[1]).toMatchObject({ title: 'PyTorch', asked: 'fp16', precision: 'fp32' })
  expect(table?.columns[1]?.badges.map(({ id }) => id)).toEqual(['other-scope', 'other-precision', 'throttled'])
})

test('one column alone is no comparison, nor are points at a server', () => {
  expect(runtimeTable({ points: [measured('ort-cpu', 1, 4), measured('ort-cpu', 8, 9)] })).toBeUndefined()
  const transport = { protocol: 'grpc', sharedMemory: 'none' }
  expect(runtimeTable({ points: published.map(point => ({ ...point, transport })) })).toBeUndefined()
})

test('a failed point says so, and its neighbours are compared all the same', () => {
  const failed = measured('torch', 1, 1, { status: 'failed' })
  const points = [measured('ort-cpu', 1, 4), failed, measured('ort-cpu', 8, 9), measured('torch', 8, 3)]
  const table = runtimeTable({ points })
  const text = table && runtimeTableText(table, ({ runtime }) => runtime, median)
  expect(text?.rows[0]?.slice(0, 4)).toEqual(['1', '4.00', 'failed', '–'])
  expect(text?.rows[1]?.[3]).toMatch(/^3\.00×/)
})

test('p95 is compared by p95; a table of means alone is compared without an interval', () => {
  const p95 = RUNTIME_METRICS.find(({ id }) => id === 'p95')
  const tail = (ms: number) => ({ latencyMs: { p50: 1, p95: ms }, boundsMs: { p95: { lowerMs: ms } } })
  const table = runtimeTable({ points: [measured('ort-cpu', 1, 1, tail(8)), measured('torch', 1, 1, tail(2))] })
  expect(p95 && speedUpOf(table?.rows[0]?.cells.get('torch model'), p95)).toEqual({ ratio: 4, verdict: 'unclear' })
  const mean = (ms: number) => ({ latencyMs: { mean: ms }, boundsMs: {} })
  const means = runtimeTable({ points: [measured('ort-cpu', 1, 1, mean(6)), measured('torch', 1, 1, mean(2))] })
  expect(means?.rows[0]?.cells.get('torch model')?.speedUp).toEqual({ ratio: 3, verdict: 'unclear' })
})
