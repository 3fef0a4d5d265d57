import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TraceSummary } from '#domain/trace.ts'
import type { TraceOverview } from '#domain/trace-overview.ts'
import { BusyTime, unionNs } from '../../../src-main/formats/nsys/busy-time.ts'
import { nsysOverview } from '../../../src-main/formats/nsys/overview.ts'
import { figuresOf } from '../../../src-main/traces/figures.ts'
import { tablesOf } from '../../../src-main/traces/tables.ts'
import { wholeWindow } from '../../../src-main/traces/windows.ts'
import { openTables } from '../../../src-main/workers/table-source.ts'
import { buildTrace } from '../../helpers/build-trace.ts'
import { writeLargeDatabase } from '../../helpers/nsys/large-database.ts'
import { globalPid, madeDatabase, strings } from '../../helpers/nsys/made.ts'
import { NSYS_DATABASES } from '../../helpers/nsys/stats-csv.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

async function overviewOf(path: string, pageByPage = true): Promise<TraceOverview> {
  const tables = openTables(path, { pageByPage })
  try {
    return await nsysOverview(tables)
  } finally {
    tables.close()
  }
}

/** The same figures from the whole: read, indexed, walked over slice by slice. */
async function fromTheWhole(path: string): Promise<TraceOverview> {
  const index = await buildTrace(path)
  const { kernels } = tablesOf(index)
  return {
    devices: figuresOf(index, wholeWindow(index)).devices.filter(didAnything).map(withoutHost),
    kernels: kernels.map(({ name, count, totalNs, avgNs, minNs, maxNs, communication }) => ({
      name,
      count,
      totalNs,
      avgNs,
      minNs,
      maxNs,
      ...(communication && { communication }),
    })),
    kernelNames: kernels.length,
  }
}

type Device = TraceSummary['devices'][number]
const didAnything = ({ kernels, copies, fills, graphs }: Device) => kernels + copies + fills + graphs > 0
const withoutHost = ({ idleNs: _, idle: _why, withoutLaunch: _launch, ...device }: Device) => device

describe('what is told early is what the whole tells', () => {
  test.each(NSYS_DATABASES.map(path => [basename(path, '.sqlite'), path] as const))('%s', async (_, path) => {
    expect(await overviewOf(path)).toEqual(await fromTheWhole(path))
  })

  test('of 50,000 kernels, page by page and through SQLite, as they were written', async () => {
    const path = `${tempFolder()}/large.sqlite`
    const truth = writeLargeDatabase(path, 50_000)
    const overview = await overviewOf(path)
    expect(overview.devices).toMatchObject([
      { id: 0, name: 'Generated GPU', busyNs: truth.busyNs, sumNs: truth.totalNs, kernels: 50_000 },
    ])
    expect(overview.kernels.reduce((sum, { totalNs }) => sum + totalNs, 0)).toBe(truth.totalNs)
    expect(overview.kernelNames).toBe(truth.byName.length)
    expect(await overviewOf(path, false)).toEqual(overview)
    expect(await fromTheWhole(path)).toEqual(overview)
  })

  const work = fc.record({
    start: fc.integer({ min: -50, max: 300 }),
    length: fc.integer({ min: -3, max: 60 }),
    device: fc.constantFrom(0, 0, 0, 1, 3, -1),
    stream: fc.integer({ min: 7, max: 9 }),
    kind: fc.constantFrom('kernel', 'kernel', 'kernel', 'memcpy', 'memset', 'graph'),
    name: fc.integer({ min: 1, max: 6 }),
  })
  test('whatever ran when and where, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(work, { maxLength: 40 }), async pieces => {
        const path = databaseOf(pieces)
        expect(await overviewOf(path)).toEqual(await fromTheWhole(path))
      }),
      { numRuns: 25 },
    )
  }, 60_000)

  test('a database with damaged pages: what can be read of it', async () => {
    const path = `${tempFolder()}/damaged.sqlite`
    writeLargeDatabase(path, 5000)
    const whole = await overviewOf(path)
    const bytes = readFileSync(path)
    for (let page = 12; page < bytes.length / 4096; page += 9) bytes.fill(0xff, page * 4096, page * 4096 + 4096)
    writeFileSync(path, bytes)
    const damaged = await overviewOf(path)
    expect(damaged).toEqual(await fromTheWhole(path))
    const kernels = damaged.devices[0]?.kernels ?? 0
    expect(kernels).toBeGreaterThan(0)
    expect(kernels).toBeLessThan(whole.devices[0]?.kernels ?? 0)
  })
})

test('ids of devices that are none are not kept without end', async () => {
  const path = databaseOf(
    [{ start: 0, length: 1, device: 0, stream: 7, kind: 'kernel', name: 1 }],
    [
      ...Array.from(
        { length: 9 },
        () => 'INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL SELECT * FROM CUPTI_ACTIVITY_KIND_KERNEL',
      ),
      'UPDATE CUPTI_ACTIVITY_KIND_KERNEL SET deviceId = _rowid_',
    ],
  )
  await expect(overviewOf(path)).rejects.toMatchObject({ code: 'FORMAT_BROKEN' })
})

test('busy time is what a clock with a mark for each ns says', () => {
  const interval = fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 12 }))
  const lists = fc.array(fc.array(interval, { maxLength: 30 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(lists, given => {
      const marks = new Uint8Array(120)
      const times = given.map(intervals => {
        const own = new Uint8Array(120)
        const time = new BusyTime()
        for (const [start, length] of intervals) {
          time.add(start, start + length)
          own.fill(1, start, start + length)
          marks.fill(1, start, start + length)
        }
        const finished = time.finish()
        expect(finished.ns).toBe(own.reduce((sum, mark) => sum + mark, 0))
        return finished
      })
      expect(unionNs(times)).toBe(marks.reduce((sum, mark) => sum + mark, 0))
    }),
    { numRuns: 500 },
  )
})

interface Piece {
  start: number
  length: number
  device: number
  stream: number
  kind: string
  name: number
}

/** Ids 4 and 5 have one text, 6 has none. */
const NAMES = strings('gemm', 'ncclDevKernel_AllReduce_Sum', 'relu', 'softmax', 'softmax')

function databaseOf(pieces: readonly Piece[], statements: readonly string[] = []): string {
  const rowsOf = (kind: string) =>
    pieces
      .filter(piece => piece.kind === kind)
      .map(({ start, length, device, stream }) => ({
        start,
        end: start + length,
        deviceId: device,
        streamId: stream,
        globalPid: globalPid(42),
      }))
  const names = pieces.filter(({ kind }) => kind === 'kernel').map(({ name }) => ({ demangledName: name }))
  return madeDatabase(
    {
      StringIds: NAMES,
      TARGET_INFO_GPU: [{ vmId: 1, id: 0, name: 'First GPU', cuDevice: 0 }],
      CUPTI_ACTIVITY_KIND_KERNEL: rowsOf('kernel').map((row, i) => ({ ...row, ...names[i] })),
      CUPTI_ACTIVITY_KIND_MEMCPY: rowsOf('memcpy'),
      CUPTI_ACTIVITY_KIND_MEMSET: rowsOf('memset'),
      CUPTI_ACTIVITY_KIND_GRAPH_TRACE: rowsOf('graph'),
    },
    ...statements,
  )
}
