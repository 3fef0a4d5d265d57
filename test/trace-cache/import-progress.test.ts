import { expect, test } from 'vitest'
import type { Progress } from '#domain/run.ts'
import { ImportProgress } from '../../src-main/trace-cache/import-progress.ts'

test('bytes, events, rate and time left; at most five times a second; each phase at once', () => {
  let nowMs = 0
  const told: Progress[] = []
  const progress = new ImportProgress(
    each => told.push(each),
    () => nowMs,
  )
  const total = 1000 * 2 ** 20
  // 100 MiB/s for 5 s, told every 20 ms.
  for (; nowMs <= 5000; nowMs += 20) {
    const bytesRead = (nowMs / 1000) * 100 * 2 ** 20
    progress.tell({ type: 'progress', phase: 'reading', bytesRead, bytesTotal: total, slices: nowMs * 1000 })
  }
  expect(told.length).toBeLessThanOrEqual(26)
  const last = told.at(-1)
  expect(last?.phase).toBe('reading 500 MiB of 1,000 MiB, 5,000,000 events, 100 MiB/s')
  // Half of the reading, which is 65 % of the work: five seconds of it are left, and what comes after.
  expect(last?.fraction).toBeCloseTo(0.325, 2)
  expect(last?.etaMs).toBeCloseTo(5000 / 0.65, -2)
  progress.tell({ type: 'progress', phase: 'indexing', bytesRead: total, bytesTotal: total, slices: 7 })
  progress.tell({ type: 'progress', phase: 'summing up', bytesRead: total, bytesTotal: total, slices: 7 })
  expect(told.slice(-2).map(({ phase }) => phase)).toEqual(['putting in order 7 events', 'summing up 7 events'])
  const fractions = told.map(({ fraction }) => fraction ?? 0)
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
})
