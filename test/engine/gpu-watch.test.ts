import { describe, expect, onTestFinished, test } from 'vitest'
import { ATTACHMENTS, type AttachmentKind } from '#domain/attachment.ts'
import type { GpuSeries } from '#domain/gpu-series.ts'
import type { Point } from '#domain/point.ts'
import type { Notice } from '#domain/run.ts'
import { withGpuWatch } from '../../src-main/runs/watch-gpus.ts'
import { doubleLook, installSmiDouble } from '../helpers/nvidia-smi-double.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

/** What a run was told to keep and to say. */
class Sink {
  readonly notices: Notice[] = []
  readonly kept = new Map<string, GpuSeries>()
  notice(notice: Notice): void {
    this.notices.push(notice)
  }
  attach(kind: AttachmentKind, name: string, data: unknown): void {
    if (kind === 'gpu') this.kept.set(name, ATTACHMENTS.gpu.parse(data))
  }
}

const signal = new AbortController().signal
const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** A point of 100 calls of 12 ms that ends now, and its samples. */
function pointNow(more: Partial<Point> = {}): { point: Point; samples: { warmup: number; latenciesMs: Float64Array } } {
  const point: Point = {
    id: 'p0',
    index: 0,
    runtime: 'double',
    device: 'cuda:0',
    precision: 'fp16',
    batch: 4,
    concurrency: 1,
    repeat: 1,
    shapes: {},
    status: 'done',
    startedAt: new Date(Date.now() - 1500).toISOString(),
    durationMs: 1500,
    inferPerSec: 1000,
    flags: [],
    ...more,
  }
  return { point, samples: { warmup: 0, latenciesMs: new Float64Array(100).fill(12) } }
}

describe.skipIf(process.platform === 'win32')('a run with its GPUs watched', () => {
  test('a point on a GPU gets energy, throttled share and flag, others nothing; the series is kept', async () => {
    installSmiDouble({ looks: [[doubleLook({ 'clocks_event_reasons.active': '0x0000000000000004' })]] })
    const sink = new Sink()
    const point = await withGpuWatch(sink, { uses: 'surely', signal }, async gpus => {
      expect(gpus.facts).toEqual({ watch: 'nvidia-smi 610.43.02 every 200 ms, power of the instant' })
      await wait(2200)
      const cpu = pointNow({ device: 'cpu' })
      expect(gpus.judged(cpu.point, cpu.samples)).toEqual(cpu.point)
      const failed = pointNow({ status: 'failed' })
      expect(gpus.judged(failed.point, undefined)).toEqual(failed.point)
      const told = pointNow({ peakDeviceBytes: 7 })
      expect(gpus.judged(told.point, told.samples).peakDeviceBytes, 'of its own process').toBe(7)
      const { point, samples } = pointNow()
      return gpus.judged(point, samples)
    })
    // The double tells 410.5 W at every look: ÷ 1000 inferences per second.
    expect(point).toMatchObject({ throttledShare: 1, flags: ['throttled'] })
    expect(point.joulePerInference).toBeCloseTo(0.4105, 9)
    expect(sink.notices).toEqual([])
    const series = sink.kept.get('gpu0')
    expect(series).toMatchObject({ name: 'Double of a GPU', everyMs: 200, wasFree: true })
    expect(series?.samples.length).toBeGreaterThan(5)
  })

  test('the calls counted end when the process says that it does something else', async () => {
    const busy = doubleLook({ 'power.draw.instant': '400.00' })
    const idle = doubleLook({ 'power.draw.instant': '50.00' })
    // At work for 2.8 s, then at rest while the process ends.
    installSmiDouble({
      looks: [...Array.from({ length: 14 }, () => [busy]), ...Array.from({ length: 30 }, () => [idle])],
    })
    const point = await withGpuWatch(new Sink(), { uses: 'surely', signal }, async gpus => {
      gpus.said('measuring')
      await wait(2200)
      gpus.said('reading the figures')
      await wait(1200)
      const { point, samples } = pointNow({ startedAt: new Date(Date.now() - 3400).toISOString(), durationMs: 3400 })
      return gpus.judged(point, samples)
    })
    expect(point.joulePerInference).toBeCloseTo(0.4, 9)
  })

  test('without nvidia-smi the run goes on, and says that nothing was measured and why', async () => {
    const { PATH } = process.env
    onTestFinished(() => {
      process.env.PATH = PATH
    })
    process.env.PATH = tempFolder()
    const sink = new Sink()
    const { point, samples } = pointNow()
    const [facts, judged] = await withGpuWatch(sink, { uses: 'surely', signal }, async gpus => [
      gpus.facts,
      gpus.judged(point, samples),
    ])
    expect(facts).toEqual({ watch: 'not measured: nvidia-smi was not found.' })
    expect(judged).toEqual(point)
    expect(sink.notices.map(({ text }) => text)).toEqual([
      'Clocks, power, temperature and throttling of the GPU are not measured. nvidia-smi was not found.',
    ])
    expect(sink.kept.size).toBe(0)
    await withGpuWatch(sink, { uses: 'maybe', signal }, async gpus => expect(gpus.facts).toEqual({}))
    expect(sink.notices).toHaveLength(1)
  })

  test('the death of the watch is a notice; what it saw is kept and the run does not fail', async () => {
    installSmiDouble({ dieAfter: 2, exitCode: 15, lastWords: 'GPU is lost.' })
    const sink = new Sink()
    await withGpuWatch(sink, { uses: 'surely', signal }, () => wait(1200))
    expect(sink.notices).toHaveLength(1)
    expect(sink.notices[0]?.text).toMatch(
      /^The watch of the GPU ended: nvidia-smi .*"GPU is lost\."\. What came after was not watched\.$/,
    )
    expect(sink.kept.get('gpu0')?.samples).toHaveLength(2)
  })

  test('a run that fails or is cancelled keeps what was seen until then', async () => {
    installSmiDouble({})
    const sink = new Sink()
    const failing = withGpuWatch(sink, { uses: 'surely', signal }, async () => {
      await wait(500)
      throw new Error('cancelled')
    })
    await expect(failing).rejects.toThrow('cancelled')
    expect(sink.kept.get('gpu0')?.samples.length).toBeGreaterThan(0)
  })
})
