import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SliceCategory } from '../../../src-main/domain/trace-category.ts'
import { cpuFigures } from '../../../src-main/traces/cpu-figures.ts'
import { deviceFigures } from '../../../src-main/traces/device-figures.ts'
import { GapReasons } from '../../../src-main/traces/gaps.ts'
import { deviceLanesOf } from '../../../src-main/traces/threads.ts'
import { Timeline } from '../../helpers/timeline.ts'

const WORK: SliceCategory[] = ['kernel', 'communication', 'memcpy', 'memset', 'graph']
const HOST: SliceCategory[] = ['op', 'annotation', 'python', 'runtime', 'sync', 'data-loading', 'overhead']

const slice = (categories: SliceCategory[]) =>
  fc.record({
    track: fc.nat(2),
    category: fc.constantFrom(...categories),
    startNs: fc.nat(40),
    lengthNs: fc.oneof(fc.nat(3), fc.nat(15)),
    launcher: fc.nat(30),
  })
const stretch = fc
  .tuple(fc.nat(45), fc.nat(45))
  .map(([a, b]) => ({ startNs: Math.min(a, b), endNs: Math.max(a, b) + 1 }))

interface Drawn {
  track: number
  category: SliceCategory
  startNs: number
  lengthNs: number
  launcher: number
}

function draw(host: Drawn[], work: Drawn[]): Timeline {
  const line = new Timeline()
  const threads = [line.thread('1'), line.thread('1'), line.thread('2')]
  const streams = [line.stream(0, '7'), line.stream(0, '8'), line.stream(0, '9')]
  const calls = host.map(({ track, category, startNs, lengthNs }) =>
    line.add(threads[track] ?? 0, category, category, startNs, startNs + lengthNs),
  )
  for (const { track, category, startNs, lengthNs, launcher } of work) {
    const call = calls[launcher]
    line.add(streams[track] ?? 3, category, category, startNs, startNs + lengthNs, call && { launchedBy: call })
  }
  return line
}

/** Ns by ns: what a reader with a pencil would do. */
function everyNs({ startNs, endNs }: { startNs: number; endNs: number }): number[] {
  return Array.from({ length: endNs - startNs }, (_, i) => startNs + i)
}

test('busy, idle, kinds and exposed time of a device are what counting each nanosecond gives', () => {
  fc.assert(
    fc.property(
      fc.array(slice(HOST), { maxLength: 12 }),
      fc.array(slice(WORK), { maxLength: 14 }),
      stretch,
      (host, work, window) => {
        const line = draw(host, work)
        const index = line.index()
        const lanes = deviceLanesOf(index).get(0) ?? []
        const row = deviceFigures(index, 0, lanes, window, new GapReasons(index, window))
        const running = (at: number) => work.filter(w => w.startNs <= at && at < w.startNs + w.lengthNs)
        const countNs = (holds: (at: number) => boolean) => everyNs(window).filter(holds).length
        const only = (category: SliceCategory) =>
          countNs(at => running(at).length > 0 && running(at).every(w => w.category === category))
        const touches = work.filter(
          w =>
            w.startNs < window.endNs &&
            (w.startNs + w.lengthNs > window.startNs || (w.lengthNs === 0 && w.startNs >= window.startNs)),
        )
        expect(row.busyNs).toBe(countNs(at => running(at).length > 0))
        expect(row.idleNs).toBe(countNs(at => running(at).length === 0))
        const union = (category: SliceCategory) => countNs(at => running(at).some(w => w.category === category))
        expect([row.kernelNs, row.communicationNs, row.memcpyNs, row.memsetNs, row.graphNs]).toEqual(WORK.map(union))
        expect(row.exposedCommunicationNs ?? 0).toBe(only('communication'))
        expect(row.exposedCopyNs ?? 0).toBe(only('memcpy'))
        expect(row.sumNs).toBe(everyNs(window).reduce((sum, at) => sum + running(at).length, 0))
        const count = (...of: SliceCategory[]) => touches.filter(w => of.includes(w.category)).length
        expect([row.kernels, row.copies, row.fills, row.graphs]).toEqual([
          count('kernel', 'communication'),
          count('memcpy'),
          count('memset'),
          count('graph'),
        ])
        expect(row.withoutLaunch).toBe(touches.filter(w => host[w.launcher] === undefined).length)
        const { hostNs, syncNs, dataLoadingNs, queueNs, unknownNs } = row.idle ?? expect.fail('no reasons')
        expect(hostNs + syncNs + dataLoadingNs + queueNs + unknownNs).toBe(row.idleNs)
      },
    ),
    { numRuns: 500 },
  )
})

