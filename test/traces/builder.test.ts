import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CATEGORY } from '../../src-main/domain/trace-category.ts'
import { CUT_OFF } from '../../src-main/domain/trace-feed.ts'
import { TraceBuilder } from '../../src-main/traces/builder.ts'
import { coarseOf, openCoarse } from '../../src-main/traces/coarse.ts'
import { sliceBeside } from '../../src-main/traces/query-slices.ts'
import { windowOf } from '../../src-main/traces/query-window.ts'
import { MemoryStorage } from '../helpers/memory-storage.ts'
import { anySlices, feed, indexOf } from './random-traces.ts'

const noTime = 'the time of the event is no time a trace can have'

function sectionsOf(storage: MemoryStorage): Record<string, Uint8Array> {
  return Object.fromEntries(
    storage.sections().map(section => {
      const bytes = new Uint8Array(storage.size(section))
      storage.read(section, 0, bytes)
      return [section, bytes]
    }),
  )
}

test('the index is the same to the byte, however little of it was kept in memory', () => {
  const more = (builder: TraceBuilder) => {
    for (let at = 0; at < 300; at++) builder.counter(1, (at * 37) % 300, at)
  }
  fc.assert(
    fc.property(anySlices(200, 300), fc.integer({ min: 1, max: 9 }), (slices, chunkRows) => {
      const told = slices.map((slice, at) => ({
        ...slice,
        ...(slice.category === CATEGORY.memcpy ? { bytes: at } : {}),
        ...(at % 3 === 0 ? { detail: `[${at % 5}]` } : {}),
      }))
      const [roomy, tight, evicted] = [new MemoryStorage(), new MemoryStorage(), new MemoryStorage()]
      indexOf(told, { storage: roomy, more })
      indexOf(told, { storage: tight, chunkRows, more })
      indexOf(told, { storage: evicted, bufferBytes: 100, more })
      expect(sectionsOf(tight)).toEqual(sectionsOf(roomy))
      expect(sectionsOf(evicted)).toEqual(sectionsOf(roomy))
    }),
    { numRuns: 20 },
  )
})

test('nothing temporary stays', () => {
  const storage = new MemoryStorage()
  indexOf([{ track: 0, startNs: 0, durationNs: 5, name: 'a', category: CATEGORY.op }], { storage })
  expect(storage.sections()).toEqual([
    'category',
    'detail',
    'duration',
    'leaf',
    'link',
    'manifest',
    'name',
    'name-offset',
    'name-text',
    'nodes',
    'source',
    'start',
  ])
})

test('times that are none are unread with their reason, what follows such a slice is not given to another', () => {
  const more = (builder: TraceBuilder) => {
    builder.slice(0, Number.NaN, 5, builder.name('a'), CATEGORY.memcpy, 0, 0, 0, 40)
    builder.bytes(1000)
    builder.slice(0, 5, Number.POSITIVE_INFINITY, builder.name('a'), CATEGORY.op, 0, 0, 0, 41)
    builder.slice(0, 1e300, 5, builder.name('a'), CATEGORY.op, 0, 0, 0, 42)
    builder.slice(0, -1e300, 5, builder.name('a'), CATEGORY.op, 0, 0, 0, 43)
    builder.unread('cut off', 'byte 7')
    builder.counter(0, Number.NaN, 5)
  }
  const { manifest } = indexOf([{ track: 0, startNs: 1, durationNs: 2, name: 'a', category: CATEGORY.memcpy }], {
    more,
  })
  expect(manifest.slices).toBe(1)
  expect(manifest.copies).toBe(0)
  expect(manifest.unread).toEqual([
    { reason: noTime, count: 4, firstAt: 'position 40' },
    { reason: 'cut off', count: 1, firstAt: 'byte 7' },
    { reason: 'a counter without a number', count: 1, firstAt: 'track track 0' },
  ])
})

