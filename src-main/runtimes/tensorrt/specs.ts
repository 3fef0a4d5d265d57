import { BuildSpec, EngineRunSpec } from '#domain/build-spec.ts'
import { EngineError } from '#domain/errors.ts'
import type { Model } from '#domain/model.ts'
import type { PointTask } from '../define.ts'
import type { TensorRtOptions } from './options.ts'
import { isBuildPrecision } from './precision.ts'

type Shapes = Record<string, number[]>

/** The engine a point runs on: for its batch alone, or for all batches of the run and at its best at the largest. */
export function buildSpecOf(task: PointTask, options: TensorRtOptions, model: Model, folder: string): BuildSpec {
  const { precision } = task
  if (!isBuildPrecision(precision)) {
    throw new EngineError('SPEC_INVALID', `TensorRT builds no engine in ${precision}`, { where: precision })
  }
  const { workspaceMiB, builderOptimizationLevel: level } = options
  return BuildSpec.parse({
    modelPath: model.path,
    precision,
    ...profile(task, options, model),
    ...(workspaceMiB === 0 ? {} : { workspaceMiB }),
    ...(level < 0 ? {} : { builderOptimizationLevel: level }),
    sparsity: options.sparsity,
    ...(options.timingCache ? {} : { timingCache: false }),
    outputFolder: folder,
    timeoutMs: options.buildTimeoutSec * 1000,
  })
}

export function runSpecOf(task: PointTask, options: TensorRtOptions, model: Model): EngineRunSpec {
  return EngineRunSpec.parse({
    shapes: freeShapes(task.shapes, model),
    warmUpMs: options.warmUpMs,
    durationSec: task.minDurationMs / 1000,
    iterations: task.minIterations,
    streams: options.streams,
    cudaGraph: options.cudaGraph,
    spinWait: options.spinWait,
    dataTransfers: options.dataTransfers,
    profile: options.layers,
  })
}

function profile(task: PointTask, { engine }: TensorRtOptions, model: Model) {
  const own = freeShapes(task.shapes, model)
  const batches = [...(task.batches ?? []), task.batch].toSorted((a, b) => a - b)
  const [least, most] = [batches[0] ?? task.batch, batches.at(-1) ?? task.batch]
  if (engine === 'per-batch' || least === most) return { optShapes: own }
  const largest = withBatch(own, task, most)
  return { minShapes: withBatch(own, task, least), optShapes: largest, maxShapes: largest }
}

function withBatch(shapes: Shapes, { batchAxes = {} }: PointTask, batch: number): Shapes {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, dims]) => [
      name,
      dims.map((size, axis) => (axis === (batchAxes[name] ?? 0) ? batch : size)),
    ]),
  )
}

/** Sizes of fixed inputs are the model's own: trtexec refuses to be told them. */
function freeShapes(shapes: Shapes, model: Model): Shapes {
  const free = model.inputs.filter(({ shape }) => shape === undefined || shape.some(dim => typeof dim === 'string'))
  return Object.fromEntries(
    free.flatMap(({ name }) => {
      const { [name]: dims } = shapes
      return dims === undefined ? [] : [[name, dims]]
    }),
  )
}
