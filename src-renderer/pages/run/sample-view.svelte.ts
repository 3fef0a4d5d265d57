import type { SampleColumn } from '#domain/point.ts'
import type { Engine } from '../../engine.ts'

/** Every kept latency of one point, in the order of measurement, warm-up first. */
export interface PointSamples {
  pointId: string
  latenciesMs: Float64Array
  warmup: number
}

/** The samples of the selected point: fetched when it is selected, decoded once. */
export class SampleView {
  readonly #engine: Pick<Engine, 'runs'>

  samples = $state.raw<PointSamples>()
  loading = $state(false)
  error = $state.raw<unknown>()

  constructor(engine: Pick<Engine, 'runs'>) {
    this.#engine = engine
  }

  /** The old point's samples stay until the new ones are here, so that the charts don't blink. */
  async load(point: { sessionId: string; runId: string; pointId: string }, signal: AbortSignal): Promise<void> {
    this.loading = true
    this.error = undefined
    try {
      const { warmup, columns } = await this.#engine.runs.samples(point, { signal })
      const column = columns.find(({ unit }) => unit === 'ms')
      const latenciesMs = column === undefined ? new Float64Array() : await decodeColumn(column)
      if (!signal.aborted) this.samples = { pointId: point.pointId, latenciesMs, warmup }
    } catch (error) {
      if (signal.aborted) return
      this.samples = undefined
      this.error = error
    } finally {
      if (!signal.aborted) this.loading = false
    }
  }
}

const ELEMENT_BYTES = { f64: 8, f32: 4, u32: 4 } as const

/** A packed little-endian column as numbers. @throws RangeError when the bytes are fewer than `count` says */
export async function decodeColumn({ dtype, count, data }: SampleColumn): Promise<Float64Array> {
  const view = new DataView(await data.arrayBuffer())
  const size = ELEMENT_BYTES[dtype]
  const read = {
    f64: (at: number) => view.getFloat64(at, true),
    f32: (at: number) => view.getFloat32(at, true),
    u32: (at: number) => view.getUint32(at, true),
  }[dtype]
  return Float64Array.from({ length: count }, (_, index) => read(index * size))
}
