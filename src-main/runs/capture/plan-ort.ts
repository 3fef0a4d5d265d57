import type { OrtCaptureSpec } from '#domain/capture-spec.ts'
import type { Failure } from '#domain/errors.ts'
import type { RuntimeInfo } from '#domain/machine.ts'
import type { Model } from '#domain/model.ts'
import type { RunPlan } from '#domain/plan.ts'
import { type BenchStep, planBench } from '../bench/plan.ts'
import { captureCommand } from './command.ts'

/** The runtimes whose workers can be profiled so. */
const PROFILED = ['ort-cpu']

export interface OrtPlan {
  plan: RunPlan
  /** The point; absent where there are problems. */
  step?: BenchStep
}

/** What a profiled pass would do: the first point of its bench spec. Pure. */
export function planOrt(spec: OrtCaptureSpec, model: Model, runtimes: readonly RuntimeInfo[]): OrtPlan {
  const bench = planBench(spec.bench, model, runtimes)
  const [step] = bench.steps
  const problems: Failure[] = [...bench.plan.problems]
  const [first] = spec.bench.runtimes
  if (first !== undefined && !PROFILED.includes(first.id)) {
    problems.push({
      code: 'RUNTIME_UNAVAILABLE',
      message: `ONNX Runtime's profiler cannot look into ${first.id}`,
      where: first.id,
      hint: `It can for ${PROFILED.join(', ')}.`,
    })
  }
  const batch = step?.batch ?? bench.plan.batches[0] ?? 1
  return {
    plan: {
      kind: 'capture',
      title: spec.title ?? `${model.name}, batch ${batch}`,
      subtitle: 'ONNX Runtime profile',
      command: captureCommand(spec),
      pointCount: 0,
      notices: [
        { level: 'info', text: 'The profiler costs time in every node: latencies of this pass are not measurements.' },
      ],
      problems,
      inputs: bench.plan.inputs,
      batches: [batch],
    },
    ...(step === undefined || problems.length > 0 ? {} : { step }),
  }
}
