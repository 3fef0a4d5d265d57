import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ComparedModel, ComparedOutput, Correctness } from '#domain/correctness.ts'
import { EngineError } from '#domain/errors.ts'
import type { PipelineInputs, StepOf } from '#domain/pipeline-spec.ts'
import type { WrittenTensor } from '../../workers/ort-outputs-protocol.ts'
import { findDrift } from './bisect.ts'
import type { PipelineModel } from './compared-model.ts'
import { writeFeeds } from './feeds.ts'
import { differencesOf, outputsOf, type StepTalk, subfolder } from './model-outputs.ts'
import { relativeTolerance } from './tolerance.ts'

export interface Comparison {
  base: PipelineModel
  candidate: PipelineModel
  inputs: PipelineInputs
  step: StepOf<'correctness'>
}

/**
 * The same inputs through both models, and every output of one against that of the other.
 * @throws EngineError what making the inputs or running a model throws
 */
export async function compareModels(comparison: Comparison, talk: StepTalk, signal: AbortSignal): Promise<Correctness> {
  const folder = await mkdtemp(join(tmpdir(), 'batchscope-compare-'))
  try {
    return await compareIn(folder, comparison, talk, signal)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function compareIn(
  folder: string,
  { base, candidate, inputs, step }: Comparison,
  talk: StepTalk,
  signal: AbortSignal,
): Promise<Correctness> {
  const described = [base, candidate].find(model => model.kind === 'onnx')
  if (described === undefined || described.kind !== 'onnx') {
    throw new EngineError('SPEC_INVALID', 'One of the two must be an ONNX model: it tells what the inputs are')
  }
  talk.phase('making the inputs')
  const feeds = await writeFeeds(described.model, inputs, folder)
  talk.phase(`running ${base.title} and ${candidate.title}`)
  const [ours, theirs] = await Promise.all([
    outputsOf(base, feeds, subfolder(folder, 'base'), talk, signal),
    outputsOf(candidate, feeds, subfolder(folder, 'candidate'), talk, signal),
  ])
  talk.phase('comparing')
  const { rtol, from } = relativeTolerance(step.rtol, candidate.precision)
  const { pairs, notices } = paired(ours.outputs, theirs.outputs)
  const tolerance = { rtol, ...(step.atol === undefined ? {} : { atol: step.atol }) }
  const outputs = await compareOutputs(pairs, tolerance, signal)
  const drift =
    step.bisect && base.kind === 'onnx' && candidate.kind === 'onnx'
      ? await findDrift({ base, candidate, feeds, folder }, talk, signal)
      : undefined
  return {
    base: told(base, ours.ranOn),
    candidate: told(candidate, theirs.ranOn),
    inputs: feeds.told,
    outputs,
    ...overall(outputs),
    toleranceRule: `rtol ${rtol} (${from}), atol ${step.atol ?? 'rtol × the root mean square of the base’s output'}; numpy.allclose, equal_nan=False`,
    ...(drift === undefined ? {} : { drift }),
    notices: [
      ...notices,
      ...ours.notices,
      ...theirs.notices,
      ...(step.bisect && drift === undefined ? ['Only two ONNX models can be searched for the first drift.'] : []),
    ],
  }
}

type Pair = readonly [base: WrittenTensor, candidate: WrittenTensor]

/** By name; by place where no name is common and the numbers agree, as between a torch module and its ONNX. */
function paired(
  base: readonly WrittenTensor[],
  candidate: readonly WrittenTensor[],
): { pairs: Pair[]; notices: string[] } {
  const byName = base.flatMap((tensor): Pair[] => {
    const other = candidate.find(({ name }) => name === tensor.name)
    return other === undefined ? [] : [[tensor, other]]
  })
  if (byName.length === 0 && base.length === candidate.length) {
    const pairs = base.flatMap((tensor, at): Pair[] => {
      const other = candidate[at]
      return other === undefined ? [] : [[tensor, other]]
    })
    return {
      pairs,
      notices: pairs.length === 0 ? [] : ['The outputs have other names: they are paired in their order.'],
    }
  }
  const lost = [...base, ...candidate]
    .map(({ name }) => name)
    .filter(name => !byName.some(([{ name: known }]) => known === name))
  return {
    pairs: byName,
    notices: lost.length === 0 ? [] : [`Outputs of one model alone are not compared: ${[...new Set(lost)].join(', ')}`],
  }
}

async function compareOutputs(
  pairs: readonly Pair[],
  tolerance: { rtol: number; atol?: number },
  signal: AbortSignal,
): Promise<ComparedOutput[]> {
  const readable = pairs.flatMap(([base, candidate]) =>
    base.path === undefined || candidate.path === undefined
      ? []
      : [{ base: base.path, candidate: candidate.path, tolerance }],
  )
  const found = await differencesOf(readable, signal)
  return pairs.map(([base, candidate]) => {
    const head = {
      name: base.name,
      candidateName: candidate.name,
      baseDtype: base.dtype,
      candidateDtype: candidate.dtype,
    }
    const result = found[readable.findIndex(pair => pair.base === base.path)]
    if (result === undefined) return { ...head, verdict: 'cannot-tell', why: `${base.dtype} values cannot be compared` }
    if ('why' in result) return { ...head, verdict: 'fail', why: result.why }
    const { difference } = result
    return {
      ...head,
      difference,
      verdict: difference.verdict,
      ...(difference.why === undefined ? {} : { why: difference.why }),
    }
  })
}

/** One that fails decides; else one that cannot be told does. */
function overall(outputs: readonly ComparedOutput[]): Pick<Correctness, 'verdict' | 'why'> {
  if (outputs.length === 0) return { verdict: 'cannot-tell', why: 'The models have no output in common' }
  const failed = outputs.find(({ verdict }) => verdict === 'fail')
  const unclear = outputs.find(({ verdict }) => verdict === 'cannot-tell')
  const decided = failed ?? unclear
  if (decided === undefined) {
    return {
      verdict: 'pass',
      why: `${outputs.length} ${outputs.length === 1 ? 'output is' : 'outputs are'} within the tolerance`,
    }
  }
  return { verdict: decided.verdict, why: `Output ${decided.name}: ${decided.why ?? 'no figure'}` }
}

function told(model: PipelineModel, ranOn: string): ComparedModel {
  const { title, precision } = model
  if (model.kind === 'torch') return { title, precision, ranOn }
  const { path, sha256, bytes } = model.model
  return { title, path, sha256, bytes, precision, ranOn }
}
