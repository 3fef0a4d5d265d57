import { BenchSpec } from '#domain/bench-spec.ts'
import { CaptureSpec } from '#domain/capture-spec.ts'
import { EngineError } from '#domain/errors.ts'
import type { RuntimeInfo } from '#domain/machine.ts'
import type { Point } from '#domain/point.ts'
import type { Run } from '#domain/run.ts'
import { nodeBinary, workerFile } from '../../../native-tools/start-worker.ts'
import { boundTo } from '../../../native-tools/taskset.ts'
import { inspectModel } from '../../models/inspect.ts'
import type { Runtime } from '../../runtimes/define.ts'
import { pointChild } from '../bench/bench.ts'
import { askRuntimes } from '../bench/matrix.ts'
import { planBench } from '../bench/plan.ts'

export interface WayToProfile {
  title: string
  spec: CaptureSpec
}

/**
 * Captures that look into a point of a bench by running it once more: the profiler of its runtime first, then nsys
 * around the worker that measured it.
 * @throws EngineError SPEC_INVALID for a point that cannot be run again from here, MODEL_CHANGED, what reading the model throws
 */
export async function waysToProfile(
  run: Run,
  point: Point,
  {
    runtimes,
    runtimeInfos,
  }: { runtimes: readonly Runtime[]; runtimeInfos(ids: readonly string[]): Promise<RuntimeInfo[]> },
): Promise<WayToProfile[]> {
  const bench = benchOf(run, point)
  const model = await inspectModel(bench.modelPath)
  if (run.model?.sha256 !== undefined && run.model.sha256 !== model.sha256) {
    throw new EngineError('MODEL_CHANGED', 'The model is not the one that was measured', {
      where: model.path,
      hint: 'Measure it again, then profile a point of the new run.',
    })
  }
  const { plan, steps } = planBench(
    bench,
    model,
    await runtimeInfos(bench.runtimes.map(({ id }) => id)),
    askRuntimes(runtimes, model),
  )
  const [step] = steps
  const [problem] = plan.problems
  if (step === undefined) {
    throw new EngineError(
      problem?.code ?? 'SPEC_INVALID',
      problem?.message ?? 'The point cannot be planned again',
      problem,
    )
  }
  const { child } = pointChild(step, { spec: bench, inputs: plan.inputs, model, runtimes })
  const of = { runId: run.id, pointId: point.id }
  const title = `${model.name}, batch ${point.batch}`
  const bound = 'measure' in child || child.affinity === undefined ? [] : boundTo(child.affinity)
  const command =
    'measure' in child
      ? [...child.argv]
      : [...bound, nodeBinary(), workerFile(child.worker), JSON.stringify(child.input)]
  const ways = [
    {
      title: 'Nsight Systems',
      spec: {
        tool: 'nsys',
        title: `${title} under nsys`,
        command,
        of,
      },
    },
  ]
  const own = { title: 'ONNX Runtime profiler', spec: { tool: 'ort', title: `${title}: nodes`, bench, of } }
  return [...('worker' in child && child.worker === 'ort-bench' ? [own] : []), ...ways].map(way => ({
    title: way.title,
    spec: CaptureSpec.parse(way.spec),
  }))
}

/** The spec of the run, for this point alone. */
function benchOf(run: Run, point: Point): BenchSpec {
  const parsed = BenchSpec.safeParse(run.spec)
  const runtime = parsed.data?.runtimes.find(({ id }) => id === point.runtime)
  if (run.kind !== 'bench' || parsed.data === undefined || runtime === undefined) {
    throw new EngineError('SPEC_INVALID', 'Only points of a benchmark can be profiled from here', {
      where: `run ${run.id}, ${run.kind}`,
      hint: 'Profile a server where it runs: batchscope capture nsys -- tritonserver …',
    })
  }
  const { profile: _, resume: _resume, ...bench } = parsed.data
  const { id, options, precisions = bench.precisions } = runtime
  const precision =
    point.precisionAsked ?? precisions.find(name => name === point.precision) ?? precisions[0] ?? 'model'
  return { ...bench, runtimes: [{ id, options }], precisions: [precision], batches: [point.batch], repeat: 1 }
}
