import { expect, test } from 'vitest'
import {
  formatBytes,
  formatDuration,
  formatLatency,
  formatMs,
  formatRate,
  formatShape,
  formatSignificant,
} from '#domain/display.ts'

test('three significant digits, never an exponent, never a false zero', () => {
  const shown = [0.000123, 0.0123, 1.234, 12.34, 123.4, 1234.5, 123456].map(value => formatSignificant(value))
  expect(shown).toEqual(['0.000123', '0.0123', '1.23', '12.3', '123', '1,235', '123,456'])
  expect(formatSignificant(Number.NaN)).toBe('–')
})

test('latency is ms, and µs below a tenth of one', () => {
  expect([formatLatency(1.5), formatLatency(0.0999), formatLatency(0.1), formatLatency(undefined)]).toEqual([
    '1.50 ms',
    '99.9 µs',
    '0.100 ms',
    '–',
  ])
  expect(formatLatency(0.05, 'ms')).toBe('0.0500 ms')
  expect(formatMs(0)).toBe('0')
})

test('rates, sizes, times and shapes read as people write them', () => {
  expect([formatRate(4545.4), formatRate(12.34), formatRate(1234567)]).toEqual(['4,545', '12.3', '1,234,567'])
  expect([formatBytes(512), formatBytes(1536), formatBytes(4.5 * 2 ** 20)]).toEqual(['512 B', '1.50 KiB', '4.50 MiB'])
  expect([formatDuration(400), formatDuration(59_600), formatDuration(185_000), formatDuration(7_440_000)]).toEqual([
    '0.4 s',
    '1 min 0 s',
    '3 min 5 s',
    '2 h 4 min',
  ])
  expect([formatShape([1, 3, 'H', '']), formatShape([])]).toEqual(['1×3×H×?', 'scalar'])
})
