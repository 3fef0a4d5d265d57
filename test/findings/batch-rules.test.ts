import { expect, test } from 'vitest'
import { bestBatch } from '../../src-main/findings/best-batch.ts'
import { throughputFalls } from '../../src-main/findings/throughput-falls.ts'
import { trust } from '../../src-main/findings/trust.ts'
import { aPoint, pointsOf } from '../helpers/points.ts'

test('the best batch is the smallest within 5 % of the most throughput', () => {
  expect(bestBatch.judge({ points: pointsOf([1000, 1700, 2300, 2450, 2500, 2480]) })).toMatchObject({
    verdict: 'yes',
    confidence: 0.7,
    statement: 'Batch 8 gives 2,450 FPS, 98.0 % of the most (batch 16: 2,500 FPS)',
  })
})

test('batch 1 is best where batching gains nothing', () => {
  expect(bestBatch.judge({ points: pointsOf([1000, 990, 1010]) })).toMatchObject({
    verdict: 'yes',
    statement: 'Batch 1 gives 1,000 FPS, 99.0 % of the most (batch 4: 1,010 FPS)',
  })
})

test('no best batch is named while throughput still rises', () => {
  expect(bestBatch.judge({ points: pointsOf([1000, 1900, 3600]) })).toMatchObject({
    verdict: 'no',
    next: ['batchscope bench MODEL --batch 4,8,16'],
  })
})

test('the best batch cannot be told from two batches, or from points that mislead', () => {
  expect(bestBatch.judge({ points: pointsOf([1000, 1900]) }).verdict).toBe('cannot-tell')
  const noisy = pointsOf([1000, 1700, 2450, 2500]).with(2, aPoint(4, 4000 / 2450, { flags: ['noisy-machine'] }))
  expect(bestBatch.judge({ points: noisy })).toMatchObject({
    verdict: 'cannot-tell',
    statement: "The deciding points can't be trusted: noisy machine",
  })
  const few = pointsOf([1000, 1700, 2450, 2500], { flags: ['few-samples'] })
  expect(bestBatch.judge({ points: few }).verdict).toBe('yes')
})

test('of two runtimes the faster one is judged and both are shown', () => {
  const points = [
    ...pointsOf([1000, 1010, 1020]),
    ...pointsOf([3000, 5000, 5100], { runtime: 'ort-cuda', precision: 'fp16' }),
  ]
  const { statement, evidence } = bestBatch.judge({ points })
  expect(statement).toContain('Batch 2 on ort-cuda fp16 gives 5,000 FPS')
  expect(evidence).toHaveLength(6)
})

test('three fresh processes make the judgement surer than one', () => {
  const points = [1, 2, 3].flatMap(repeat => pointsOf([1000, 1700, 2450, 2500], { repeat }))
  expect(bestBatch.judge({ points })).toMatchObject({ verdict: 'yes', confidence: 0.9 })
})

test('a fall beyond both spreads is said with its size', () => {
  expect(throughputFalls.judge({ points: pointsOf([1000, 2000, 2500, 2000, 1500]) })).toMatchObject({
    verdict: 'yes',
    statement: 'Batch 16 gives 40.0 % less throughput than batch 4',
  })
})

test('a small fall, or one inside the spread, is none', () => {
  expect(throughputFalls.judge({ points: pointsOf([1000, 2500, 2400]) }).verdict).toBe('no')
  const wide = (p50: number) => ({ latencyMs: { p50, p90: 2 * p50 } })
  const points = [aPoint(1, 2), aPoint(2, 2, wide(2)), aPoint(4, 5, wide(5))] // 500, 1000, 800 FPS
  expect(throughputFalls.judge({ points }).verdict).toBe('no')
})

test('whether throughput falls cannot be told from one batch or from noise', () => {
  expect(throughputFalls.judge({ points: pointsOf([1000]) }).verdict).toBe('cannot-tell')
  expect(throughputFalls.judge({ points: pointsOf([1000, 2500, 1500], { flags: ['unstable'] }) })).toMatchObject({
    verdict: 'cannot-tell',
    statement: "Batch 4: 1,500 FPS after batch 2: 2,500 FPS, but the points can't be trusted: unstable",
  })
})

test('that nothing falls is not said of points that mislead', () => {
  const points = pointsOf([1000, 2500, 2600]).with(2, aPoint(4, 4000 / 2600, { flags: ['noisy-machine'] }))
  expect(throughputFalls.judge({ points })).toMatchObject({
    verdict: 'cannot-tell',
    statement: "No clear fall, but the points can't be trusted: noisy machine",
  })
})

test('points with flags are listed with the reason and what helps', () => {
  const points = [aPoint(1, 1), aPoint(2, 2, { flags: ['few-samples', 'unstable'] })]
  expect(trust.judge({ points })).toMatchObject({
    verdict: 'yes',
    statement: '1 of 2 points with reservations: few samples, unstable',
    evidence: [{ label: 'ort-cpu batch 2', value: 'few samples, unstable' }],
    next: [expect.stringContaining('--repeat 3'), expect.stringContaining('--iterations 299')],
  })
  expect(trust.judge({ points: [aPoint(1, 1)] }).verdict).toBe('no')
})

test('a flag of a newer version is shown as it is', () => {
  expect(trust.judge({ points: [aPoint(1, 1, { flags: ['moon-phase'] })] }).statement).toContain('moon-phase')
})
