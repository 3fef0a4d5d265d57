import fc from 'fast-check'
import { expect, test } from 'vitest'
import { traceFacts } from '../../../src-main/traces/facts.ts'
import { Timeline } from '../../helpers/timeline.ts'

interface Drawn {
  track: number
  startNs: number
  endNs: number
}

const drawn = fc
  .record({ track: fc.nat(1), startNs: fc.nat(40), lengthNs: fc.nat(12) })
  .map(({ track, startNs, lengthNs }): Drawn => ({ track, startNs, endNs: startNs + lengthNs }))

const covers = ({ startNs, endNs }: Drawn, at: number) => startNs <= at && at < endNs

test('waiting, data loading, copies and the course of a device are what counting each nanosecond gives', () => {
  const many = fc.array(drawn, { maxLength: 8 })
  fc.assert(
    fc.property(
      many,
      many,
      many,
      fc.array(drawn, { minLength: 1, maxLength: 8 }),
      (syncs, loading, kernels, copies) => {
        const line = new Timeline()
        const threads = [line.thread('1'), line.thread('2')]
        const streams = [line.stream(0, '7'), line.stream(0, '8')]
        for (const { track, startNs, endNs } of syncs) line.add(threads[track] ?? 0, 'sync', 'wait', startNs, endNs)
        for (const { track, startNs, endNs } of loading)
          line.add(threads[track] ?? 0, 'data-loading', 'load', startNs, endNs)
        for (const { track, startNs, endNs } of kernels) line.add(streams[track] ?? 0, 'kernel', 'k', startNs, endNs)
        for (const { track, startNs, endNs } of copies)
          line.add(streams[track] ?? 0, 'memcpy', 'Memcpy HtoD (Pageable -> Device)', startNs, endNs)
        const facts = traceFacts(line.index())
        const { startNs: fromNs, endNs: toNs } = facts.window
        const inside = Array.from({ length: toNs - fromNs }, (_, i) => fromNs + i)
        const busyAt = (at: number) => [...kernels, ...copies].some(work => covers(work, at))
        const waits = (at: number) => [0, 1].filter(t => syncs.some(s => s.track === t && covers(s, at))).length
        expect(facts.syncs.totalNs).toBe(inside.reduce((sum, at) => sum + waits(at), 0))
        expect(facts.syncs.idleNs).toBe(inside.reduce((sum, at) => sum + (busyAt(at) ? 0 : waits(at)), 0))
        expect(facts.dataLoading?.totalNs ?? 0).toBe(inside.filter(at => loading.some(l => covers(l, at))).length)
        expect(facts.copies.byDirection.HtoD?.totalNs ?? 0).toBe(
          inside.filter(at => copies.some(copy => covers(copy, at))).length,
        )
        const busy = facts.busyByTenth.map(share => (share * (toNs - fromNs)) / 10)
        const tenthOf = (at: number) => [
          (10 * (at - fromNs)) / (toNs - fromNs),
          (10 * (at + 1 - fromNs)) / (toNs - fromNs),
        ]
        for (const [tenth, ns] of busy.entries()) {
          const expected = inside.filter(busyAt).reduce((sum, at) => {
            const [from = 0, to = 0] = tenthOf(at)
            return sum + (Math.max(0, Math.min(to, tenth + 1) - Math.max(from, tenth)) * (toNs - fromNs)) / 10
          }, 0)
          expect(ns).toBeCloseTo(expected, 6)
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('work is starved that was launched when all earlier work was over', () => {
  const work = fc.record({ startNs: fc.nat(40), lengthNs: fc.integer({ min: 1, max: 10 }), delayNs: fc.nat(10) })
  fc.assert(
    fc.property(fc.uniqueArray(work, { minLength: 1, maxLength: 8, selector: ({ startNs }) => startNs }), drawnWork => {
      const line = new Timeline()
      const thread = line.thread()
      const stream = line.stream()
      for (const { startNs, lengthNs, delayNs } of drawnWork) {
        const call = line.add(thread, 'runtime', 'cudaLaunchKernel', startNs - delayNs, startNs - delayNs + 1)
        line.add(stream, 'kernel', 'k', startNs, startNs + lengthNs, { launchedBy: call })
      }
      const firstNs = Math.min(...drawnWork.map(({ startNs }) => startNs))
      const starved = drawnWork.filter(({ startNs, delayNs }) => {
        const earlier = drawnWork.filter(other => other.startNs < startNs)
        const calledNs = startNs - delayNs
        return calledNs >= firstNs && earlier.every(other => other.startNs + other.lengthNs <= calledNs)
      })
      expect(traceFacts(line.index()).launches.starvedShare).toBeCloseTo(starved.length / drawnWork.length, 9)
    }),
    { numRuns: 500 },
  )
})
