import { describe, expect, test } from 'vitest'
import type { Point } from '#domain/point.ts'
import { bestConfiguration } from '../../src-main/findings/best-configuration.ts'
import { judgeAll } from '../../src-main/findings/define.ts'
import { aPoint } from '../helpers/points.ts'

/** Points of one configuration at concurrency 4, a run each. */
function runs(configuration: string, perSec: readonly number[], more: Partial<Point> = {}): Point[] {
  return perSec.map(inferPerSec =>
    aPoint(1, 2, { runtime: 'triton', concurrency: 4, inferPerSec, serverConfig: { configuration }, ...more }),
  )
}

function judge(...points: Point[][]) {
  return judgeAll([bestConfiguration], { searched: points.flat() })[0]
}

describe('the best configuration', () => {
  test('is named with its lead when every run of it is above every run of the next', () => {
    const finding = judge(runs('current', [900, 910]), runs('instances 2', [1200, 1210, 1190]))
    expect(finding).toMatchObject({ verdict: 'yes' })
    // Medians 1200 and 905: 1200 ÷ 905 = 1.3260
    expect(finding?.statement).toContain('32.6 % more than current')
  })

  test('is the present one when that serves most', () => {
    expect(judge(runs('current', [1300, 1310]), runs('instances 2', [1200, 1210]))?.verdict).toBe('no')
  })

  test('can not be told where the runs overlap, or one side has a single run', () => {
    expect(judge(runs('a', [1000, 1100]), runs('b', [1050, 900]))?.verdict).toBe('cannot-tell')
    expect(judge(runs('a', [2000]), runs('b', [1000, 1001]))?.verdict).toBe('cannot-tell')
  })

  test('never is one over the latency constraint', () => {
    const over = runs('a', [5000, 5001], { flags: ['over-threshold'] })
    expect(judge(over, runs('b', [1000, 1001]), runs('c', [900, 901]))?.statement).toContain('b at concurrency 4')
  })
})
