import { expect, test } from 'vitest'
import { outcomeNotices } from '../../../src-main/runs/search/outcome.ts'

const SPACE = {
  candidates: [{ id: 'a' }, { id: 'b' }],
  concurrencies: [1, 4],
  latencyThresholdMs: 30,
  maxMeasurements: 8,
}
const LIMITS = { top: 3, percentile: 95, latencyThresholdMs: 30 }
const text = (measured: Parameters<typeof outcomeNotices>[1]) =>
  outcomeNotices(SPACE, measured, LIMITS).map(notice => notice.text)

test('where none keeps the limit the nearest is named, and what kept it from fitting', () => {
  const b = { candidateId: 'b', concurrency: 1, inferPerSec: 5, latencyMs: 50 }
  expect(text([{ candidateId: 'a', concurrency: 4, inferPerSec: 100, latencyMs: 40 }, b])).toEqual([
    'No configuration keeps p95 at or under 30.0 ms. Nearest: a at concurrency 4: p95 40.0 ms, 100 infer/s.',
  ])
  expect(text([{ candidateId: 'a', concurrency: 4, inferPerSec: 100, latencyMs: 30, isOver: true }, b])).toEqual([
    'No configuration keeps p95 at or under 30.0 ms. Nearest: a at concurrency 4: p95 30.0 ms over all its windows, but one of them broke the limit, 100 infer/s.',
  ])
})

test('what the budget did not reach is named', () => {
  expect(text([{ candidateId: 'a', concurrency: 1, inferPerSec: 100, latencyMs: 5 }])).toEqual([
    'Most throughput with p95 at most 30.0 ms: 1. a at concurrency 1: 100 infer/s, p95 5.00 ms (one run).',
    'Not tried within 8 measurements: b. Allow more with --max-measurements.',
  ])
})
