import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SweepSeries, SweepStep } from '../../../src-main/runs/sweep/step.ts'
import { levelOf } from '../../../src-main/runs/sweep/step.ts'
import { walk } from '../../../src-main/runs/sweep/walk.ts'
import { serverPoint } from '../../helpers/server-points.ts'

const stepAt = (concurrency: number): SweepStep => ({
  url: 'grpc://h:8001',
  protocol: 'grpc',
  sharedMemory: 'none',
  batch: 1,
  load: { kind: 'concurrency', concurrency },
  repeat: 1,
  shapes: {},
  streaming: false,
})

/** Walks a series on a server that stays under the threshold up to `capacity`. */
function walked(series: SweepSeries, capacity: number, flags: (level: number) => string[] = () => []) {
  const steps = walk(series, 20)
  const levels: number[] = []
  let next = steps.next()
  while (next.done !== true) {
    const level = levelOf(next.value.load)
    levels.push(level)
    const over = level > capacity ? ['over-threshold'] : []
    next = steps.next(serverPoint({ concurrency: level }, { flags: [...over, ...flags(level)] }))
  }
  return { levels, told: next.value }
}

test('loads ascend until the threshold is passed, and what is left is named', () => {
  const series = { steps: [1, 2, 4, 8].map(stepAt) }
  expect(walked(series, 100)).toEqual({ levels: [1, 2, 4, 8], told: undefined })
  const { levels, told } = walked(series, 1)
  expect(levels).toEqual([1, 2])
  expect(told).toMatch(/concurrency 2 is over 20 ms; not measured: 4, 8/)
})

test('an unstable point does not end a series', () => {
  expect(walked({ steps: [1, 2, 4].map(stepAt) }, 100, () => ['unstable']).levels).toEqual([1, 2, 4])
})

test('binary search: both ends, then halves, as perf_analyzer 1:16:1 with a limit between 5 and 6 measures it', () => {
  const series = { steps: [1, 16].map(stepAt), searchStep: 1 }
  // (1+16)/2 = 8 over, (1+8)/2 = 4 under, (4+8)/2 = 6 over, (4+6)/2 = 5 under; 6 − 5 ≤ 1.
  expect(walked(series, 5)).toMatchObject({
    levels: [1, 16, 8, 4, 6, 5],
    told: expect.stringContaining('concurrency 5 is the highest'),
  })
})

test('binary search ends at once where an end decides', () => {
  const series = { steps: [2, 16].map(stepAt), searchStep: 1 }
  expect(walked(series, 1)).toMatchObject({ levels: [2], told: expect.stringContaining('even concurrency 2') })
  expect(walked(series, 99)).toMatchObject({
    levels: [2, 16],
    told: expect.stringContaining('all up to concurrency 16'),
  })
})

test('binary search finds the highest level, never measures one twice, and ends', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 500 }),
      fc.nat(1200),
      (low, width, capacity) => {
        const { levels, told } = walked({ steps: [low, low + width].map(stepAt), searchStep: 1 }, capacity)
        expect(new Set(levels).size).toBe(levels.length)
        expect(levels.length).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(width + 1)))
        if (capacity >= low && capacity < low + width) expect(told).toContain(`concurrency ${capacity} is the highest`)
      },
    ),
  )
})
