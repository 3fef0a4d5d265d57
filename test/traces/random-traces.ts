import fc from 'fast-check'
import { CATEGORY } from '../../src-main/domain/trace-category.ts'
import { type BuilderOptions, TraceBuilder } from '../../src-main/traces/builder.ts'
import type { IndexManifest, IndexStorage } from '../../src-main/traces/define.ts'
import { openIndex } from '../../src-main/traces/open-index.ts'
import { MemoryStorage } from '../helpers/memory-storage.ts'

export interface MadeSlice {
  track: number
  startNs: number
  durationNs: number
  name: string
  category: number
  correlation?: number
  operator?: number
  detail?: string
  bytes?: number
}

/** Small times, so that slices meet, nest, overlap and touch all the time. The source of a slice is its position. */
export const anySlices = (most = 60, lastNs = 40): fc.Arbitrary<MadeSlice[]> =>
  fc.array(
    fc.record({
      track: fc.integer({ min: 0, max: 2 }),
      startNs: fc.integer({ min: 0, max: lastNs }),
      durationNs: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 0, max: Math.ceil(lastNs / 4) }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: lastNs }) },
        { weight: 1, arbitrary: fc.constant(0) },
      ),
      name: fc.constantFrom('aten::add', 'aten::mul', 'void gemm<float, 128>(int)', 'größe 日本'),
      category: fc.constantFrom(CATEGORY.op, CATEGORY.runtime, CATEGORY.kernel, CATEGORY.python, CATEGORY.memcpy),
      correlation: fc.integer({ min: 0, max: 12 }),
      operator: fc.integer({ min: 0, max: 12 }),
    }),
    { maxLength: most },
  )

export function feed(builder: TraceBuilder, slices: readonly MadeSlice[]): void {
  for (let track = 0; track <= 2; track++)
    builder.track(`t${track}`, { kind: track === 2 ? 'stream' : 'thread', title: `track ${track}`, group: 'made' })
  slices.forEach((slice, source) => {
    const { track, startNs, durationNs, name, category, correlation = 0, operator = 0, detail, bytes } = slice
    const shapes = detail === undefined ? 0 : builder.name(detail)
    builder.slice(track, startNs, durationNs, builder.name(name), category, correlation, operator, shapes, source)
    if (bytes !== undefined) builder.bytes(bytes)
  })
}

export function indexOf(
  slices: readonly MadeSlice[],
  options: BuilderOptions & { storage?: IndexStorage; more?: (builder: TraceBuilder) => void } = {},
) {
  const { storage = new MemoryStorage(), more, ...rest } = options
  const builder = new TraceBuilder(storage, rest)
  feed(builder, slices)
  more?.(builder)
  const manifest: IndexManifest = builder.finish()
  return { storage, manifest, index: openIndex(storage) }
}
