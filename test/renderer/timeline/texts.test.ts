import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NameStore } from '../../../src-renderer/timeline/name-store.ts'
import { readable } from '../../../src-renderer/timeline/name-text.ts'
import { formatNs, timeTicks } from '../../../src-renderer/timeline/time-text.ts'

const settled = () => new Promise(resolve => setTimeout(resolve, 0))

describe('times', () => {
  test('have the unit that keeps them short', () => {
    expect([812, 12_340, 4.56e6, 1.5e9, -2500, 0].map(ns => formatNs(ns))).toEqual([
      '812 ns',
      '12.34 µs',
      '4.560 ms',
      '1.500 s',
      '-2.500 µs',
      '0 ns',
    ])
  })

  test('of an axis are a nice step apart, all in one unit, and none says the same as its neighbour', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e11, noNaN: true }),
        fc.double({ min: 20, max: 1e11, noNaN: true }),
        (startNs, span) => {
          fc.pre(startNs / span < 1e9) // beyond that a double has no more digits
          const ticks = timeTicks(startNs, startNs + span, 1000)
          expect(ticks.length).toBeLessThanOrEqual(12)
          expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length)
          expect(new Set(ticks.map(({ text }) => text.split(' ')[1])).size).toBeLessThanOrEqual(1)
        },
      ),
    )
  })
})

describe('names', () => {
  test('of a file show every sign that would not be seen or would turn the text', () => {
    expect(readable('aten::addmm<float, 4>')).toBe('aten::addmm<float, 4>')
    expect(readable('שלום')).toBe('שלום')
    expect(readable('a\u202eb\u0000c\u200bd\n')).toBe('a⟨202e⟩b⟨00⟩c⟨200b⟩d⟨0a⟩')
  })

  test('of one painting are asked for in one call, once', async () => {
    const calls: number[][] = []
    const store = new NameStore(
      async ids => {
        calls.push(ids)
        return ids.map(id => `name ${id}\u0007`)
      },
      () => {},
      () => {},
    )
    expect([store.get(1), store.get(2), store.get(1)]).toEqual([undefined, undefined, undefined])
    await settled()
    expect(calls).toEqual([[1, 2]])
    expect(store.get(2)).toBe('name 2⟨07⟩')
    await settled()
    expect(calls).toHaveLength(1)
  })

  test('that failed are told and asked for again', async () => {
    let fails = true
    const failures: unknown[] = []
    const store = new NameStore(
      async ids => {
        if (fails) throw new Error('away')
        return ids.map(String)
      },
      () => {},
      thrown => failures.push(thrown),
    )
    store.get(7)
    await settled()
    expect(failures).toHaveLength(1)
    fails = false
    store.get(7)
    await settled()
    expect(store.get(7)).toBe('7')
  })
})
