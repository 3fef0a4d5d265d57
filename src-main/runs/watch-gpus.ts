import { EngineError } from '#domain/errors.ts'
import type { GpuSample, GpuSeries } from '#domain/gpu-series.ts'
import type { Facts } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import { countedSpan, flagsThrottled, gpuFigures, thinned } from '#stats/gpu-figures.ts'
import { type GpuWatch, startGpuWatch } from '../../native-tools/gpu-watch.ts'
import type { PointSamples } from '../session/session-file.ts'
import type { RunSink } from './define.ts'

/** An hour at five looks a second; older samples of a longer series are merged in pairs. */
const MOST_SAMPLES = 20_000
/** The series is kept while the run goes on, should it not live to its end; not with every point, for it grows. */
const KEEP_EVERY_MS = 15_000
/** … and not more often than after another tenth of what is there, so that a night's run does not write all the time. */
const KEEP_GROWTH = 0.1
/** The phase in which counted calls are made, as workers and runtimes say it. */
const MEASURING = 'measuring'

/** The GPUs of this machine while a run works. */
export interface WatchedGpus {
  /** For section `gpu` of the passport: what watched, or why nothing did. Empty where none was to be watched. */
  readonly facts: Facts
  /** What the process of the next point says it does: the counted calls end with `measuring`, before it does. */
  said(phase: string): void
  /** The point with what its GPU did meanwhile, and the flag `throttled`. To be called when its process has ended. */
  judged(point: Point, samples: PointSamples | undefined): Point
}

/** What a run says of the GPUs it wants watched. */
export interface WatchWish {
  /** `surely`: the run is known to use a GPU, and without a watch says so. `maybe`: watched where it can be. */
  uses: 'surely' | 'maybe' | 'not'
  signal: AbortSignal
  /** Of nvidia-smi, from Settings. */
  configuredPath?: string | undefined
}

/** Whether a runtime's or point's device is a GPU: 'cuda', 'cuda:0', 'gpu'. */
export function isGpu(device: string): boolean {
  return /^(cuda|gpu)\b/i.test(device)
}

const UNWATCHED: WatchedGpus = { facts: {}, said: () => {}, judged: point => point }

/**
 * Works with the GPUs of this machine watched, and keeps what was seen as the run's attachments `gpu`, one a GPU.
 * Nothing of the watch fails the run: without nvidia-smi, or where it ends early, a notice says so.
 */
export async function withGpuWatch<T>(
  sink: Pick<RunSink, 'attach' | 'notice'>,
  { uses, signal, configuredPath }: WatchWish,
  work: (watched: WatchedGpus) => Promise<T>,
): Promise<T> {
  if (uses === 'not') return work(UNWATCHED)
  const startedAt = Date.now()
  const onDeath = (why: string) =>
    sink.notice({ level: 'warning', text: `The watch of the GPU ended: ${why}. What came after was not watched.` })
  let watch: GpuWatch
  try {
    watch = await startGpuWatch({ startedAt, onDeath, signal, ...(configuredPath ? { configuredPath } : {}) })
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof EngineError)) throw thrown
    if (uses === 'maybe') return work(UNWATCHED)
    const why = `${thrown.message.replace(/\.$/, '')}.`
    const text = `Clocks, power, temperature and throttling of the GPU are not measured. ${why}`
    sink.notice({ level: 'info', text })
    return work({ ...UNWATCHED, facts: { watch: `not measured: ${why}` } })
  }
  const seen = new SeenGpus(watch, sink, startedAt)
  try {
    return await work(seen)
  } finally {
    await watch.stop()
    seen.keep()
  }
}

class SeenGpus implements WatchedGpus {
  readonly facts: Facts
  readonly #watch: GpuWatch
  readonly #sink: Pick<RunSink, 'attach'>
  readonly #startedAt: number
  readonly #samples: GpuSample[][]
  #keptAt = Date.now()
  #phase = ''
  /** Last sign of counted calls, ms since the epoch: what measures says so again and again, or what it does next. */
  #measuredAt: number | undefined

  constructor(watch: GpuWatch, sink: Pick<RunSink, 'attach'>, startedAt: number) {
    this.#watch = watch
    this.#sink = sink
    this.#startedAt = startedAt
    this.#samples = watch.gpus.map(() => [])
    const { powerReading } = watch.series[0] ?? {}
    const power = powerReading === undefined ? '' : `, power of ${powerWords(powerReading)}`
    this.facts = { watch: `${watch.source} every ${watch.everyMs} ms${power}` }
  }

  said(phase: string): void {
    if (this.#phase === MEASURING) this.#measuredAt = Date.now()
    this.#phase = phase
  }

  judged(point: Point, samples: PointSamples | undefined): Point {
    const all = this.#all()
    const measuredAt = this.#measuredAt
    this.#measuredAt = undefined
    this.#phase = ''
    const sinceMs = Date.now() - this.#keptAt
    if (sinceMs > Math.max(KEEP_EVERY_MS, KEEP_GROWTH * (this.#keptAt - this.#startedAt))) this.keep()
    if (point.status !== 'done' || samples === undefined || !isGpu(point.device)) return point
    const fromMs = Date.parse(point.startedAt) - this.#startedAt
    const toMs = fromMs + (point.durationMs ?? 0)
    const { warmup, latenciesMs } = samples
    const endMs = measuredAt === undefined ? toMs : measuredAt - this.#startedAt
    const counted = countedSpan(latenciesMs, warmup, endMs, point.queriesPerSec)
    const perSec = point.queriesPerSec === undefined ? point.inferPerSec : point.queriesPerSec * point.batch
    const figures = gpuFigures(all, { span: { fromMs, toMs }, counted, inferPerSec: perSec })
    const flags = flagsThrottled(figures.throttledShare) ? [...point.flags, 'throttled'] : point.flags
    // What the process itself told of its memory is closer than the difference seen from outside.
    return { ...figures, ...point, flags }
  }

  keep(): void {
    this.#keptAt = Date.now()
    for (const series of this.#all()) this.#sink.attach('gpu', `gpu${series.index}`, series)
  }

  #all(): GpuSeries[] {
    return this.#watch.series.map((series, nth) => {
      let samples = [...(this.#samples[nth] ?? []), ...this.#watch.take(nth)]
      if (samples.length > MOST_SAMPLES) samples = thinned(samples)
      this.#samples[nth] = samples
      return { ...series, samples }
    })
  }
}

function powerWords(reading: NonNullable<GpuSeries['powerReading']>): string {
  return reading === 'instant' ? 'the instant' : 'the last second'
}
