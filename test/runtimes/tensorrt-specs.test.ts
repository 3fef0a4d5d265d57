import { expect, test } from 'vitest'
import type { PointTask } from '../../src-main/runtimes/define.ts'
import { TensorRtOptions } from '../../src-main/runtimes/tensorrt/options.ts'
import { buildSpecOf, runSpecOf } from '../../src-main/runtimes/tensorrt/specs.ts'
import { modelWith, tensor } from '../helpers/models.ts'

/** A batch that is not the first dimension, beside an input without any. */
const mixed = modelWith([tensor('tokens', ['L', 'N']), tensor('table', [10, 4])])
const task: PointTask = {
  modelPath: mixed.path,
  modelSha256: mixed.sha256,
  precision: 'fp16',
  batch: 4,
  repeat: 1,
  shapes: { tokens: [128, 4], table: [10, 4] },
  batchAxes: { tokens: 1, table: -1 },
  data: {},
  warmup: 5,
  minIterations: 300,
  minDurationMs: 1500,
  maxDurationMs: 5000,
  batches: [2, 4, 16],
}
const options = (given: object = {}) => TensorRtOptions.parse(given)

test('an engine for one batch has its shapes; fixed inputs are not named', () => {
  const spec = buildSpecOf(task, options(), mixed, '/engines')
  expect(spec).toMatchObject({ precision: 'fp16', optShapes: { tokens: [128, 4] }, minShapes: {}, maxShapes: {} })
  expect(spec).not.toHaveProperty('workspaceMiB')
  expect(spec).not.toHaveProperty('timingCache')
})

test('a dynamic engine reaches from the smallest to the largest batch, along the axis of the batch', () => {
  const of = (batch: number) => {
    const point = { ...task, batch, shapes: { ...task.shapes, tokens: [128, batch] } }
    return buildSpecOf(point, options({ engine: 'dynamic' }), mixed, '/engines')
  }
  expect(of(4)).toMatchObject({
    minShapes: { tokens: [128, 2] },
    optShapes: { tokens: [128, 16] },
    maxShapes: { tokens: [128, 16] },
  })
  // The same engine for each of them.
  expect(of(2)).toEqual(of(16))
})

test('a model of fixed shapes is told none, to build or to run', () => {
  const fixed = modelWith([tensor('x', [1, 3])])
  const point = { ...task, batch: 1, shapes: { x: [1, 3] } }
  expect(buildSpecOf(point, options({ engine: 'dynamic' }), fixed, '/e').optShapes).toEqual({})
  expect(runSpecOf(point, options(), fixed).shapes).toEqual({})
})

test('what a bench asks of every runtime is asked of trtexec in its units', () => {
  const given = { warmUpMs: 50, streams: 2, cudaGraph: true, layers: false, dataTransfers: false }
  expect(runSpecOf(task, options(given), mixed)).toEqual({
    shapes: { tokens: [128, 4] },
    warmUpMs: 50,
    durationSec: 1.5,
    iterations: 300,
    streams: 2,
    cudaGraph: true,
    spinWait: false,
    dataTransfers: false,
    profile: false,
  })
})

test('a precision that TensorRT does not have is refused', () => {
  expect(() => buildSpecOf({ ...task, precision: 'fp7' }, options(), mixed, '/e')).toThrow(/fp7/)
})
