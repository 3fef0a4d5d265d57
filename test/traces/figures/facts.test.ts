import { describe, expect, test } from 'vitest'
import { traceFacts } from '../../../src-main/traces/facts.ts'
import { Timeline } from '../../helpers/timeline.ts'
import { Program } from './program.ts'

const US = 1000

describe('facts of traces small enough to judge by hand', () => {
  test('steps make the window, to the end of the last work they launched; the first is compared with the others', () => {
    const program = new Program()
    program.work(program.call('cudaLaunchKernel', 5, 8), 10, 20) // before the steps
    for (const [n, from, to] of [
      [4, 100, 200],
      [5, 200, 230],
      [6, 230, 262],
      [7, 262, 292],
    ] as const) {
      program.call(`ProfilerStep#${n}`, from, to, 'annotation')
      program.work(program.call('cudaLaunchKernel', from + 1, from + 3), from + 20, from + 60)
    }
    program.work(program.call('cudaLaunchKernel', 300, 303), 400, 500) // after them
    const facts = traceFacts(program.index())
    expect(facts.window).toEqual({ kind: 'steps', startNs: 100, endNs: 322, steps: 4 })
    expect(facts.coldStart).toEqual({ firstNs: 100, laterMedianNs: 30, what: 'Length of a step' })
    // 30, 30, 32, 100: median 31; distances 1, 1, 1, 69: median 1.
    expect(facts.steps).toEqual({ count: 4, medianNs: 31, spread: 1 / 31 })
    expect(facts.launches.count).toBe(4)
    // Busy: 120–160, 220–260, 250–290 (from 230 + 20), 282–322: 120–160 and 220–322.
    expect(facts.devices[0]?.busyNs).toBe(40 + 102)
    expect(facts.cpu.annotationNs).toBe(192 - 4 * 2)
  })

  test('without steps the window is that of the device; without a device all there is', () => {
    const program = new Program()
    program.call('aten::add', 0, 50, 'op')
    expect(traceFacts(program.index())).toMatchObject({
      window: { kind: 'cpu', startNs: 0, endNs: 50, steps: 0 },
      devices: [],
      busyByTenth: [],
      recorded: { ops: true, apiCalls: false, deviceWork: false, linkedShare: 0 },
    })
    program.work(program.call('cudaLaunchKernel', 10, 12), 60, 90)
    program.work(undefined, 100, 110)
    expect(traceFacts(program.index())).toMatchObject({
      window: { kind: 'gpu', startNs: 60, endNs: 110, steps: 0 },
      recorded: { ops: true, apiCalls: true, deviceWork: true, ranges: false, python: false, linkedShare: 0.5 },
    })
  })

  test('calls of the runtime without any device work: it was asked for', () => {
    const program = new Program()
    program.call('cudaLaunchKernel', 0, 5)
    expect(traceFacts(program.index()).recorded.deviceWorkAsked).toBe(true)
  })

  test('kernels: distribution, tiny ones, those shorter than their launch', () => {
    const program = new Program()
    let atNs = 0
    for (const us of [2, 4, 10, 20, 40]) {
      const call = program.call('cudaLaunchKernel', atNs, atNs + 5 * US)
      program.work(call, atNs + 8 * US, atNs + (8 + us) * US)
      atNs += 100 * US
    }
    const { kernels, launches } = traceFacts(program.index())
    expect(kernels).toMatchObject({
      duration: { count: 5, totalNs: 76 * US, p10Ns: 2 * US, medianNs: 10 * US, p90Ns: 40 * US, maxNs: 40 * US },
      tiny: 3,
      shorterThanLaunch: 2,
    })
    expect(launches).toMatchObject({
      count: 5,
      call: { count: 5, medianNs: 5 * US },
      delay: { count: 5, medianNs: 3 * US, maxNs: 3 * US },
      graphs: 0,
      starvedShare: 4 / 5, // the first was launched before the window
    })
    expect(kernels.top).toMatchObject([{ name: 'kernel', count: 5, totalNs: 76 * US }])
  })

  test('one graph launches many kernels and counts once', () => {
    const program = new Program()
    const graph = program.call('cudaGraphLaunch', 0, 10)
    for (const at of [12, 22, 32]) program.work(graph, at, at + 8)
    program.work(program.call('cudaLaunchKernel', 20, 24), 40, 50)
    const facts = traceFacts(program.index())
    expect(facts.launches).toMatchObject({ count: 2, graphs: 1, delay: { count: 2, p10Ns: 2, maxNs: 16 } })
    expect(facts.recorded.cudaGraphs).toBe('node')
    const whole = new Program()
    whole.work(whole.call('cudaGraphLaunch', 0, 10), 12, 50, 'graph')
    expect(traceFacts(whole.index())).toMatchObject({
      launches: { count: 1, graphs: 1 },
      recorded: { cudaGraphs: 'graph' },
    })
  })

  test('waiting calls: the outermost count, and what of them the device idled', () => {
    const program = new Program()
    program.work(program.call('cudaLaunchKernel', 0, 2), 10, 100)
    program.call('cudaDeviceSynchronize', 20, 130, 'sync')
    program.call('cuCtxSynchronize', 25, 120, 'sync') // inside the other
    program.work(program.call('cudaLaunchKernel', 140, 142), 150, 200)
    program.call('cudaStreamSynchronize', 145, 195, 'sync')
    const { syncs } = traceFacts(program.index())
    expect(syncs).toEqual({
      count: 2,
      totalNs: 110 + 50,
      idleNs: 30 + 5,
      byName: [
        { name: 'cudaDeviceSynchronize', count: 1, totalNs: 110 },
        { name: 'cudaStreamSynchronize', count: 1, totalNs: 50 },
      ],
    })
  })

  test('waits of two threads beside each other: data loading counts once, the profiler’s own cost each', () => {
    const program = new Program()
    const other = program.thread('2')
    program.work(undefined, 0, 10)
    program.work(undefined, 90, 100)
    program.call('enumerate(DataLoader)#1', 10, 50, 'data-loading')
    program.add(other, 'data-loading', 'enumerate(DataLoader)#1', 40, 60)
    program.call('Buffer Flush', 60, 70, 'overhead')
    program.add(other, 'overhead', 'Buffer Flush', 65, 80)
    const facts = traceFacts(program.index())
    expect(facts.dataLoading).toEqual({ count: 2, totalNs: 50, shareOfWindow: 0.5 })
    expect(facts.overhead).toEqual({ totalNs: 25, byName: [{ name: 'Buffer Flush', count: 2, totalNs: 25 }] })
  })

  test('copies by direction, with bytes; pageable ones, and those called through an Async function', () => {
    const program = new Program()
    const copy = (call: string, name: string, from: number, to: number, bytes: number) =>
      program.work(program.call(call, from - 5, from - 1), from, to, 'memcpy', { name, bytes })
    copy('cudaMemcpyAsync', 'Memcpy HtoD (Pageable -> Device)', 10, 20, 100)
    copy('cudaMemcpy', 'Memcpy HtoD (Pageable -> Device)', 30, 35, 50)
    copy('cudaMemcpyAsync', 'Memcpy HtoD (Pinned -> Device)', 40, 50, 400)
    copy('cudaMemcpyAsync', 'Memcpy DtoH (Device -> Pageable)', 60, 61, 8)
    copy('cudaMemcpyAsync', 'Memcpy Unified DtoH', 70, 72, 16)
    copy('cudaMemcpyAsync', 'Memcpy AtoA', 80, 81, 1)
    expect(traceFacts(program.index()).copies).toEqual({
      byDirection: {
        HtoD: { count: 3, totalNs: 25, bytes: 550 },
        DtoH: { count: 2, totalNs: 3, bytes: 24 },
        other: { count: 1, totalNs: 1, bytes: 1 },
      },
      pageable: { count: 3, totalNs: 16, bytes: 158 },
      pageableAsync: 2,
    })
  })

  test('where the trace does not tell the kind of memory, nothing is said of pageable copies', () => {
    const program = new Program()
    program.work(undefined, 0, 10, 'memcpy', { name: 'Memcpy HtoD (Host -> Device)' })
    expect(traceFacts(program.index()).copies).toEqual({ byDirection: { HtoD: { count: 1, totalNs: 10 } } })
  })

  test('backlog: work without launch before the first that has one; later ones are something else', () => {
    const program = new Program()
    program.work(undefined, 0, 30)
    program.work(undefined, 30, 50)
    program.work(program.call('cudaLaunchKernel', 10, 12), 50, 60)
    program.work(undefined, 60, 70)
    expect(traceFacts(program.index()).backlog).toEqual({ count: 2, totalNs: 50 })
    const without = new Program()
    without.work(undefined, 0, 30)
    expect(traceFacts(without.index()).backlog).toEqual({ count: 0, totalNs: 0 })
  })

  test('communication: what of it ran alone', () => {
    const program = new Program()
    const other = program.stream(0, '20')
    program.work(undefined, 0, 60)
    program.add(other, 'communication', 'ncclDevKernel_AllReduce', 40, 100)
    program.work(undefined, 90, 110)
    expect(traceFacts(program.index()).communication).toEqual({ totalNs: 60, exposedNs: 30, overlapShare: 0.5 })
  })

  test('the busiest device comes first, and its course is told by tenths', () => {
    const program = new Program()
    const second = program.stream(1, '7')
    program.work(undefined, 0, 10)
    program.add(second, 'kernel', 'kernel', 5, 25)
    program.add(second, 'kernel', 'kernel', 90, 100)
    const facts = traceFacts(program.index())
    expect(facts.devices.map(({ id, busyNs }) => [id, busyNs])).toEqual([
      [1, 30],
      [0, 10],
    ])
    expect(facts.busyByTenth).toEqual([0.5, 1, 0.5, 0, 0, 0, 0, 0, 0, 1])
  })

  test('small grids by the device’s multiprocessors, occupancy weighted by time', () => {
    const program = new Program()
    program.devices.push({ id: 0, multiprocessors: 3 })
    program.work(undefined, 0, 30, 'kernel', { name: 'a' })
    program.work(undefined, 30, 40, 'kernel', { name: 'b' })
    const facts = { threadsPerBlock: 128, registersPerThread: 32, sharedBytes: 0 }
    program.launchFacts.push({ name: 'a', blocks: 2, occupancy: 0.25, ...facts })
    program.launchFacts.push({ name: 'b', blocks: 9, occupancy: 0.75, ...facts })
    program.kernelNsByBlocks = [0, 0, 30, 0, 0, 0, 0, 0, 0, 10]
    const { kernels } = traceFacts(program.index())
    expect(kernels.smallGridShare).toBe(0.75)
    expect(kernels.occupancy).toBe((30 * 0.25 + 10 * 0.75) / 40)
    expect(kernels.top[0]).toMatchObject({ name: 'a', blocks: 2, threadsPerBlock: 128, registersPerThread: 32 })
  })

  test('tensor cores: shares of the kernels’ time, absent where no name tells', () => {
    const named = (...kernels: [string, number][]) => {
      const program = new Program()
      let at = 0
      for (const [name, ns] of kernels) {
        program.work(undefined, at, at + ns, 'kernel', { name })
        at += ns
      }
      const { tensorCoreShare, lowPrecisionWithoutTensorCoresShare } = traceFacts(program.index()).kernels
      return [tensorCoreShare, lowPrecisionWithoutTensorCoresShare]
    }
    expect(named(['elementwise_kernel', 10])).toEqual([undefined, undefined])
    expect(
      named(['ampere_fp16_s16816gemm_fp16_128x64', 60], ['maxwell_fp16_sgemm_fp16_128x64_nn', 30], ['elementwise', 10]),
    ).toEqual([0.6, 0.3])
    expect(named(['volta_sgemm_128x64_nn', 40], ['sm90_xmma_gemm_bf16bf16', 60])).toEqual([0.6, 0])
  })

  test('memory allocated at the end of each step, from the first sample on', () => {
    const program = new Program()
    for (const n of [1, 2, 3]) program.call(`ProfilerStep#${n}`, n * 100, n * 100 + 100, 'annotation')
    const counter = program.track({ kind: 'counter', title: 'Allocated', group: 'GPU 0', unit: 'bytes', device: 0 })
    const other = program.track({ kind: 'counter', title: 'SMs Active', group: 'GPU 0', unit: '%', device: 0 })
    program.samples.set(counter, [210, 50, 250, 70, 300, 60, 390, 90])
    program.samples.set(other, [0, 1, 200, 2])
    expect(traceFacts(program.index()).memory).toEqual([{ device: 'GPU 0', bytes: [60, 90] }])
  })

  test('operators and graph nodes with the most time of their own', () => {
    const program = new Program()
    program.call('forward', 0, 100, 'annotation')
    program.call('aten::linear', 10, 60, 'op')
    program.call('aten::addmm', 15, 55, 'op')
    program.call('conv1', 60, 90, 'node')
    expect(traceFacts(program.index()).operators?.map(({ name, selfCpuNs }) => [name, selfCpuNs])).toEqual([
      ['aten::addmm', 40],
      ['conv1', 30],
      ['aten::linear', 10],
    ])
  })

  test('an empty trace has facts too', () => {
    const line = new Timeline()
    line.thread()
    expect(traceFacts(line.index())).toMatchObject({
      window: { kind: 'cpu', startNs: 0, endNs: 0, steps: 0 },
      devices: [],
      launches: { count: 0, graphs: 0 },
    })
  })
})
