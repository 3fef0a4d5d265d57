import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Finding } from '#domain/finding.ts'
import { RULES } from '../../src-main/catalog.ts'
import { type FactTable, judgeAll } from '../../src-main/findings/define.ts'
import { pointsOf } from '../helpers/points.ts'

/** Per rule: facts that raise it, and facts that must not. A new rule without a line here fails the law. */
const CASES: Readonly<Record<string, { raises: Partial<FactTable>; mustNot: Partial<FactTable> }>> = {
  'best-batch': { raises: { points: pointsOf([100, 180, 200, 202]) }, mustNot: { points: pointsOf([100, 200, 400]) } },
  'throughput-falls': { raises: { points: pointsOf([100, 200, 150]) }, mustNot: { points: pointsOf([100, 200, 210]) } },
  trust: { raises: { points: pointsOf([100], { flags: ['swapped'] }) }, mustNot: { points: pointsOf([100, 200]) } },
}

const NOTHING: FactTable = { points: [], server: { points: [] } }

test('ids are unique', () => {
  expect(new Set(RULES.map(rule => rule.id)).size).toBe(RULES.length)
})

test('every rule of the room is in the catalog, under its file name', async () => {
  const room = new URL('../../src-main/findings/', import.meta.url)
  const ids: string[] = []
  for (const file of readdirSync(room).filter(name => name.endsWith('.ts'))) {
    const exported: Record<string, unknown> = await import(new URL(file, room).href)
    const isRule = (value: unknown) =>
      typeof value === 'object' && value !== null && 'judge' in value && 'needs' in value
    if (Object.values(exported).some(isRule)) ids.push(file.replace(/\.ts$/, ''))
  }
  expect(RULES.map(rule => rule.id).toSorted()).toEqual(ids.toSorted())
})

describe.each(RULES.map(rule => [rule.id, rule] as const))('%s', (id, rule) => {
  test('is raised by its case and not by the other', () => {
    expect(judgeAll([rule], CASES[id]?.raises ?? {})).toMatchObject([{ verdict: 'yes' }])
    expect(judgeAll([rule], CASES[id]?.mustNot ?? {})).toMatchObject([{ verdict: 'no' }])
  })

  test('abstains on nothing and on points without figures', () => {
    const blank = pointsOf([100, 200, 300], { latencyMs: {}, flags: [] })
    expect(judgeAll([rule], NOTHING)).toMatchObject([{ verdict: 'cannot-tell' }])
    expect(judgeAll([rule], { points: blank, server: { points: blank } })[0]?.verdict).not.toBe('yes')
    expect(judgeAll([rule], {})).toEqual([])
  })

  test('gives findings that fit the domain', () => {
    for (const facts of [CASES[id]?.raises, CASES[id]?.mustNot, NOTHING]) {
      const [finding] = judgeAll([rule], facts ?? {})
      expect(Finding.parse(finding)).toEqual(finding)
    }
  })
})
