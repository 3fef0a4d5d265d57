import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Failure } from '#domain/errors.ts'
import type { PipelineSpec, PipelineStep } from '#domain/pipeline-spec.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { StepTools } from '../../../native-tools/python-steps.ts'
import { pipelineCommand } from './command.ts'
import { moduleTitle } from './compared-model.ts'

/** What is known of the interpreter; both absent: no step needs one. */
export interface PipelineWorld {
  python?: string
  tools?: StepTools
  /** Why there is none, or why it does not answer. */
  failure?: Failure
}

/** What converts to what, in order of preference (`python/batchscope_steps/convert.py`). */
const CONVERTERS: Readonly<Record<string, readonly string[]>> = {
  fp16: ['onnxconverter-common', 'onnxruntime', 'nvidia-modelopt'],
  int8: ['onnxruntime', 'nvidia-modelopt'],
}

/** What a pipeline would do: looks at nothing but what is handed in and whether files are there. */
export function planPipeline(spec: PipelineSpec, world: PipelineWorld): RunPlan {
  const { source, steps } = spec
  return {
    kind: 'pipeline',
    title: spec.title ?? (source.kind === 'onnx' ? basename(source.path) : moduleTitle(source)),
    subtitle: steps.map(stepTitle).join(' → '),
    command: pipelineCommand(spec),
    pointCount: 0,
    notices: [],
    problems: [...orderProblems(spec), ...fileProblems(spec), ...toolProblems(spec, world)],
    inputs: [],
    batches: [],
  }
}

export function stepTitle(step: PipelineStep): string {
  switch (step.step) {
    case 'export':
      return 'export to ONNX'
    case 'convert':
      return `convert to ${step.to.toUpperCase()}`
    case 'correctness':
      return step.candidate === undefined ? 'correctness' : `correctness of ${basename(step.candidate)}`
    case 'config':
      return 'Triton configuration'
    case 'bench':
      return 'benchmark'
  }
}

/** Whether any step runs in the user's Python. */
export function needsPython({ source, steps }: PipelineSpec): boolean {
  return source.kind !== 'onnx' || steps.some(({ step }) => step === 'convert' || step === 'export')
}

function orderProblems({ source, steps, torchShapes }: PipelineSpec): Failure[] {
  const problems: Failure[] = []
  let [hasOnnx, hasPair] = [source.kind === 'onnx', false]
  for (const step of steps) {
    if (step.step === 'export') {
      if (source.kind === 'onnx')
        problems.push(invalid('The source is ONNX already: there is nothing to export', 'Leave the export step out.'))
      else if (hasOnnx) problems.push(invalid('The module is exported twice', 'Leave one export step out.'))
      ;[hasOnnx, hasPair] = [true, true]
    } else if (step.step === 'correctness') {
      if (!hasPair && step.candidate === undefined)
        problems.push(
          invalid('There is nothing to compare with', 'Name a candidate, or put an export or convert step before it.'),
        )
    } else if (!hasOnnx) {
      problems.push(invalid(`There is no ONNX model for: ${stepTitle(step)}`, 'Put an export step before it.'))
    }
    if (step.step === 'convert') hasPair = true
  }
  if (source.kind !== 'onnx' && steps.some(({ step }) => step === 'export') && torchShapes.length === 0) {
    problems.push(
      invalid(
        'A torch module does not tell its input shapes',
        'Give one per input, with the batch: --torch-shape 1,3,224,224',
      ),
    )
  }
  return problems
}

function fileProblems({ source, steps }: PipelineSpec): Failure[] {
  const paths = [
    ...('path' in source ? [source.path] : []),
    ...steps.flatMap(step => (step.step === 'correctness' && step.candidate !== undefined ? [step.candidate] : [])),
  ]
  return paths
    .filter(path => !existsSync(path))
    .map(path => ({ code: 'FILE_NOT_FOUND', message: `${path} does not exist`, where: path, hint: 'Check the path.' }))
}

function toolProblems(spec: PipelineSpec, { tools, failure }: PipelineWorld): Failure[] {
  if (!needsPython(spec)) return []
  if (failure !== undefined) return [failure]
  if (tools === undefined) return []
  const { packages, executable } = tools
  const problems: Failure[] = []
  const missing = (what: string, names: readonly string[]) => {
    problems.push({
      code: 'TOOL_MISSING',
      message: `${what}: this Python has no ${names.join(', no ')}`,
      where: executable,
      hint: `Install one of them there (pip install ${names[0]}), or choose the Python that has it: --python PATH.`,
    })
  }
  if (spec.source.kind !== 'onnx' && packages.torch === undefined) missing('The module needs torch', ['torch'])
  for (const step of spec.steps) {
    if (step.step !== 'convert') continue
    const able = CONVERTERS[step.to] ?? []
    if (!able.some(name => name in packages)) missing(`Nothing converts to ${step.to.toUpperCase()} here`, able)
    else if (packages.onnx === undefined) missing('The converters need onnx', ['onnx'])
  }
  return problems
}

function invalid(message: string, hint: string): Failure {
  return { code: 'SPEC_INVALID', message, hint }
}
