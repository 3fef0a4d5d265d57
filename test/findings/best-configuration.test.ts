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

  test('is not named where no configuration keeps the constraint', () => {
    const over = { flags: ['over-threshold'] }
    expect(judge(runs('a', [5000], over), runs('b', [1000], over))).toMatchObject({
      verdict: 'cannot-tell',
      statement: 'No configuration keeps the constraint at any load that was measured',
    })
  })

  test('one run of three over the constraint is noise, two are not', () => {
    const mixed = (configuration: string, over: number) =>
      [0, 1, 2].flatMap(i => runs(configuration, [2000 + i], i < over ? { flags: ['over-threshold'] } : {}))
    const others = [runs('b', [1000, 1001]), runs('c', [900, 901])]
    expect(judge(mixed('a', 1), ...others)?.statement).toContain('a at concurrency 4')
    expect(judge(mixed('a', 2), ...others)?.statement).toContain('b at concurrency 4')
  })

  test('where runs overlap it says how far runs of one configuration lie apart', () => {
    // 1 − 900 ÷ 1050 = 14.3 %, 1 − 1000 ÷ 1100 = 9.1 %
    expect(judge(runs('a', [1000, 1100]), runs('b', [1050, 900]))?.statement).toContain('differ by up to 14 %')
  })

  test('a table of Model Analyzer is judged by the names it gives', () => {
    const analyzed = (config: string, inferPerSec: number) =>
      aPoint(1, 2, { runtime: 'triton', concurrency: 4, inferPerSec, serverConfig: { config } })
    const finding = judge([analyzed('image_cls_config_2', 1309), analyzed('image_cls_config_0', 997)])
    expect(finding?.statement).toMatch(/^image_cls_config_2 read highest/)
  })
})
