import { describe, expect, test } from 'vitest'
import { IDLE_REASONS } from '../../../src-main/domain/trace.ts'
import { figuresOf } from '../../../src-main/traces/figures.ts'
import { idleGaps } from '../../../src-main/traces/idle-gaps.ts'
import { Program } from './program.ts'

const gapsOf = (
  program: Program,
  startNs: number,
  endNs: number,
  leastNs = 0,
  limit = 100,
): [number, number, string][] => {
  const { startNs: starts, endNs: ends, reason } = idleGaps(program.index(), 0, { startNs, endNs, leastNs, limit })
  return Array.from(starts, (from, i) => [from, ends[i] ?? 0, IDLE_REASONS[reason[i] ?? 0] ?? ''])
}

describe('why a device was idle, on timelines judged by hand', () => {
  test('launched while the device still worked: it took its time', () => {
    const program = new Program()
    program.work(program.call('cudaLaunchKernel', 0, 5), 10, 100)
    program.work(program.call('cudaLaunchKernel', 20, 25), 103, 200)
    expect(gapsOf(program, 0, 200)).toEqual([
      [0, 5, 'host'],
      [5, 10, 'queue'],
      [100, 103, 'queue'],
    ])
  })

  test('launched after the device ran out: the host was late until its call ended; then the device took its time', () => {
    const program = new Program()
    program.work(program.call('cudaLaunchKernel', 0, 5), 10, 100)
    program.work(program.call('cudaLaunchKernel', 150, 155), 160, 200)
    expect(gapsOf(program, 10, 200)).toEqual([
      [100, 155, 'host'],
      [155, 160, 'queue'],
    ])
  })

  test('a launch still under way when the device ran out is the host’s time too', () => {
    const program = new Program()
    program.work(program.call('cudaLaunchKernel', 0, 5), 10, 100)
    program.work(program.call('cudaLaunchKernel', 98, 110), 108, 200)
    expect(gapsOf(program, 10, 200)).toEqual([[100, 108, 'host']])
  })

  test('the host waits for the device, then prepares: first sync, then host', () => {
    const program = new Program()
    program.work(program.call('cudaLaunchKernel', 0, 5), 10, 100)
    program.call('cudaStreamSynchronize', 6, 120, 'sync')
    program.work(program.call('cudaLaunchKernel', 150, 155), 160, 200)
    expect(gapsOf(program, 10, 200)).toEqual([
      [100, 120, 'sync'],
      [120, 155, 'host'],
      [155, 160, 'queue'],
    ])
  })

  test('a blocking copy that was over while its call went on', () => {
    const program = new Program()
    const copy = program.call('cudaMemcpy', 0, 130)
    program.work(copy, 50, 100, 'memcpy')
    program.work(program.call('cudaLaunchKernel', 150, 155), 160, 200)
    expect(gapsOf(program, 50, 200)).toEqual([
      [100, 130, 'sync'],
      [130, 155, 'host'],
      [155, 160, 'queue'],
    ])
  })

  test('a copy waits in its call for the device: begun before the gap, it was launched', () => {
    const program = new Program()
    program.work(program.call('cudaLaunchKernel', 0, 5), 10, 100)
    program.work(program.call('cudaMemcpy', 20, 150), 104, 140, 'memcpy')
    expect(gapsOf(program, 10, 140)).toEqual([[100, 104, 'queue']])
  })

  test('loading data explains what no waiting call does', () => {
    const program = new Program()
    program.work(program.call('cudaLaunchKernel', 0, 5), 10, 100)
    program.call('enumerate(DataLoader)#_SingleProcessDataLoaderIter.__next__', 90, 180, 'data-loading')
    program.call('cudaDeviceSynchronize', 110, 130, 'sync')
    program.work(program.call('cudaLaunchKernel', 190, 195), 200, 300)
    expect(gapsOf(program, 10, 300)).toEqual([
      [100, 110, 'dataLoading'],
      [110, 130, 'sync'],
      [130, 180, 'dataLoading'],
      [180, 195, 'host'],
      [195, 200, 'queue'],
    ])
  })

  test('what another thread did does not excuse the one that launches', () => {
    const program = new Program()
    const other = program.thread('2')
    program.work(program.call('cudaLaunchKernel', 0, 5), 10, 100)
    program.add(other, 'sync', 'cudaDeviceSynchronize', 90, 190)
    program.work(program.call('cudaLaunchKernel', 150, 155), 160, 200)
    expect(gapsOf(program, 10, 200)).toEqual([
      [100, 155, 'host'],
      [155, 160, 'queue'],
    ])
  })

  test('without a launch, or with nothing to come, nothing is known', () => {
    const program = new Program()
    program.work(program.call('cudaLaunchKernel', 0, 5), 10, 100)
    program.work(undefined, 120, 130)
    expect(gapsOf(program, 10, 200)).toEqual([
      [100, 120, 'unknown'],
      [130, 200, 'unknown'],
    ])
  })

  test('a gap shown in part has the reason of the whole', () => {
    const program = new Program()
    program.work(program.call('cudaLaunchKernel', 0, 5), 10, 100)
    program.call('cudaStreamSynchronize', 6, 120, 'sync')
    program.work(program.call('cudaMemcpyAsync', 150, 355), 400, 500, 'memcpy')
    // The copy had been called at 200, yet not when the gap began: its call is the host's time.
    expect(gapsOf(program, 200, 300)).toEqual([[200, 300, 'host']])
    const idle = (startNs: number, endNs: number) =>
      figuresOf(program.index(), { kind: 'selection', name: '', startNs, endNs }).devices[0]?.idle
    expect(idle(50, 110)).toEqual({ hostNs: 0, syncNs: 10, dataLoadingNs: 0, queueNs: 0, unknownNs: 0 })
    expect(idle(110, 420)).toEqual({ hostNs: 235, syncNs: 10, dataLoadingNs: 0, queueNs: 45, unknownNs: 0 })
  })

  test('of many gaps the longest are kept, in order of time', () => {
    const program = new Program()
    const launch = program.call('cudaGraphLaunch', 0, 1)
    for (const [from, to] of [
      [2, 10],
      [13, 20],
      [21, 30],
      [38, 40],
      [45, 50],
    ] as const)
      program.work(launch, from, to)
    expect(gapsOf(program, 2, 50, 0, 2)).toEqual([
      [30, 38, 'queue'],
      [40, 45, 'queue'],
    ])
    expect(gapsOf(program, 2, 50, 4)).toEqual([
      [30, 38, 'queue'],
      [40, 45, 'queue'],
    ])
  })

  test('a trace without any launch does not pretend to know', () => {
    const program = new Program()
    program.work(undefined, 10, 20)
    program.work(undefined, 30, 40)
    expect(gapsOf(program, 10, 40)).toEqual([[20, 30, 'unknown']])
    expect(
      figuresOf(program.index(), { kind: 'gpu', name: '', startNs: 10, endNs: 40 }).devices[0]?.idle,
    ).toBeUndefined()
  })
})
