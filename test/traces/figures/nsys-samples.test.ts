import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nsysCopyLabel } from '../../../src-main/domain/copy-kind.ts'
import type { CopyRow } from '../../../src-main/domain/trace.ts'
import type { TraceFacts } from '../../../src-main/domain/trace-facts.ts'
import { traceFacts } from '../../../src-main/traces/facts.ts'
import { tablesOf } from '../../../src-main/traces/tables.ts'
import { buildTrace } from '../../helpers/build-trace.ts'
import { expectNsysStats, NSYS_DATABASES, nsysStats } from '../../helpers/nsys/stats-csv.ts'

const MEGABYTE = 1e6

describe.skipIf(NSYS_DATABASES.length === 0)('tables of recorded databases are those of nsys stats 2023.4.4', () => {
  test.each(NSYS_DATABASES.map(path => [basename(path), path]))('%s', async (_, path) => {
    const index = await buildTrace(path)
    const tables = tablesOf(index)
    const none: Record<string, string>[] = []
    expectNsysStats(tables.kernels, nsysStats(path, 'cuda_gpu_kern_sum') ?? none, 'Name', 'Instances')
    expectNsysStats(tables.apiCalls, nsysStats(path, 'cuda_api_sum') ?? none, 'Name', 'Num Calls')
    expectNsysStats(tables.osCalls, nsysStats(path, 'osrt_sum') ?? none, 'Name', 'Num Calls')
    const ranges = nsysStats(path, 'nvtx_sum')
    if (ranges)
      expectNsysStats(
        tables.ranges.filter(({ style }) => style === 'push-pop' || style === 'start-end'),
        ranges,
        'Range',
        'Instances',
      )
    const pushPop = nsysStats(path, 'nvtx_pushpop_sum')
    if (pushPop)
      expectNsysStats(
        tables.ranges.filter(({ style }) => style === 'push-pop'),
        pushPop,
        'Range',
        'Instances',
      )
    const times = nsysStats(path, 'cuda_gpu_mem_time_sum')
    if (times) expectTotals(tables.copies, times, row => row.totalNs, 'Total Time (ns)', 1)
    const sizes = nsysStats(path, 'cuda_gpu_mem_size_sum')
    if (sizes) expectTotals(tables.copies, sizes, row => (row.totalBytes ?? 0) / MEGABYTE, 'Total (MB)', 0.0006)
    const launches = nsysStats(path, 'cuda_kern_exec_sum')
    if (launches) expectLaunches(traceFacts(index).launches, launches)
  })
})

/** Calls that launched kernels, and how long the kernels then waited: nsys has a row for each kernel and call name. */
function expectLaunches({ count, call, delay }: TraceFacts['launches'], nsys: readonly Record<string, string>[]): void {
  const total = (countColumn: string, column: string) =>
    nsys.reduce((sum, row) => sum + Number(row[countColumn]) * Number(row[column] || 0), 0)
  expect(count).toBe(nsys.reduce((sum, row) => sum + Number(row.Count), 0))
  // Averages have one decimal: each may be off by half of it.
  expect(Math.abs((call?.totalNs ?? 0) - total('Count', 'AAvg (ns)'))).toBeLessThanOrEqual(count * 0.051)
  expect(Math.abs((delay?.totalNs ?? 0) - total('QCount', 'QAvg (ns)'))).toBeLessThanOrEqual(count * 0.051)
}

/** nsys lists copies by direction alone, ours are apart by kind of memory too. */
function expectTotals(
  copies: readonly CopyRow[],
  nsys: readonly Record<string, string>[],
  of: (row: CopyRow) => number,
  column: string,
  tolerance: number,
): void {
  const byLabel = Map.groupBy(copies, ({ name }) => nsysCopyLabel(name) ?? name)
  expect([...byLabel.keys()].toSorted()).toEqual(nsys.map(row => row.Operation ?? '').toSorted())
  for (const row of nsys) {
    const ours = byLabel.get(row.Operation ?? '') ?? []
    expect(ours.reduce((sum, { count }) => sum + count, 0)).toBe(Number(row.Count))
    const total = ours.reduce((sum, copy) => sum + of(copy), 0)
    expect(Math.abs(total - Number(row[column])), row.Operation).toBeLessThanOrEqual(tolerance)
  }
}