test('a negative duration is taken as none, and said', () => {
  const { manifest, index } = indexOf([{ track: 0, startNs: 10, durationNs: -4, name: 'a', category: CATEGORY.op }])
  expect([index.at('start', 0), index.at('duration', 0)]).toEqual([10, 0])
  expect(manifest.notices).toEqual(['1 slices had a negative duration, taken as 0'])
})

test('a file that is cut off gives a partial index, other losses do not', () => {
  const whole = new TraceBuilder(new MemoryStorage())
  whole.unread('no number', 'byte 10')
  expect(whole.finish().partial).toBe(false)
  const cut = new TraceBuilder(new MemoryStorage())
  cut.unread(CUT_OFF, 'byte 10')
  expect(cut.finish().partial).toBe(true)
})

test('the span leaves out what the profiler itself costs', () => {
  const of = (startNs: number, durationNs: number, category: number) => ({
    track: 0,
    startNs,
    durationNs,
    name: 'a',
    category,
  })
  expect(
    indexOf([of(0, 5, CATEGORY.overhead), of(10, 5, CATEGORY.op), of(12, 100, CATEGORY.overhead)]).manifest,
  ).toMatchObject({
    startNs: 10,
    endNs: 15,
  })
  expect(indexOf([of(3, 5, CATEGORY.overhead)]).manifest).toMatchObject({ startNs: 3, endNs: 8 })
  expect(indexOf([]).manifest).toMatchObject({ startNs: 0, endNs: 0, slices: 0, lanes: [] })
})

test('launches are averaged by duration, blocks counted in kernel time, and bytes kept by slice', () => {
  const more = (builder: TraceBuilder) => {
    const name = builder.name('gemm')
    builder.slice(2, 100, 30, name, CATEGORY.kernel, 0, 0, 0, 1)
    builder.launch(10, 256, 40, 0, Number.NaN)
    builder.slice(2, 200, 10, name, CATEGORY.kernel, 0, 0, 0, 2)
    builder.launch(50, 128, 40, 1024, 0.5)
    builder.slice(2, 50, 10, builder.name('Memcpy HtoD'), CATEGORY.memcpy, 0, 0, 0, 3)
    builder.bytes(0)
    builder.slice(2, 400, 10, builder.name('Memcpy HtoD'), CATEGORY.memcpy, 0, 0, 0, 4)
    builder.slice(2, 500, 10, builder.name('Memcpy HtoD'), CATEGORY.memcpy, 0, 0, 0, 5)
    builder.bytes(4096)
    builder.slice(2, 600, 5, name, CATEGORY.kernel, 0, 0, 0, 6)
    builder.launch(5000, Number.NaN, Number.NaN, Number.NaN, Number.NaN)
  }
  const { manifest, index } = indexOf([], { more })
  expect(manifest.launchFacts).toEqual([
    {
      name: 1,
      blocks: (30 * 10 + 10 * 50 + 5 * 5000) / 45, // by hand
      threadsPerBlock: (30 * 256 + 10 * 128) / 40,
      registersPerThread: 40,
      sharedBytes: 256,
      occupancy: 0.5,
    },
  ])
  expect(index.manifest.launchFacts).toEqual(manifest.launchFacts)
  expect([manifest.kernelNsByBlocks[10], manifest.kernelNsByBlocks[50], manifest.kernelNsByBlocks.at(-1)]).toEqual([
    30, 10, 5,
  ])
  expect([0, 1, 2, 3, 4, 5].map(slice => index.bytesOf(slice))).toEqual([
    0,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    4096,
    Number.NaN,
  ])
  expect(manifest.copies).toBe(2)
})

