import { expect, test } from 'vitest'
import { formatTime, formatWhen } from '../../../src-renderer/components/when.ts'

const now = new Date(2026, 10, 21, 14, 30, 0)
const at = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString()

test.each([
  [at(2026, 10, 21, 14, 30), 'just now'],
  [at(2026, 10, 21, 14, 29), '1 minute ago'],
  [at(2026, 10, 21, 13, 31), '59 minutes ago'],
  [at(2026, 10, 21, 9, 5), 'today 09:05'],
  [at(2026, 10, 20, 23, 59), 'yesterday 23:59'],
  [at(2026, 0, 2, 8, 0), '2 Jan 08:00'],
  [at(2025, 11, 31, 8, 0), '31 Dec 2025'],
  [at(2026, 10, 21, 20, 0), 'today 20:00'],
  ['soon', 'soon'],
])('%s reads as "%s"', (time, text) => {
  expect(formatWhen(time, now)).toBe(text)
})

test('a full time is written from the largest unit to the smallest', () => {
  expect(formatTime(at(2026, 0, 2, 8, 5))).toBe('2026-01-02 08:05:00')
})
