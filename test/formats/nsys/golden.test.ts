import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nsysCopyLabel } from '#domain/copy-kind.ts'
import { readDatabase } from '../../helpers/nsys/read.ts'
import { expectNsysStats, NSYS_DATABASES, nsysStats, statsBy } from '../../helpers/nsys/stats-csv.ts'
import type { RecordedSlice, RecordingSink } from '../../helpers/recording-sink.ts'

const byDuration = (slice: RecordedSlice) => slice.durationNs
const byName = (slice: RecordedSlice) => slice.name
const label = (slice: RecordedSlice) => nsysCopyLabel(slice.name) ?? `no label for ${slice.name}`

/** Figures of `nsys stats` 2023.4.4, recorded, for each database: an independent reading of the same file. */
describe.each(NSYS_DATABASES.map(path => [basename(path, '.sqlite'), path] as const))('%s', (_, path) => {
  const expectReport = (
    report: string,
    slices: (sink: RecordingSink) => RecordedSlice[],
    nameOf: (slice: RecordedSlice) => string,
    nameColumn: string,
    countColumn: string,
  ) => {
    const expected = nsysStats(path, report)
    test.skipIf(expected === undefined)(`${report} follows from what the reader tells`, async () => {
      const sink = await readDatabase(path)
      expectNsysStats(statsBy(slices(sink), nameOf, byDuration), expected ?? [], nameColumn, countColumn)
      expect(sink.unreadPlaces).toEqual([])
    })
  }
  const work = (sink: RecordingSink) => sink.of('kernel', 'communication')
  const copies = (sink: RecordingSink) => sink.of('memcpy', 'memset')
  expectReport('cuda_gpu_kern_sum', work, byName, 'Name', 'Instances')
  expectReport('cuda_api_sum', sink => sink.of('runtime', 'sync'), byName, 'Name', 'Num Calls')
  expectReport('cuda_gpu_mem_time_sum', copies, label, 'Operation', 'Count')
  expectReport(
    'cuda_gpu_sum',
    sink => [...work(sink), ...copies(sink)],
    slice => nsysCopyLabel(slice.name) ?? slice.name,
    'Operation',
    'Instances',
  )
  expectReport('osrt_sum', sink => sink.of('osrt'), byName, 'Name', 'Num Calls')
  expectReport('nvtx_sum', sink => sink.of('nvtx'), byName, 'Range', 'Instances')
  expectReport(
    'nvtx_pushpop_sum',
    sink => sink.of('nvtx').filter(slice => sink.trackOf(slice).kind === 'nvtx'),
    byName,
    'Range',
    'Instances',
  )

  const sizes = nsysStats(path, 'cuda_gpu_mem_size_sum')
  test.skipIf(sizes === undefined)('cuda_gpu_mem_size_sum: bytes moved by direction', async () => {
    const sink = await readDatabase(path)
    const ours = new Map(statsBy(copies(sink), label, slice => slice.bytes ?? Number.NaN).map(row => [row.name, row]))
    expect([...ours.keys()].toSorted()).toEqual(sizes?.map(row => row.Operation).toSorted())
    for (const row of sizes ?? []) {
      const mine = ours.get(row.Operation ?? '')
      expect(mine?.count).toBe(Number(row.Count))
      expect((mine?.totalNs ?? 0) / 1e6).toBeCloseTo(Number(row['Total (MB)']), 3)
      expect((mine?.avgNs ?? 0) / 1e6).toBeCloseTo(Number(row['Avg (MB)']), 3)
      expect((mine?.medianNs ?? 0) / 1e6).toBeCloseTo(Number(row['Med (MB)']), 3)
      expect((mine?.maxNs ?? 0) / 1e6).toBeCloseTo(Number(row['Max (MB)']), 3)
    }
  })

  const trace = nsysStats(path, 'cuda_gpu_trace')
  test.skipIf(trace === undefined)('cuda_gpu_trace: every piece of work with its place, launch and size', async () => {
    const sink = await readDatabase(path)
    const nameOfGpu = new Map(sink.devices.map(device => [device.id, device.name]))
    const rows = sink.of('kernel', 'communication', 'memcpy', 'memset').map(slice => {
      const { device = -1, stream = '' } = sink.trackOf(slice)
      return {
        start: slice.startNs,
        duration: slice.durationNs,
        correlation: slice.correlation === 0 ? '' : String(slice.correlation),
        device: `${nameOfGpu.get(device)} (${device})`,
        stream,
        blocks: slice.launch?.blocks,
        threads: slice.launch?.threadsPerBlock,
        registers: slice.launch?.registersPerThread,
        megabytes: slice.bytes === undefined ? '' : (slice.bytes / 1e6).toFixed(3),
        name: nsysCopyLabel(slice.name) ?? slice.name,
      }
    })
    const product = (...cells: (string | undefined)[]) =>
      cells[0] === '' ? undefined : cells.reduce((all, cell) => all * Number(cell), 1)
    const expected = trace?.map(row => ({
      start: Number(row['Start (ns)']),
      duration: Number(row['Duration (ns)']),
      correlation: row.CorrId === '0' ? '' : row.CorrId,
      device: row.Device,
      stream: row.Strm,
      blocks: product(row.GrdX, row.GrdY, row.GrdZ),
      threads: product(row.BlkX, row.BlkY, row.BlkZ),
      registers: row['Reg/Trd'] === '' ? undefined : Number(row['Reg/Trd']),
      megabytes: row['Bytes (MB)'],
      name: row.Name,
    }))
    const order = (a: { start: number }, b: { start: number }) => a.start - b.start
    expect(rows.toSorted(order)).toEqual(expected?.toSorted(order))
  })

  const launches = nsysStats(path, 'cuda_kern_exec_sum')
  test.skipIf(launches === undefined)('cuda_kern_exec_sum: each kernel finds the call that launched it', async () => {
    const sink = await readDatabase(path)
    const key = (slice: RecordedSlice) => `${sink.trackOf(slice).linkScope}/${slice.correlation}`
    const calls = new Map(sink.of('runtime', 'sync').map(call => [key(call), call]))
    const pairs = work(sink).flatMap(kernel => {
      const call = calls.get(key(kernel))
      return call === undefined ? [] : [{ kernel, call, pair: `${call.name} | ${kernel.name}` }]
    })
    const means = (value: (pair: (typeof pairs)[number]) => number | undefined) => {
      const told = pairs.flatMap(pair => {
        const ns = value(pair)
        return ns === undefined ? [] : [{ name: pair.pair, ns }]
      })
      return new Map(
        statsBy(
          told,
          item => item.name,
          item => item.ns,
        ).map(row => [row.name, row]),
      )
    }
    const end = (slice: RecordedSlice) => slice.startNs + slice.durationNs
    const total = means(({ kernel, call }) => Math.max(end(call), end(kernel)) - call.startNs)
    const api = means(({ call }) => call.durationNs)
    const queue = means(({ kernel, call }) => (kernel.startNs >= end(call) ? kernel.startNs - end(call) : undefined))
    for (const row of launches ?? []) {
      const name = `${row['API Name']} | ${row['Kernel Name']}`
      expect(total.get(name)?.count).toBe(Number(row.Count))
      expect(queue.get(name)?.count ?? 0).toBe(Number(row.QCount))
      expect(total.get(name)?.avgNs).toBeCloseTo(Number(row['TAvg (ns)']), 0)
      expect(api.get(name)?.avgNs).toBeCloseTo(Number(row['AAvg (ns)']), 0)
      if (row.QCount !== '0') expect(queue.get(name)?.avgNs).toBeCloseTo(Number(row['QAvg (ns)']), 0)
    }
    expect(total.size).toBe(launches?.length)
  })
})
