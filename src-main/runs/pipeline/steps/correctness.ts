import type { Correctness } from '#domain/correctness.ts'
import { EngineError } from '#domain/errors.ts'
import type { StepOf } from '#domain/pipeline-spec.ts'
import { compareModels } from '../compare.ts'
import { onnxModel, type PipelineModel } from '../compared-model.ts'
import type { StepOutcome, StepWork } from '../state.ts'

/** The last model against what it was made from, or a named file against the source. @throws EngineError */
export async function correctnessStep(step: StepOf<'correctness'>, work: StepWork): Promise<StepOutcome> {
  const { spec, state, talk, sink, signal } = work
  const candidate = step.candidate === undefined ? state.last : await onnxModel(step.candidate, signal)
  const base = step.candidate === undefined ? state.madeFrom : state.source
  if (base === undefined) {
    throw new EngineError('SPEC_INVALID', 'There is nothing to compare with', {
      hint: 'Name a candidate, or put an export or convert step before it.',
    })
  }
  const correctness = await compareModels({ base, candidate, inputs: spec.inputs, step }, talk, signal)
  state.correctness.push(correctness)
  sink.attach('correctness', nameOf(base, candidate), correctness)
  return {
    tool: [...new Set([correctness.base.ranOn, correctness.candidate.ranOn])].join('; '),
    result: `${correctness.verdict}: ${correctness.why}${driftText(correctness)}`,
    notices: correctness.notices,
  }
}

function nameOf(base: PipelineModel, candidate: PipelineModel): string {
  return `${base.title} → ${candidate.title}`
}

function driftText({ drift }: Correctness): string {
  if (drift === undefined) return ''
  const { first, joined } = drift
  return first === undefined ? `; no drift at ${joined} nodes` : `; drifts first at ${first.operator} ${first.node}`
}
