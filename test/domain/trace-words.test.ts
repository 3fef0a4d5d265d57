import { expect, test } from 'vitest'
import { groupsOfFiles, rankOfName, rankText } from '#domain/trace-ranks.ts'
import { formatNs, traceOverview, traceTables } from '#domain/trace-text.ts'
import { aTraceSummary } from '../helpers/kept-trace.ts'
import { deviceRow, NO_CPU } from '../helpers/trace-facts.ts'

test('a rank is read from names as people give them, and from nothing else', () => {
  const names = ['/t/rank3.json', 'C:\\t\\trace_rank-07.json.gz', 'x.RANK_12.pt.trace.json', 'rank0-of-8.json']
  expect(names.map(rankOfName)).toEqual([3, 7, 12, 0])
  const others = ['frank3.json', 'rank.json', 'rank1234567.json', '/rank3/trace.json', 'host_123.1700000.pt.trace.json']
  expect(others.map(rankOfName)).toEqual([undefined, undefined, undefined, undefined, undefined])
  expect([rankText({}), rankText({ rank: 0 }), rankText({ rank: 1, worldSize: 8 })]).toEqual([
    undefined,
    'rank 0',
    'rank 1 of 8',
  ])
})

test('files of one job share a word; others share that they came together', () => {
  expect(groupsOfFiles(['/t/a.json'])).toEqual([undefined])
  const mixed = ['/t/a_rank0.json', '/t/a_rank1.json', '/t/b_rank0.json', '/t/c.json']
  expect(groupsOfFiles(mixed)).toEqual([
    'a_rank*.json',
    'a_rank*.json',
    'a_rank0.json and 3 more',
    'a_rank0.json and 3 more',
  ])
})

test('times have the unit in which they are read', () => {
  expect([0, 812, 4200, 99_000, 123_456, 5e8, 1.234e9, Number.NaN, undefined].map(formatNs)).toEqual([
    '0 ns',
    '812 ns',
    '4.20 µs',
    '99.0 µs',
    '0.123 ms',
    '500 ms',
    '1.23 s',
    '–',
    '–',
  ])
})

test('the overview says what was read and where the time went; what is 0 is not listed', () => {
  const idle = { hostNs: 3e8, syncNs: 0, dataLoadingNs: 2e8, queueNs: 0, unknownNs: 0 }
  const device = deviceRow(1e9, 5e8, { name: 'A100', kernelNs: 4e8, memcpyNs: 1e8, idle })
  const trace = aTraceSummary({ partial: true, devices: [device], cpu: { ...NO_CPU, opNs: 3e8, syncNs: 6e8 } })
  expect(traceOverview(trace)).toEqual([
    'torch.profiler 2.7.0: 1.00 s, 8 slices of 10 events, 1 not read, partial',
    'GPU 0 (A100): busy 50.0 % of 1.00 s: kernels 400 ms, copies 100 ms; idle 500 ms (host late 300 ms, data loading 200 ms)',
    'CPU self time: waiting calls 600 ms, operators 300 ms',
  ])
})

test('tables without rows are left out, long ones say how much is missing', () => {
  const [kernel] = aTraceSummary().kernels
  const kernels = kernel === undefined ? [] : [kernel, { ...kernel, name: 'b', totalNs: 15e8 }, kernel]
  const tables = traceTables(aTraceSummary({ kernels }), 2)
  expect(tables.map(({ title, rows, more }) => [title, rows.length, more])).toEqual([
    ['Kernels', 2, 1],
    ['Operators', 1, 0],
  ])
  expect(tables[0]?.rows[1]).toEqual(['b', '2', '1.50 s', '60.0 %', '250 ms', '250 ms', '100 ms', '400 ms'])
})
