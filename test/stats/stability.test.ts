import { expect, test } from 'vitest'
import { blockMedians } from '#stats/blocks.ts'
import { seriesStability, theilSen } from '#stats/stability.ts'
import golden from '../golden/stats/latencies.json' with { type: 'json' }
import { formulaSeries, noisySeries } from '../helpers/series.ts'

test('the Theil–Sen slope is scipy’s', () => {
  for (const { n, slope } of golden.theil_sen) {
    const series = formulaSeries('saw', n).map((value, i) => value + 0.01 * i)
    expect(theilSen(series)).toBeCloseTo(slope, 12)
  }
})

test('the autocorrelation at lag 1 is numpy’s', () => {
  for (const { series, n, value } of golden.lag1) {
    expect(seriesStability(formulaSeries(series, n), 0).lag1).toBeCloseTo(value, 12)
  }
})

test('a trend of 10 % over the span is a drift of 10 %, whatever outliers do', () => {
  const series = noisySeries(1, 2000, index => 1 + (0.1 * index) / 2000)
  for (let i = 0; i < series.length; i += 10) series[i] = 20
  expect(seriesStability(series, 0).driftPercent).toBeCloseTo(9.5, 0) // 0.1 of 1.05, the median
})

test('a slow start that is cut as warm-up is no drift', () => {
  const series = noisySeries(1, 1000, index => (index < 300 ? 3 : 1))
  expect(Math.abs(seriesStability(series, 300).driftPercent ?? 99)).toBeLessThan(1)
})

test('the coefficient of variation is std over mean in percent', () => {
  expect(seriesStability(Float64Array.of(1, 3), 0).cvPercent).toBeCloseTo(70.71067811865476, 10)
})

test('levels that alternate slowly show at lag 1', () => {
  const series = noisySeries(2, 1000, index => (Math.floor(index / 100) % 2 === 0 ? 1 : 1.4))
  expect(seriesStability(series, 0).lag1).toBeGreaterThan(0.9)
})

test('what cannot be computed is absent', () => {
  expect(seriesStability(Float64Array.of(1), 0)).toEqual({})
  expect(seriesStability(Float64Array.of(1, 2, 3), 5)).toEqual({})
  expect(seriesStability(new Float64Array(10), 0)).toEqual({})
  expect(seriesStability(new Float64Array(10).fill(2), 0)).toEqual({ driftPercent: 0, cvPercent: 0 })
})

test('blocks cover the whole series, the last one takes the remainder', () => {
  expect(blockMedians(Float64Array.of(1, 2, 3, 4, 5, 6, 7), 3)).toEqual({ size: 3, medians: Float64Array.of(2, 5.5) })
  expect(blockMedians(Float64Array.of(3, 1), 8)).toEqual({ size: 1, medians: Float64Array.of(3, 1) })
})
