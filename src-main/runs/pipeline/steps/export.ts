import { EngineError } from '#domain/errors.ts'
import type { StepOf } from '#domain/pipeline-spec.ts'
import { makeWithPython } from '../../../../native-tools/python-steps.ts'
import { onnxModel } from '../compared-model.ts'
import type { StepOutcome, StepWork } from '../state.ts'

/** A torch module as ONNX, by torch.onnx.export in the user's interpreter. @throws EngineError */
export async function exportStep(step: StepOf<'export'>, work: StepWork): Promise<StepOutcome> {
  const { spec, state, python, talk, signal } = work
  if (state.source.kind !== 'torch')
    throw new EngineError('SPEC_INVALID', 'The source is ONNX already: nothing to export')
  const path = work.place(step.output, `${fileName(state.source.title)}.onnx`)
  const { opset, dynamicBatch, exporter } = step
  const request = {
    action: 'export',
    target: state.source.module,
    shapes: spec.torchShapes,
    dtype: spec.torchDtype,
    output: path,
    opset,
    dynamicBatch,
    exporter,
  }
  const { tool, version } = await makeWithPython(
    python,
    request,
    { phase: phase => talk.phase(`export: ${phase}`), onLine: talk.log },
    signal,
  )
  const model = await onnxModel(path, signal)
  addExported(work, model)
  const { opsets, nodeCount = 0 } = model.model
  const opsetText = opsets.map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ')
  return { tool: `${tool} ${version}`, path, result: `${nodeCount} nodes, opset ${opsetText}` }
}

/** What was exported takes the place of the module. */
export function addExported({ state }: StepWork, model: Awaited<ReturnType<typeof onnxModel>>): void {
  state.onnx.push(model)
  state.madeFrom = state.source
  state.last = model
}

/** A module's name as one of a file. */
function fileName(title: string): string {
  return (title.split(':').at(-1) ?? title).replace(/\.(pt|pth|ts)$/i, '').replace(/[^\w.-]+/g, '_') || 'model'
}
