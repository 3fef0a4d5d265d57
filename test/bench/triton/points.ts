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
const COST_MODELS: { model: string; shapes: Record<string, number[]>; large: boolean }[] = [
  { model: 'identity_fp32', shapes: { INPUT0: [16] }, large: false },
  { model: 'image_cls', shapes: {}, large: true },
]
const costPoints = COST_MODELS.flatMap(({ model, shapes, large }) =>
  overTransports(transport =>
    [1, 4, 16].map(concurrency => ({
      ...{ model, shapes, batch: 1, ...transport, concurrency },
      cost: {
        cpuRatio: large && transport.sharedMemory === 'none' ? 0.5 : 0.6,
        throughputRatio: concurrency === 16 ? 1.1 : 1,
      },
    })),
  ),
)

/** The other models of the test server: only the figures are compared. `flaky` is not: one error ends perf_analyzer. */
const FIGURE_MODELS: { model: string; shapes: Record<string, number[]>; concurrency: number }[] = [
  { model: 'delay', shapes: {}, concurrency: 1 },
  { model: 'delay', shapes: {}, concurrency: 4 },
  { model: 'strings', shapes: { TEXT: [4] }, concurrency: 4 },
  { model: 'mnist_digit', shapes: {}, concurrency: 4 },
  { model: 'ensemble', shapes: {}, concurrency: 4 },
]
const figurePoints = FIGURE_MODELS.flatMap(load => overTransports(transport => [{ ...load, batch: 1, ...transport }]))

function overTransports(
  points: (transport: Pick<BenchPoint, 'protocol' | 'sharedMemory'>) => BenchPoint[],
): BenchPoint[] {
  return PROTOCOLS.flatMap(protocol => MEMORY.flatMap(sharedMemory => points({ protocol, sharedMemory })))
}

export const BENCH_POINTS: readonly BenchPoint[] = [...costPoints, ...figurePoints]

export function pointTitle({ model, protocol, sharedMemory, concurrency }: BenchPoint): string {
  return `${model}, ${protocol}${sharedMemory === 'none' ? '' : ' + shm'}, c ${concurrency}`
}
