import type { InputData } from '#domain/bench-spec.ts'
import {
  ConvertStep,
  CorrectnessStep,
  ExportStep,
  PipelineInputs,
  type PipelineSpec,
  type PipelineStep,
} from '#domain/pipeline-spec.ts'
import { quoteForShell } from '../bench/command.ts'

type Words = string[]

/** The CLI command that equals a spec; `faces/cli` parses it back to the same spec. */
export function pipelineCommand(spec: PipelineSpec): string {
  return ['batchscope', ...pipelineArguments(spec)].map(quoteForShell).join(' ')
}

/** The command of one step alone, given what went in and came out of it. */
export function stepCommand(spec: PipelineSpec, step: PipelineStep): string {
  return pipelineCommand({ ...spec, steps: [step], resume: false })
}

/** The words after `batchscope`. */
function pipelineArguments(spec: PipelineSpec): Words {
  const { source, steps } = spec
  const [step, ...more] = steps
  const path = source.kind === 'onnx' ? fileWord(source.path) : undefined
  if (more.length === 0 && step?.step === 'convert' && path !== undefined)
    return ['convert', path, ...convertWords(step), ...commonWords(spec)]
  if (more.length === 0 && step?.step === 'correctness' && step.candidate !== undefined) {
    const { candidate, ...rest } = step
    return ['check', ...sourceWords(spec), fileWord(candidate), ...correctnessWords(rest), ...commonWords(spec)]
  }
  return [
    'pipeline',
    ...sourceWords(spec),
    '--steps',
    steps.map(stepWord).join(','),
    ...steps.flatMap(optionWords),
    ...commonWords(spec),
  ]
}

function sourceWords({ source, torchShapes, torchDtype }: PipelineSpec): Words {
  const shapes = [
    ...torchShapes.flatMap(shape => ['--torch-shape', shape.join(',')]),
    ...option('torch-dtype', torchDtype, 'float32'),
  ]
  switch (source.kind) {
    case 'onnx':
      return [fileWord(source.path)]
    case 'entry':
      return ['--entry', source.entry, ...option('entry-folder', source.folder), ...shapes]
    case 'torchscript':
      return ['--torchscript', source.path, ...shapes]
    case 'torchvision':
      return ['--torchvision', source.model, ...shapes]
  }
}

function stepWord(step: PipelineStep): string {
  return step.step === 'convert' ? `convert:${step.to}` : step.step
}

function optionWords(step: PipelineStep): Words {
  switch (step.step) {
    case 'export': {
      const defaults = ExportStep.parse({ step: 'export' })
      return [
        ...option('opset', step.opset),
        ...option('exporter', step.exporter, defaults.exporter),
        ...(step.dynamicBatch ? [] : ['--fixed-batch']),
      ]
    }
    case 'convert':
      return convertOptions(step)
    case 'correctness':
      return correctnessWords(step)
    case 'config':
      return option('model-name', step.name)
    case 'bench':
      return [
        ...option('runtime', step.runtimes.map(({ id }) => id).join(','), 'ort-cpu'),
        ...option('bench-batch', step.batches?.join(',')),
        ...option('iterations', step.minIterations, 300),
        ...option('duration', `${step.minDurationMs}ms`, '1000ms'),
      ]
  }
}

function convertWords(step: Conversion): Words {
  return ['--to', step.to, ...option('output', step.output), ...convertOptions(step)]
}

type Conversion = Extract<PipelineStep, { step: 'convert' }>

function convertOptions(step: Conversion): Words {
  const defaults = ConvertStep.parse({ step: 'convert', to: step.to })
  return [
    ...(step.keepIo === defaults.keepIo ? [] : ['--half-io']),
    ...step.blockedOperators.flatMap(type => ['--keep-op', type]),
    ...(step.calibrate ? ['--calibrate'] : []),
  ]
}

function correctnessWords(step: Omit<Extract<PipelineStep, { step: 'correctness' }>, 'candidate'>): Words {
  const defaults = CorrectnessStep.parse({ step: 'correctness' })
  return [
    ...option('atol', step.atol),
    ...option('rtol', step.rtol),
    ...(step.bisect === defaults.bisect ? [] : ['--bisect']),
  ]
}

function commonWords({ inputs, python, folder, resume, title }: PipelineSpec): Words {
  const defaults = PipelineInputs.parse({})
  const { image } = inputs
  return [
    ...option('batch', inputs.batch, defaults.batch),
    ...Object.entries(inputs.shapes).flatMap(([name, shape]) => ['--shape', `${name}:${shape.join(',')}`]),
    ...Object.entries(inputs.batchAxes).flatMap(([name, axis]) => ['--batch-axis', `${name}:${axis}`]),
    ...Object.entries(inputs.data).flatMap(([name, data]) => ['--data', `${name}:${dataWord(data)}`]),
    ...option('image-fit', image.fit, defaults.image.fit),
    ...option('image-layout', image.layout, defaults.image.layout),
    ...option('image-colours', image.colours, defaults.image.colours),
    ...option('image-scale', image.scale, defaults.image.scale),
    ...option('image-mean', image.mean.join(','), defaults.image.mean.join(',')),
    ...option('image-std', image.std.join(','), defaults.image.std.join(',')),
    ...option('python', python),
    ...option('folder', folder),
    ...(resume ? ['--resume'] : []),
    ...option('title', title),
  ]
}

function dataWord(data: InputData): string {
  switch (data.source) {
    case 'random':
      return `random:${data.seed}`
    case 'zeros':
      return 'zeros'
    case 'file':
      return `file:${data.path}`
  }
}

function fileWord(path: string): string {
  return path.startsWith('-') ? `./${path}` : path
}

function option(name: string, value: string | number | undefined, fallback?: string | number): Words {
  return value === undefined || value === fallback ? [] : [`--${name}`, String(value)]
}
