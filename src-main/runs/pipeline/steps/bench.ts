import type { BenchSpecInput } from '#domain/bench-spec.ts'
import { EngineError } from '#domain/errors.ts'
import type { Finding } from '#domain/finding.ts'
import type { Passport } from '#domain/passport.ts'
import type { StepOf } from '#domain/pipeline-spec.ts'
import type { RunSink } from '../../define.ts'
import type { OnnxModel } from '../compared-model.ts'
import type { StepOutcome, StepWork } from '../state.ts'

/** Every ONNX model of the pipeline, one after the other, into one table. @throws EngineError */
export async function benchStep(step: StepOf<'bench'>, work: StepWork): Promise<StepOutcome> {
  const { spec, state, context, signal } = work
  const findings: Finding[] = []
  const { step: _, ...wanted } = step
  const { shapes, batchAxes } = spec.inputs
  for (const model of state.onnx) {
    const bench: BenchSpecInput = { ...wanted, modelPath: model.model.path, shapes, batchAxes }
    const planned = await context.bench.prepare(bench)
    const [problem] = planned.plan.problems
    if (problem !== undefined) throw new EngineError(problem.code, problem.message, problem)
    for (const notice of planned.plan.notices) work.sink.notice(notice)
    await planned.execute(benchSink(work, model, findings), signal)
  }
  work.sink.findings(findings)
  return {
    tool: 'batchscope bench',
    result: `${state.pointCount} points of ${state.onnx.length} ${state.onnx.length === 1 ? 'model' : 'models'}`,
    notices:
      Object.keys(spec.inputs.data).length === 0
        ? []
        : ['Measured with random inputs: values do not change the time of these models.'],
  }
}

/** A bench inside a pipeline: its points carry the model they are of, its passport is a part of the run's. */
function benchSink({ sink, state }: StepWork, { model, title }: OnnxModel, findings: Finding[]): RunSink {
  const first = state.pointCount
  return {
    ...sink,
    progress: progress => sink.progress({ phase: `bench ${title}: ${progress.phase}` }),
    point(point, samples) {
      const { path, bytes, sha256 } = model
      sink.point(
        { ...point, id: `p${first + point.index}`, index: first + point.index, artifact: { path, bytes, sha256 } },
        samples,
      )
      state.pointCount++
    },
    passport: (passport: Passport) => sink.passport(passport),
    findings: found => {
      for (const finding of found) findings.push({ ...finding, statement: `${title}: ${finding.statement}` })
    },
    describe: () => {},
  }
}