test('samples of counters come in time order, equal times as they came', () => {
  const { index, manifest } = indexOf([], {
    more: builder => {
      for (const [atNs, value] of [
        [30, 1],
        [10, 2],
        [30, -3],
        [20, 4],
      ] as const)
        builder.counter(1, atNs, value)
    },
  })
  expect([...index.samplesOf(1)]).toEqual([10, 2, 20, 4, 30, 1, 30, -3])
  expect(index.samplesOf(0).length).toBe(0)
  expect(manifest.tracks[1]?.samples).toEqual({ first: 0, count: 4, min: -3, max: 4, firstGroup: 0 })
})

test('what a track is told later replaces what it was told before', () => {
  const { manifest } = indexOf([], {
    more: builder => {
      expect(builder.track('t1', { kind: 'thread', title: 'python 7', group: 'python (7)', threadId: '7' })).toBe(1)
      builder.origin({ tool: 'torch.profiler', facts: { cuda: 12 } })
      builder.origin({ facts: { driver: 13 }, rank: 3 })
      builder.device({ id: 0 })
      builder.device({ id: 0, name: 'B200' })
    },
  })
  expect(manifest.tracks[1]).toMatchObject({ title: 'python 7', group: 'python (7)', threadId: '7' })
  expect(manifest.origin).toEqual({ tool: 'torch.profiler', rank: 3, facts: { cuda: 12, driver: 13 } })
  expect(manifest.devices).toEqual([{ id: 0, name: 'B200' }])
})

test('a picture is there from the first slices on, and grows with time in both directions', () => {
  indexOf([], {
    more: builder => {
      expect(builder.preview().tracks).toEqual([])
      builder.slice(0, 1_000_000, 1000, builder.name('a'), CATEGORY.op, 0, 0, 0, 0)
      builder.slice(0, 0, 500_000, builder.name('a'), CATEGORY.op, 0, 0, 0, 0)
      builder.slice(2, 90_000_000, 10_000_000, builder.name('a'), CATEGORY.op, 0, 0, 0, 0)
      const { startNs, bucketNs, tracks } = builder.preview()
      expect(tracks.map(({ title, slices }) => [title, slices])).toEqual([
        ['track 0', 2],
        ['track 2', 1],
      ])
      const busyNs = tracks.map(({ busy }) => busy.reduce((sum, share) => sum + share * bucketNs, 0))
      expect(busyNs[0]).toBeCloseTo(501_000, -2)
      expect(busyNs[1]).toBeCloseTo(10_000_000, -3)
      const busyAt = (track: number, ns: number) => tracks[track]?.busy[Math.floor((ns - startNs) / bucketNs)] ?? 0
      expect(busyAt(0, 250_000)).toBeGreaterThan(0.9)
      expect(busyAt(0, 50_000_000)).toBe(0)
      expect(busyAt(1, 95_000_000)).toBeCloseTo(1, 3)
      expect(busyAt(1, 50_000_000)).toBe(0)
    },
  })
})

test('finishing in steps says how far it is, and gives what finishing at once gives', () => {
  const told = [0, 1, 2].map(track => ({ track, startNs: track, durationNs: 9, name: 'a', category: CATEGORY.op }))
  const builder = new TraceBuilder(new MemoryStorage())
  feed(builder, told)
  const shares: number[] = []
  const finishing = builder.finishing({ partial: true })
  let step = finishing.next()
  for (; step.done !== true; step = finishing.next()) shares.push(step.value)
  expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  expect(shares.length).toBeGreaterThan(6)
  expect(shares.every(share => share >= 0 && share <= 1)).toBe(true)
  expect(step.value).toEqual({ ...indexOf(told).manifest, partial: true })
  expect(() => builder.finish()).toThrow('twice')
})

