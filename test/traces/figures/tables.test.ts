import { describe, expect, test } from 'vitest'
import { MOST_ROWS } from '../../../src-main/traces/row-limit.ts'
import { summarize } from '../../../src-main/traces/summary.ts'
import { operatorsByShape, tablesOf } from '../../../src-main/traces/tables.ts'
import { Timeline } from '../../helpers/timeline.ts'
import { Program } from './program.ts'

const SOURCE = { path: 'a.json', bytes: 1, sha256: '', format: 'kineto', tool: 'torch.profiler' }
const selection = (startNs: number, endNs: number) => ({ kind: 'selection', name: '', startNs, endNs })

describe('tables of traces small enough to judge by hand', () => {
  test('ranges: what was launched inside on the same thread belongs to them', () => {
    const program = new Program()
    const other = program.thread('2')
    program.call('train', 0, 100, 'nvtx')
    program.call('forward', 10, 50, 'nvtx')
    program.work(program.call('cudaLaunchKernel', 20, 22), 200, 220)
    program.work(program.call('cudaLaunchKernel', 30, 32), 240, 250)
    program.call('forward', 60, 80, 'nvtx')
    program.work(program.call('cudaLaunchKernel', 70, 72), 300, 310)
    program.work(program.call('cudaLaunchKernel', 79, 81), 320, 330) // ends after the range
    program.work(program.add(other, 'runtime', 'cudaLaunchKernel', 65, 66), 400, 500)
    expect(tablesOf(program.index()).ranges).toMatchObject([
      { name: 'train', count: 1, style: 'push-pop', totalNs: 100, projectedNs: 330 - 200, deviceWork: 4 },
      { name: 'forward', count: 2, style: 'push-pop', totalNs: 60, projectedNs: 50 + 10, deviceWork: 3 },
    ])
  })

  test('start/end ranges overlap freely and are followed too; annotations are a style of their own', () => {
    const program = new Program()
    const async = program.track({ kind: 'async', processId: '1', threadId: '1' })
    program.add(async, 'nvtx', 'request', 0, 40)
    program.add(async, 'nvtx', 'request', 20, 90)
    program.call('Optimizer.step#SGD.step', 25, 35, 'annotation')
    program.work(program.call('cudaLaunchKernel', 30, 32), 100, 110)
    program.work(program.call('cudaLaunchKernel', 80, 82), 120, 130)
    const tables = tablesOf(program.index())
    expect(tables.ranges).toMatchObject([
      { name: 'request', count: 2, style: 'start-end', projectedNs: 10 + 30, deviceWork: 3 },
      { name: 'Optimizer.step#SGD.step', style: 'annotation', projectedNs: 10, deviceWork: 1 },
    ])
    expect(summarize(program.index(), SOURCE).cpu.annotationNs, 'no thread is inside an async range').toBe(8)
  })

  test('without device work nothing is said of it', () => {
    const program = new Program()
    program.call('forward', 0, 10, 'nvtx')
    program.call('aten::add', 20, 30, 'op')
    const { ranges, operators } = tablesOf(program.index())
    expect(ranges[0]).not.toHaveProperty('projectedNs')
    expect(operators[0]).not.toHaveProperty('selfDeviceNs')
  })

  test('operators: device time of their own and with what they call; folding keeps the work', () => {
    const program = new Program()
    const linear = program.call('aten::linear', 0, 100, 'op')
    const outer = program.call('aten::div_', 10, 60, 'op')
    const inner = program.call('aten::div_', 12, 50, 'op')
    program.work(program.call('cudaLaunchKernel', 20, 24), 200, 230, 'kernel', { op: inner })
    program.work(program.call('cudaLaunchKernel', 55, 57), 240, 250, 'kernel', { op: outer })
    program.work(program.call('cudaLaunchKernel', 70, 75), 250, 255, 'memset', { op: linear })
    const { operators, apiCalls } = tablesOf(program.index())
    // div_: outer 50 with the inner folded. The inner's child, a launch of 4, and the outer's own second child of 2:
    // two children, so nothing folds.
    expect(operators).toEqual([
      { name: 'aten::linear', count: 1, selfCpuNs: 100 - 50 - 5, totalCpuNs: 100, selfDeviceNs: 5, totalDeviceNs: 45 },
      {
        name: 'aten::div_',
        count: 2,
        selfCpuNs: 50 - 38 - 2 + (38 - 4),
        totalCpuNs: 88,
        selfDeviceNs: 40,
        totalDeviceNs: 70,
      },
    ])
    expect(apiCalls).toMatchObject([{ name: 'cudaLaunchKernel', count: 3, totalNs: 11, medianNs: 4 }])

    const folded = new Program()
    const parent = folded.call('aten::div_', 10, 60, 'op')
    const child = folded.call('aten::div_', 12, 50, 'op')
    folded.work(folded.call('cudaLaunchKernel', 20, 24), 200, 230, 'kernel', { op: child })
    folded.work(undefined, 240, 250, 'kernel', { op: parent })
    expect(tablesOf(folded.index()).operators).toEqual([
      { name: 'aten::div_', count: 1, selfCpuNs: 46, totalCpuNs: 50, selfDeviceNs: 40, totalDeviceNs: 40 },
    ])
  })

  test('names torch hides take no part; steps are one row; shapes split rows only when asked', () => {
    const program = new Program()
    program.call('ProfilerStep#1', 0, 100, 'annotation')
    program.call('profiler::_record_function_enter_new', 5, 10, 'op')
    program.add(program.host, 'op', 'aten::mm', 20, 30, { shapes: '[[2, 2], [2, 2]]' })
    program.add(program.host, 'op', 'aten::mm', 40, 60, { shapes: '[[4, 4], [4, 4]]' })
    program.call('ProfilerStep#2', 100, 150, 'annotation')
    const index = program.index()
    expect(tablesOf(index).operators).toEqual([
      { name: 'ProfilerStep*', count: 2, selfCpuNs: 120, totalCpuNs: 150 },
      { name: 'aten::mm', count: 2, selfCpuNs: 30, totalCpuNs: 30 },
    ])
    expect(operatorsByShape(index).filter(({ name }) => name === 'aten::mm')).toEqual([
      { name: 'aten::mm', shapes: '[[4, 4], [4, 4]]', count: 1, selfCpuNs: 20, totalCpuNs: 20 },
      { name: 'aten::mm', shapes: '[[2, 2], [2, 2]]', count: 1, selfCpuNs: 10, totalCpuNs: 10 },
    ])
  })

  test('partial overlap makes no parent', () => {
    const program = new Program()
    program.call('a', 0, 50, 'op')
    program.call('b', 40, 80, 'op')
    program.call('c', 45, 48, 'op')
    expect(tablesOf(program.index()).operators).toEqual([
      { name: 'a', count: 1, selfCpuNs: 50, totalCpuNs: 50 },
      { name: 'b', count: 1, selfCpuNs: 37, totalCpuNs: 40 },
      { name: 'c', count: 1, selfCpuNs: 3, totalCpuNs: 3 },
    ])
  })

  test('a selection has the part of each slice that lies inside, of the tracks selected', () => {
    const program = new Program()
    const second = program.stream(0, '8')
    program.work(undefined, 0, 100, 'kernel', { name: 'a' })
    program.work(undefined, 100, 130, 'kernel', { name: 'a' })
    program.add(second, 'kernel', 'b', 60, 70)
    program.add(second, 'kernel', 'b', 200, 210)
    const index = program.index()
    expect(tablesOf(index, selection(50, 120)).kernels).toMatchObject([
      { name: 'a', count: 2, totalNs: 70, minNs: 20, maxNs: 50 },
      { name: 'b', count: 1, totalNs: 10 },
    ])
    expect(tablesOf(index, selection(50, 120), new Set([second])).kernels.map(({ name }) => name)).toEqual(['b'])
    expect(tablesOf(index, selection(130, 200)).kernels).toEqual([])
  })

  test('nodes have their type, copies their bytes, graphs and OS calls a table', () => {
    const program = new Program()
    program.add(program.host, 'node', 'conv1', 0, 10, { shapes: 'Conv' })
    program.call('poll', 20, 25, 'osrt')
    program.work(undefined, 0, 4, 'memcpy', { name: 'Memcpy HtoD', bytes: 10 })
    program.work(undefined, 4, 6, 'memcpy', { name: 'Memcpy HtoD', bytes: 30 })
    program.work(undefined, 6, 9, 'memset', { name: 'Memset' })
    program.work(undefined, 10, 20, 'graph', { name: 'graph 1' })
    const tables = tablesOf(program.index())
    expect(tables.nodes).toMatchObject([{ name: 'conv1', type: 'Conv', count: 1, totalNs: 10 }])
    expect(tables.osCalls).toMatchObject([{ name: 'poll', totalNs: 5 }])
    expect(tables.graphs).toMatchObject([{ name: 'graph 1', totalNs: 10 }])
    expect(tables.copies).toMatchObject([
      {
        name: 'Memcpy HtoD',
        category: 'memcpy',
        totalNs: 6,
        totalBytes: 40,
        avgBytes: 20,
        medianBytes: 20,
        minBytes: 10,
      },
      { name: 'Memset', category: 'memset', totalNs: 3 },
    ])
    expect(tables.copies[0]?.stdBytes).toBeCloseTo(Math.sqrt(200), 9)
    expect(tables.copies[1]).not.toHaveProperty('totalBytes')
  })

  test('more names than a table holds: the last row is all the others together', () => {
    const line = new Timeline()
    const stream = line.stream()
    const names = MOST_ROWS + 3
    let at = 0
    for (let i = 0; i < names; i++) {
      const ns = names - i
      line.add(stream, 'kernel', `kernel ${i}`, at, at + ns)
      at += ns
    }
    const { kernels } = tablesOf(line.index())
    expect(kernels).toHaveLength(MOST_ROWS)
    expect(kernels.at(-1)).toMatchObject({
      name: '(4 more names)',
      count: 4,
      totalNs: 10,
      minNs: 1,
      maxNs: 4,
      medianNs: 2.5,
    })
    expect(kernels.reduce((sum, { totalNs }) => sum + totalNs, 0)).toBe((names * (names + 1)) / 2)
  })
})

test('a summary counts by category and says when steps are left out', () => {
  const program = new Program()
  for (let i = 0; i < 1003; i++) program.call(`ProfilerStep#${i}`, i * 10, i * 10 + 10, 'annotation')
  program.work(undefined, 5, 7)
  const summary = summarize(program.index(), SOURCE)
  expect(summary.counts).toMatchObject({ slices: 1004, kernels: 1, byCategory: { annotation: 1003, kernel: 1 } })
  expect(summary.steps).toHaveLength(1000)
  expect(summary.notices).toEqual(['Only the first 1000 of 1003 steps are listed'])
  expect(summary.steps[0]).toMatchObject({ window: { kind: 'step', name: 'ProfilerStep#0' }, devices: [{ busyNs: 2 }] })
  expect(summary.steps[1]).toMatchObject({ devices: [{ busyNs: 0, idleNs: 10, kernels: 0 }] })
})
