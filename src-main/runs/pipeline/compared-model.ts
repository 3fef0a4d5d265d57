import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Model } from '#domain/model.ts'
import { modelPrecision } from '#domain/model-precision.ts'
import type { TorchModule } from '#domain/pipeline-spec.ts'
import type { StepArtifact } from '#domain/step-table.ts'
import { inspectModel } from '../../models/inspect.ts'

/** A model of the pipeline: given, or made by a step. */
export type PipelineModel =
  | { kind: 'onnx'; title: string; model: Model; precision: string }
  | { kind: 'torch'; title: string; module: TorchModule; python: string; precision: string }

export type OnnxModel = Extract<PipelineModel, { kind: 'onnx' }>

/** @throws EngineError what reading the model throws */
export async function onnxModel(path: string, signal?: AbortSignal): Promise<OnnxModel> {
  const model = await inspectModel(path, signal)
  return { kind: 'onnx', title: model.name, model, precision: modelPrecision(model) }
}

/** What a module is called. */
export function moduleTitle(module: TorchModule): string {
  switch (module.kind) {
    case 'entry':
      return module.entry
    case 'torchscript':
      return basename(module.path)
    case 'torchvision':
      return module.model
  }
}

/** Size and SHA-256 of a file. */
export async function artifactOf(path: string): Promise<StepArtifact> {
  const { size } = await stat(path)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return { path, bytes: size, sha256: hash.digest('hex') }
}
