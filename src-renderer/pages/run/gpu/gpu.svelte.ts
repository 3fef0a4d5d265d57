import type { AttachmentOf } from '#domain/attachment.ts'
import { formatDuration, formatPercent } from '#domain/display.ts'
import type { GpuSeries } from '#domain/gpu-series.ts'
import type { Passport } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import { type GpuMark, reasonWords, throttledStretches } from '../../../charts/gpu-specs.ts'
import type { Engine } from '../../../engine.ts'

/** The GPUs that were watched while a run measured. */
export class GpuView {
  readonly #engine: Pick<Engine, 'runs'>
  readonly #id: { sessionId: string; runId: string }

  series = $state.raw<readonly GpuSeries[]>([])
  error = $state.raw<unknown>()
  wantedIndex = $state<number>()
  /** The chosen GPU, else the one that was busiest. */
  shown = $derived(this.series.find(({ index }) => index === this.wantedIndex) ?? busiest(this.series))

  constructor(engine: Pick<Engine, 'runs'>, id: { sessionId: string; runId: string }) {
    this.#engine = engine
    this.#id = id
  }

  async load(signal: AbortSignal): Promise<void> {
    try {
      const kept = await this.#engine.runs.attachments({ ...this.#id, kind: 'gpu' }, { signal })
      if (signal.aborted) return
      // The engine checks what it keeps by the schema of its kind; the page has no schemas.
      this.series = kept.filter(({ kind }) => kind === 'gpu').map(({ data }) => data as AttachmentOf<'gpu'>)
      this.error = undefined
    } catch (error) {
      if (!signal.aborted) this.error = error
    }
  }
}

function busiest(all: readonly GpuSeries[]): GpuSeries | undefined {
  const work = ({ samples }: GpuSeries) =>
    samples.reduce((sum, { utilizationPercent = 0, powerW = 0 }) => sum + utilizationPercent + powerW, 0)
  return all.toSorted((a, b) => work(b) - work(a))[0]
}

/** Why nothing was measured of the GPU, in the passport's words; absent where it was, or where no GPU was used. */
export function whyNotWatched(passport: Passport | undefined): string | undefined {
  const watch = passport?.gpu.watch
  return typeof watch === 'string' ? /^not measured: (.*)$/s.exec(watch)?.[1] : undefined
}

/** "Throttled for 4.2 s of 60 s (7.0 %): power cap 3.8 s, thermal (driver) 0.4 s." */
export function throttledWords(series: GpuSeries): string {
  const { samples } = series
  const [first, last] = [samples[0], samples.at(-1)]
  if (!samples.some(({ throttleReasons }) => throttleReasons !== undefined)) {
    return 'The driver does not tell whether the clocks were held down.'
  }
  const stretches = throttledStretches(series)
  const wholeMs = (last?.atMs ?? 0) - (first?.atMs ?? 0) + series.everyMs
  if (stretches.length === 0) return `Never throttled in ${formatDuration(wholeMs)}.`
  const heldMs = sum(stretches.map(({ fromMs, toMs }) => toMs - fromMs))
  const reasons = [...new Set(stretches.flatMap(stretch => stretch.reasons))]
  const share = formatPercent((100 * heldMs) / wholeMs)
  return `Throttled for ${formatDuration(heldMs)} of ${formatDuration(wholeMs)} (${share}): ${reasonWords(reasons)}.`
}

/** Where each point began, by what tells it from the others. */
export function pointMarks({ startedAt }: GpuSeries, points: readonly Point[]): GpuMark[] {
  return points.map(point => ({
    atMs: Date.parse(point.startedAt) - Date.parse(startedAt),
    label: `batch ${point.batch}`,
  }))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
