import { expect, test } from 'vitest'
import { collectData, collectShape, parseDuration, parseIntegers } from '../../src-main/faces/cli/values.ts'

test("lists and perf_analyzer's start:end:step ranges, both ends in", () => {
  expect(parseIntegers('1,2,4')).toEqual([1, 2, 4])
  expect(parseIntegers('8:32:8')).toEqual([8, 16, 24, 32])
  expect(parseIntegers('1:4')).toEqual([1, 2, 3, 4])
  expect(parseIntegers('1,8:10:2,8')).toEqual([1, 8, 10])
})

test.each(['', 'a', '4:1', '1:9:0', '-1', '1.5', '1:999999999'])('"%s" is no list of sizes', text => {
  expect(() => parseIntegers(text)).toThrow()
})

test('a bare duration is milliseconds, as an interval of perf_analyzer is', () => {
  expect([parseDuration('500'), parseDuration('5s'), parseDuration('1.5s'), parseDuration('2min')]).toEqual([
    500, 5000, 1500, 120_000,
  ])
  expect(() => parseDuration('5 hours')).toThrow()
})

test('input names may hold colons', () => {
  expect(collectShape('input:0:3,224,224')).toEqual({ 'input:0': [3, 224, 224] })
  expect(collectShape('scalar:')).toEqual({ scalar: [] })
  expect(collectData('input:0:random:7')).toEqual({ 'input:0': { source: 'random', seed: 7 } })
  expect(collectData('x:file:/a:b/zeros')).toEqual({ x: { source: 'file', path: '/a:b/zeros' } })
  expect(collectData('zeros')).toEqual({ '*': { source: 'zeros' } })
})
