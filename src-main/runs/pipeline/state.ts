import type { Correctness } from '#domain/correctness.ts'
import type { Readiness } from '#domain/machine.ts'
import type { Facts } from '#domain/passport.ts'
import type { PipelineSpec } from '#domain/pipeline-spec.ts'
import type { RunKind, RunSink } from '../define.ts'
import type { OnnxModel, PipelineModel } from './compared-model.ts'
import type { StepTalk } from './model-outputs.ts'

/** What the engine hands to pipelines: rooms of its own floor are met only there. */
export interface PipelineContext {
  app: { version: string; commit: string }
  bench: RunKind
  /** Cached; asked again where the tool was not ready. */
  tool(id: string): Promise<Readiness>
}

/** Models and verdicts so far; steps add to it. */
export interface PipelineState {
  source: PipelineModel
  /** ONNX models in the order they came: the source where it is one, then what was exported and converted. */
  onnx: OnnxModel[]
  /** What the next correctness step judges: the last model, and the one it was made from. */
  last: PipelineModel
  madeFrom?: PipelineModel
  correctness: Correctness[]
  pointCount: number
}

/** What a step works with. */
export interface StepWork {
  spec: PipelineSpec
  state: PipelineState
  context: PipelineContext
  /** Interpreter of the steps in Python. */
  python: string
  /** Path for a file of this step: as asked, or a free name in the pipeline's folder. */
  place(asked: string | undefined, name: string): string
  talk: StepTalk
  sink: RunSink
  signal: AbortSignal
}

/** What came out of a step. `path`: the file it made. */
export interface StepOutcome {
  tool?: string
  path?: string
  result: string
  facts?: Facts
  notices?: string[]
}