test('numbers that are none do not make an index that cannot be opened', () => {
  const { index } = indexOf([], {
    more: builder => {
      builder.origin({ rank: Number.NaN, facts: { clock: Number.POSITIVE_INFINITY, cuda: 12 } })
      builder.device({ id: 1, memoryBytes: Number.NaN })
      builder.device({ id: Number.NaN, name: 'ghost' })
      builder.track('odd', { kind: 'stream', title: 'odd', group: 'GPU', device: Number.NaN })
    },
  })
  expect(index.manifest.origin).toEqual({ tool: 'unknown', facts: { cuda: 12 } })
  expect(index.manifest.devices).toEqual([{ id: 1 }])
  expect(index.manifest.unread).toEqual([{ reason: 'a device without a number', count: 1, firstAt: 'ghost' }])
  expect(index.manifest.tracks.at(-1)).toMatchObject({ title: 'odd' })
})

test('whatever an earlier index left, finished or broken off at any step, the next one is as if it were the first', () => {
  const told = Array.from({ length: 40 }, (_, at) => ({
    track: at % 3,
    startNs: at * 3,
    durationNs: 7,
    name: `n${at % 4}`,
    category: at % 3 === 2 ? CATEGORY.kernel : CATEGORY.runtime,
    correlation: Math.floor(at / 3) + 1,
    operator: 3,
    detail: '[1]',
    bytes: 5,
  }))
  const more = (builder: TraceBuilder) => {
    for (let at = 0; at < 20_000; at++) builder.counter(1, at, at)
  }
  const fresh = new MemoryStorage()
  indexOf(told, { storage: fresh, more })
  for (let steps = 0; steps < 12; steps++) {
    const storage = new MemoryStorage()
    const earlier = new TraceBuilder(storage, { chunkRows: 4 })
    feed(earlier, told)
    more(earlier)
    const finishing = earlier.finishing()
    for (let step = 0; step < steps; step++) finishing.next()
    indexOf(told, { storage, more })
    expect(sectionsOf(storage)).toEqual(sectionsOf(fresh))
  }
})

test('whatever numbers a reader tells, every slice is in the index or counted as unread, and all can be asked', () => {
  const any = fc.oneof(
    fc.double(),
    fc.integer({ min: -5, max: 50 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 53, 2 ** 32, -(2 ** 31), 1e308),
  )
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.array(any, { minLength: 16, maxLength: 16 }))),
      told => {
        const { index, manifest } = indexOf([], {
          more: builder => {
            for (const [
              track,
              [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0, j = 0, ...rest],
            ] of told) {
              builder.slice(track, a, b, c, d, e, f, g, h)
              builder.bytes(i)
              const [k = 0, l = 0, m = 0, n = 0] = rest
              builder.launch(j, k, l, m, n)
              builder.counter(track, a, b)
              builder.flow('fwdbwd', String(c), 'start', track, a)
              builder.flow('fwdbwd', String(c), 'end', track, b)
            }
          },
        })
        const unread = manifest.unread
          .filter(({ reason }) => reason === noTime)
          .reduce((sum, { count }) => sum + count, 0)
        expect(manifest.slices + unread).toBe(told.length)
        // The profiler's own cost lies outside the span.
        const startNs = Math.min(0, ...index.lanes.map(lane => lane.startNs))
        const endNs = Math.max(0, ...index.lanes.map(lane => lane.endNs))
        const lanes = Array.from({ length: index.lanes.length + 3 }, (_, lane) => lane)
        const rows = windowOf(index, { startNs: startNs - 1, endNs: endNs + 1, widthPx: 100, lanes })
        const slices = rows.count.reduce(
          (sum, count, row) => sum + ((rows.lane[row] ?? 0) < index.lanes.length ? count : 0),
          0,
        )
        expect(slices).toBe(manifest.slices)
        const coarse = openCoarse(coarseOf(index))
        windowOf(coarse, { startNs, endNs: endNs + 1, widthPx: 50, lanes })
        for (let slice = 0; slice < manifest.slices; slice++) {
          index.launchedBy(slice)
          index.bytesOf(slice)
          expect(index.at('link', slice)).toBeLessThanOrEqual(manifest.slices)
          sliceBeside(index, slice, 'next', true)
        }
      },
    ),
    { numRuns: 60 },
  )
})