test('why a device was idle is what judging each nanosecond gives', () => {
  fc.assert(
    fc.property(
      fc.array(slice(HOST), { maxLength: 10 }),
      fc.array(slice(WORK), { maxLength: 6 }),
      stretch,
      (host, work, window) => {
        // One start per piece of work: which of several is "the next" would be anyone's choice.
        const starts = new Set<number>()
        const alone = work.filter(w => !starts.has(w.startNs) && starts.add(w.startNs))
        const line = draw(host, alone)
        const index = line.index()
        const row = deviceFigures(index, 0, deviceLanesOf(index).get(0) ?? [], window, new GapReasons(index, window))
        const told = { host: 0, sync: 0, dataLoading: 0, queue: 0, unknown: 0 }
        const endOf = (d: Drawn) => d.startNs + d.lengthNs
        const threadOf = (d: Drawn) => (d.track === 2 ? '2' : '1')
        const busyAt = (at: number) => alone.some(w => w.startNs <= at && at < endOf(w))
        for (const at of everyNs(window)) {
          if (busyAt(at)) continue
          const next = alone.filter(w => w.startNs > at).toSorted((a, b) => a.startNs - b.startNs)[0]
          const call = next && host[next.launcher]
          if (!next || !call) {
            told.unknown++
            continue
          }
          // Where the gap began, be it before the window; never, where no work came before.
          let gapNs = at
          while (gapNs >= 0 && !busyAt(gapNs - 1) && !alone.some(w => w.startNs === gapNs)) gapNs--
          const copies = next.category === 'memcpy' || next.category === 'memset'
          if ((copies ? call.startNs : endOf(call)) <= gapNs) {
            told.queue++
            continue
          }
          const inside = (category: SliceCategory) =>
            host.some(
              h => h.category === category && threadOf(h) === threadOf(call) && h.startNs <= at && at < endOf(h),
            )
          // A copy that ended as the gap began, called by the same thread, whose call still runs.
          const ended = alone.filter(w => endOf(w) === gapNs && w.startNs <= gapNs)
          const before = ended.toSorted((a, b) => b.startNs - a.startNs)[0]
          const copyCall = before?.category === 'memcpy' ? host[before.launcher] : undefined
          const blocked = copyCall !== undefined && threadOf(copyCall) === threadOf(call) && at < endOf(copyCall)
          if (at >= endOf(call) && at >= call.startNs) told.queue++
          else if (at >= call.startNs) told.host++
          else if (blocked || inside('sync')) told.sync++
          else if (inside('data-loading')) told.dataLoading++
          else told.host++
        }
        expect(row.idle).toEqual({
          hostNs: told.host,
          syncNs: told.sync,
          dataLoadingNs: told.dataLoading,
          queueNs: told.queue,
          unknownNs: told.unknown,
        })
      },
    ),
    { numRuns: 1500 },
  )
})

test('each nanosecond of a thread counts once, for what began last', () => {
  const FIELD = {
    op: 'opNs',
    annotation: 'annotationNs',
    python: 'pythonNs',
    runtime: 'runtimeNs',
    sync: 'syncNs',
    'data-loading': 'dataLoadingNs',
    overhead: 'overheadNs',
  } as const
  fc.assert(
    fc.property(fc.array(slice(HOST), { maxLength: 16 }), stretch, (drawn, window) => {
      // Distinct starts: of two that begin together, the shorter is inside the longer, which the pencil need not know.
      const starts = new Set<number>()
      const host = drawn.filter(h => !starts.has(h.startNs) && starts.add(h.startNs))
      const cpu = cpuFigures(draw(host, []).index(), window)
      const told: Record<string, number> = {}
      for (const thread of [[0, 1], [2]])
        for (const at of everyNs(window)) {
          const open = host.filter(h => thread.includes(h.track) && h.startNs <= at && at < h.startNs + h.lengthNs)
          const top = open.toSorted((a, b) => b.startNs - a.startNs)[0]
          const field = top && FIELD[top.category as keyof typeof FIELD]
          if (field) told[field] = (told[field] ?? 0) + 1
        }
      expect(Object.fromEntries(Object.entries(cpu).filter(([, ns]) => ns > 0))).toEqual(told)
    }),
    { numRuns: 500 },
  )
})
