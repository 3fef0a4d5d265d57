import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SliceCategory } from '../../../src-main/domain/trace-category.ts'
import { GapReasons } from '../../../src-main/traces/gaps.ts'
import { hiddenFacts } from '../../../src-main/traces/hidden-facts.ts'
import { deviceLanesOf } from '../../../src-main/traces/threads.ts'
import { Timeline } from '../../helpers/timeline.ts'

interface Piece {
  category: SliceCategory
  startNs: number
  lengthNs: number
  /** From the begin of its call to its own, and the call's length. */
  aheadNs: number
  callNs: number
}

const piece = fc.record({
  category: fc.constantFrom<SliceCategory>('kernel', 'memcpy', 'communication'),
  startNs: fc.nat(60),
  lengthNs: fc.integer({ min: 1, max: 15 }),
  aheadNs: fc.nat(12),
  callNs: fc.integer({ min: 1, max: 6 }),
})
const window = { startNs: 0, endNs: 80 }
const everyNs = Array.from({ length: 80 }, (_, at) => at)
const endOf = ({ startNs, lengthNs }: Piece) => startNs + lengthNs

test('what a late host hides behind copies and collectives is what judging each nanosecond gives', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), drawn => {
      // One start each, and calls in the order of the work: which is "the next" is then no choice.
      const starts = new Set<number>()
      const work = drawn
        .filter(({ startNs }) => !starts.has(startNs) && starts.add(startNs))
        .toSorted((a, b) => a.startNs - b.startNs)
        .map(each => ({ ...each, calledNs: each.startNs - each.aheadNs }))
        .filter((each, i, all) => all.slice(0, i).every(({ calledNs }) => calledNs < each.calledNs))
      const line = new Timeline()
      const streams = work.map((_, i) => line.stream(0, String(i)))
      const thread = line.thread()
      for (const [i, each] of work.entries()) {
        const { calledNs, callNs, startNs, category } = each
        const launchedBy = line.add(thread, 'runtime', 'call', calledNs, calledNs + callNs)
        line.add(streams[i] ?? 0, category, category, startNs, endOf(each), { launchedBy })
      }
      const index = line.index()
      const lanes = deviceLanesOf(index).get(0) ?? []
      const told = { copyNs: 0, communicationNs: 0 }
      const kernels = work.filter(({ category }) => category === 'kernel')
      const runs = (category: SliceCategory, at: number) =>
        work.some(each => each.category === category && each.startNs <= at && at < endOf(each))
      for (const at of everyNs) {
        const next = kernels.find(({ startNs }) => startNs > at)
        if (next === undefined || runs('kernel', at)) continue
        const before = kernels.filter(({ startNs }) => startNs <= at).map(endOf)
        const gapNs = Math.max(0, ...before)
        // Launched when the gap began, or now launched: it waits for the copy. In another's call: the host waits too.
        const launchedNs = next.calledNs + next.callNs
        if (launchedNs <= gapNs || at >= launchedNs) continue
        for (const [category, field] of [
          ['memcpy', 'copyNs'],
          ['communication', 'communicationNs'],
        ] as const) {
          const own = work.filter(each => each.category === category)
          const inCopyCall = work.some(
            each =>
              each.category === 'memcpy' && each.startNs <= next.startNs && isSeen(each, gapNs) && inCall(each, at),
          )
          if (own.some(each => each.startNs <= at && at < endOf(each)) && !inCopyCall) told[field]++
        }
      }
      expect(hiddenFacts(index, lanes, window, new GapReasons(index, window))).toEqual(told)
    }),
    { numRuns: 1500 },
  )
})

type Called = Piece & { calledNs: number }
const inCall = ({ calledNs, callNs }: Called, at: number) => calledNs <= at && at < calledNs + callNs
/** Copies that were over when the gap began are forgotten. */
const isSeen = (each: Called, gapNs: number) => endOf(each) > gapNs
