import type { Protocol } from '#domain/server.ts'

/** One load on the real server that both programs measure. */
export interface BenchPoint {
  model: string
  /** Free sizes, as perf_analyzer's --shape has them. */
  shapes: Record<string, number[]>
  batch: number
  protocol: Protocol
  sharedMemory: 'none' | 'system'
  concurrency: number
  /** The bar on the generator's cost: CPU per request and throughput against perf_analyzer's. */
  cost?: { cpuRatio: number; throughputRatio: number }
}

const PROTOCOLS = ['grpc', 'http'] as const
const MEMORY = ['none', 'system'] as const

/** CPU per request at most 0.6 × perf_analyzer's where a request is small, 0.5 × where it carries 600 KB. */
const costPoints: BenchPoint[] = (
  [
    { model: 'identity_fp32', shapes: { INPUT0: [16] }, large: false },
    { model: 'image_cls', shapes: {}, large: true },
  ] as const
).flatMap(({ model, shapes, large }) =>
  PROTOCOLS.flatMap(protocol =>
    MEMORY.flatMap(sharedMemory =>
      [1, 4, 16].map(concurrency => ({
        model,
        shapes: { ...shapes },
        batch: 1,
        protocol,
        sharedMemory,
        concurrency,
        cost: {
          cpuRatio: large && sharedMemory === 'none' ? 0.5 : 0.6,
          throughputRatio: concurrency === 16 ? 1.1 : 1,
        },
      })),
    ),
  ),
)

/** The other models of the test server: only the figures are compared. `flaky` is not: one error ends perf_analyzer. */
const figurePoints: BenchPoint[] = (
  [
    { model: 'delay', shapes: {}, concurrency: 1 },
    { model: 'delay', shapes: {}, concurrency: 4 },
    { model: 'strings', shapes: { TEXT: [4] }, concurrency: 4 },
    { model: 'mnist_digit', shapes: {}, concurrency: 4 },
    { model: 'ensemble', shapes: {}, concurrency: 4 },
  ] as const
).flatMap(({ model, shapes, concurrency }) =>
  PROTOCOLS.flatMap(protocol =>
    MEMORY.map(sharedMemory => ({
      model,
      shapes: Object.fromEntries(Object.entries(shapes).map(([name, dims]) => [name, [...dims]])),
      batch: 1,
      protocol,
      sharedMemory,
      concurrency,
    })),
  ),
)

export const BENCH_POINTS: readonly BenchPoint[] = [...costPoints, ...figurePoints]

export function pointTitle({ model, protocol, sharedMemory, concurrency }: BenchPoint): string {
  return `${model}, ${protocol}${sharedMemory === 'none' ? '' : ' + shm'}, c ${concurrency}`
}
