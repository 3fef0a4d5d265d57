import type { LayerTable } from '#domain/layer.ts'
import type { Model } from '#domain/model.ts'
import type { Facts } from '#domain/passport.ts'
import type { QueryTimes } from '#formats/trtexec/times.ts'
import type { TrtexecRun } from '#formats/trtexec/types.ts'
import { deviceFacts, isTestDouble, measuredFacts, programFacts } from '../../../native-tools/trtexec-facts.ts'
import { hintWords } from '../../../native-tools/trtexec-hints.ts'
import type { BenchResult } from '../../workers/bench-protocol.ts'
import type { PointTask } from '../define.ts'
import type { ReadyEngine } from './engine.ts'
import type { TensorRtOptions } from './options.ts'
import { isBuildPrecision, runsAs } from './precision.ts'

/** Of CUDA events, by which trtexec takes its times. Source: CUDA runtime API, cudaEventElapsedTime. */
const EVENT_RESOLUTION_US = 0.5

export interface MeasuredRun {
  task: PointTask
  options: TensorRtOptions
  model: Model
  engine: ReadyEngine
  argv: readonly string[]
  run: TrtexecRun
  times: QueryTimes
  layers: LayerTable | undefined
}

/** Every exported query as a call; its parts as they were exported, throughput as it was printed. */
export function resultOf({ task, options, model, engine, argv, run, times, layers }: MeasuredRun): BenchResult {
  const { path, bytes, sha256, buildMs } = engine
  const { contextMiB } = run.build.memory
  const queriesPerSec = run.summary?.queriesPerSec
  const hints = run.hints.map(hintWords)
  const device = isTestDouble(run) ? 'test double' : `cuda:${run.device.id ?? 0}`
  return {
    latenciesMs: owned(times.latencyMs),
    fixedWarmup: times.warmup,
    clockUs: EVENT_RESOLUTION_US,
    phasesMs: {
      gpuCompute: owned(times.gpuComputeMs),
      h2d: owned(times.h2dMs),
      d2h: owned(times.d2hMs),
      // trtexec's "host latency" is the sum of the three.
      host: owned(times.latencyMs),
      ...(times.enqueueMs === undefined ? {} : { enqueue: owned(times.enqueueMs) }),
    },
    artifact: { path, bytes, sha256 },
    ...(buildMs === undefined ? {} : { compileMs: buildMs }),
    ...(contextMiB === undefined ? {} : { peakDeviceBytes: Math.round(contextMiB * 2 ** 20) }),
    ...(queriesPerSec === undefined ? {} : { queriesPerSec }),
    ...(layers === undefined ? {} : { layers }),
    flags: [...(isTestDouble(run) ? ['test-double'] : []), ...new Set(hints.flatMap(({ flag }) => flag ?? []))],
    precision: isBuildPrecision(task.precision) ? runsAs(task.precision, model) : task.precision,
    device,
    runtimeFacts: {
      device,
      ...programFacts(run),
      ...prefixed('gpu', deviceFacts(run.device)),
      ...measuredFacts(run.measured),
      includes: includes(run, options),
      latency: 'H2D + GPU compute + D2H of each query, by CUDA events; enqueuing runs ahead and is apart',
      engines: options.engine === 'dynamic' ? 'one for all batches, at its best at the largest' : 'one for each batch',
      argv: [...argv],
      hints: hints.map(({ text }) => text),
    },
  }
}

function includes({ measured }: TrtexecRun, { dataTransfers }: TensorRtOptions): string[] {
  return (measured.dataTransfers ?? dataTransfers) ? ['h2d', 'compute', 'd2h'] : ['compute']
}

function prefixed(prefix: string, facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [`${prefix}.${name}`, fact]))
}

/** In memory that no thread shares, as results are kept. */
function owned(values: Float64Array): Float64Array<ArrayBuffer> {
  return new Float64Array(values)
}
