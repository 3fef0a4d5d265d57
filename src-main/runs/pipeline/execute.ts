import { EngineError, toFailure } from '#domain/errors.ts'
import type { PipelineSpec, PipelineStep } from '#domain/pipeline-spec.ts'
import type { StepRecord } from '#domain/step-table.ts'
import type { RunSink } from '../define.ts'
import { stepCommand } from './command.ts'
import { artifactOf, moduleTitle, onnxModel, type PipelineModel } from './compared-model.ts'
import type { StepTalk } from './model-outputs.ts'
import { pipelinePassport } from './passport.ts'
import { pipelineFolder, placeFor } from './places.ts'
import { stepTitle } from './plan.ts'
import { keptArtifact, noteArtifact, stepKey } from './record.ts'
import type { PipelineContext, PipelineState, StepOutcome, StepWork } from './state.ts'
import { benchStep } from './steps/bench.ts'
import { configStep } from './steps/config.ts'
import { addConverted, convertStep } from './steps/convert.ts'
import { correctnessStep } from './steps/correctness.ts'
import { addExported, exportStep } from './steps/export.ts'

export interface PipelineJob {
  spec: PipelineSpec
  command: string
  /** '' where no step needs one. */
  python: string
  context: PipelineContext
}

/**
 * Step by step; after each the table of steps is kept. One that fails ends the run and leaves what was made before it.
 * @throws EngineError of the step that failed
 */
export async function executePipeline(job: PipelineJob, sink: RunSink, signal: AbortSignal): Promise<void> {
  const { spec, context, python } = job
  const source = await sourceModel(spec, python, signal)
  const state: PipelineState = {
    source,
    last: source,
    onnx: source.kind === 'onnx' ? [source] : [],
    correctness: [],
    pointCount: 0,
  }
  const folder = pipelineFolder(spec.folder, sink.sessionPath)
  sink.passport(await pipelinePassport(job, source))
  const records = spec.steps.map(step => waiting(spec, step))
  const told = () => sink.attach('steps', 'pipeline', { steps: records })
  told()
  for (const [index, step] of spec.steps.entries()) {
    await sink.gate(signal)
    const talk = talkOf(sink, index, spec.steps.length)
    const place = (asked: string | undefined, name: string) => placeFor(folder, asked, name)
    const work: StepWork = { spec, state, context, python, place, talk, sink, signal }
    const begun: StepRecord = {
      ...waiting(specNow(work), step),
      status: 'running',
      startedAt: new Date().toISOString(),
    }
    records[index] = begun
    told()
    const startMs = performance.now()
    try {
      records[index] = { ...begun, ...(await finished(step, work, folder)), durationMs: performance.now() - startMs }
      told()
    } catch (thrown) {
      records[index] = { ...begun, status: 'failed', error: toFailure(thrown), durationMs: performance.now() - startMs }
      for (let later = index + 1; later < records.length; later++) {
        const record = records[later]
        if (record !== undefined) records[later] = { ...record, status: 'not-run' }
      }
      told()
      throw thrown
    }
  }
}

/** The step done, or its file of an earlier run taken where that is wanted and it is unchanged. */
async function finished(step: PipelineStep, work: StepWork, folder: string): Promise<Partial<StepRecord>> {
  const { spec, state } = work
  const from = step.step === 'export' ? state.source : step.step === 'convert' ? state.onnx[0] : undefined
  const key = from === undefined ? undefined : stepKey(step, from, spec)
  const kept = spec.resume && key !== undefined ? await keptArtifact(folder, key) : undefined
  if (kept !== undefined) {
    const model = await onnxModel(kept.artifact.path, work.signal)
    if (from?.kind === 'onnx') addConverted(work, from, model)
    else addExported(work, model)
    return {
      status: 'kept',
      artifact: kept.artifact,
      result: 'made by an earlier run, unchanged',
      ...(kept.tool === undefined ? {} : { tool: kept.tool }),
    }
  }
  const { path, ...outcome } = await outcomeOf(step, work)
  const artifact = path === undefined ? undefined : await artifactOf(path)
  const { tool } = outcome
  if (key !== undefined && artifact !== undefined && isOurs(step, spec)) {
    await noteArtifact(folder, { key, artifact, ...(tool === undefined ? {} : { tool }) })
  }
  return { status: 'done', ...outcome, ...(artifact === undefined ? {} : { artifact }) }
}

/** A single file in a place of the user's leaves nothing else behind. */
function isOurs(step: PipelineStep, { folder, resume }: PipelineSpec): boolean {
  return folder !== undefined || resume || !('output' in step) || step.output === undefined
}

function outcomeOf(step: PipelineStep, work: StepWork): Promise<StepOutcome> {
  switch (step.step) {
    case 'export':
      return exportStep(step, work)
    case 'convert':
      return convertStep(step, work)
    case 'correctness':
      return correctnessStep(step, work)
    case 'config':
      return configStep(step, work)
    case 'bench':
      return benchStep(step, work)
  }
}

async function sourceModel({ source }: PipelineSpec, python: string, signal: AbortSignal): Promise<PipelineModel> {
  if (source.kind === 'onnx') return onnxModel(source.path, signal)
  if (python === '') throw new EngineError('TOOL_MISSING', 'A torch module needs a Python with torch')
  return { kind: 'torch', title: moduleTitle(source), module: source, python, precision: 'fp32' }
}

function waiting(spec: PipelineSpec, step: PipelineStep): StepRecord {
  return { step: step.step, title: stepTitle(step), command: stepCommand(spec, step), status: 'waiting', notices: [] }
}

/** The spec as if it began here: a step run alone takes the file that came before it. */
function specNow({ spec, state }: StepWork): PipelineSpec {
  const [first] = state.onnx
  return first === undefined ? spec : { ...spec, source: { kind: 'onnx', path: first.model.path } }
}

function talkOf(sink: RunSink, index: number, count: number): StepTalk {
  return {
    phase: phase => sink.progress({ phase: count === 1 ? phase : `step ${index + 1} of ${count}: ${phase}` }),
    log: text => sink.log('stderr', text),
  }
}
