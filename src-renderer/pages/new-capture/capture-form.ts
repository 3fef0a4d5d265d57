import type { CaptureSpecInput } from '#domain/capture-spec.ts'
import { splitWords } from './words.ts'

export type Tool = 'nsys' | 'torch'
export type TargetKind = 'script' | 'entry' | 'torchscript' | 'torchvision'

/** What is typed; an empty text is the tool's own default. */
export interface CaptureForm {
  tool: Tool
  command: string
  folder: string
  preset: string
  trace: string
  sample: string
  cudaGraphTrace: string
  captureRange: string
  delay: string
  duration: string
  cudaMemoryUsage: boolean
  pythonSampling: boolean
  gpuMetrics: boolean
  targetKind: TargetKind
  target: string
  args: string
  entryFolder: string
  shapes: string
  dtype: string
  device: string
  /** A script can be recorded whole; everything else goes by steps. */
  bySteps: boolean
  wait: string
  warmup: string
  active: string
  recordShapes: boolean
  withStack: boolean
  profileMemory: boolean
  withModules: boolean
  python: string
  timeout: string
  env: string
  wholeEnvironment: boolean
}

export const NEW_FORM: CaptureForm = {
  tool: 'nsys',
  command: '',
  folder: '',
  preset: 'quick',
  trace: '',
  sample: '',
  cudaGraphTrace: '',
  captureRange: '',
  delay: '',
  duration: '',
  cudaMemoryUsage: false,
  pythonSampling: false,
  gpuMetrics: false,
  targetKind: 'script',
  target: '',
  args: '',
  entryFolder: '',
  shapes: '',
  dtype: '',
  device: '',
  bySteps: false,
  wait: '',
  warmup: '',
  active: '',
  recordShapes: true,
  withStack: false,
  profileMemory: false,
  withModules: false,
  python: '',
  timeout: '',
  env: '',
  wholeEnvironment: false,
}

export type Problems = Partial<Record<keyof CaptureForm, string>>

export interface Reading {
  spec: CaptureSpecInput
  /** What is typed and cannot be used, by field. */
  problems: Problems
  /** What is still to be said, before there is anything to plan. */
  missing?: string
}

/** The spec that a form asks for. */
export function readForm(form: CaptureForm): Reading {
  const problems: Problems = {}
  const common = {
    ...given('workingFolder', form.folder.trim()),
    env: readEnvironment(form.env, problems),
    ...(form.wholeEnvironment ? { wholeEnvironment: true } : {}),
  }
  const reading = form.tool === 'nsys' ? readNsys(form, problems) : readTorch(form, problems)
  const { spec, missing } = reading
  return { spec: { ...spec, ...common }, problems, ...(missing === undefined ? {} : { missing }) }
}

function readNsys(form: CaptureForm, problems: Problems): { spec: CaptureSpecInput; missing?: string } {
  const command = readWords(form.command, 'command', problems)
  const delaySec = readNumber(form.delay, 'delay', problems, { min: 0 })
  const durationSec = readNumber(form.duration, 'duration', problems, { min: 0.001 })
  const trace = form.trace.split(/[\s,]+/).filter(Boolean)
  const spec = {
    tool: 'nsys',
    command,
    preset: form.preset,
    ...(trace.length === 0 ? {} : { trace }),
    ...given('sample', form.sample),
    ...given('cudaGraphTrace', form.cudaGraphTrace),
    ...given('captureRange', form.captureRange),
    ...(delaySec === undefined ? {} : { delaySec }),
    ...(durationSec === undefined ? {} : { durationSec }),
    ...(form.cudaMemoryUsage ? { cudaMemoryUsage: true } : {}),
    ...(form.pythonSampling ? { pythonSampling: true } : {}),
    ...(form.gpuMetrics ? { gpuMetrics: true } : {}),
  } as CaptureSpecInput // the engine's schema checks the choices
  return { spec, ...(command.length === 0 ? { missing: 'Name the program to profile' } : {}) }
}

const TARGET_WORDS: Readonly<Record<TargetKind, string>> = {
  script: 'Choose a script first',
  entry: 'Name the function first',
  torchscript: 'Choose a TorchScript file first',
  torchvision: 'Name the model first',
}

function readTorch(form: CaptureForm, problems: Problems): { spec: CaptureSpecInput; missing?: string } {
  const wait = readNumber(form.wait, 'wait', problems, { min: 0, whole: true })
  const warmup = readNumber(form.warmup, 'warmup', problems, { min: 0, whole: true })
  const active = readNumber(form.active, 'active', problems, { min: 1, whole: true })
  const timeoutSec = readNumber(form.timeout, 'timeout', problems, { min: 0.001 })
  const isScript = form.targetKind === 'script'
  const shapes = isScript ? [] : readShapes(form.shapes, problems)
  const spec: CaptureSpecInput = {
    tool: 'torch',
    target: readTarget(form, problems),
    ...(shapes.length === 0 ? {} : { shapes }),
    ...(isScript ? {} : given('dtype', form.dtype.trim())),
    ...(isScript ? {} : given('device', form.device.trim())),
    ...(isScript && !form.bySteps ? {} : { schedule: { wait: wait ?? 1, warmup: warmup ?? 2, active: active ?? 3 } }),
    ...(form.recordShapes ? {} : { recordShapes: false }),
    ...(form.withStack ? { withStack: true } : {}),
    ...(form.profileMemory ? { profileMemory: true } : {}),
    ...(form.withModules ? { withModules: true } : {}),
    ...given('python', form.python.trim()),
    ...(timeoutSec === undefined ? {} : { timeoutSec }),
  }
  return { spec, ...(form.target.trim() === '' ? { missing: TARGET_WORDS[form.targetKind] } : {}) }
}

function readTarget(form: CaptureForm, problems: Problems) {
  const target = form.target.trim()
  switch (form.targetKind) {
    case 'script':
      return { kind: 'script' as const, path: target, args: readWords(form.args, 'args', problems) }
    case 'entry':
      return { kind: 'entry' as const, entry: target, ...given('folder', form.entryFolder.trim()) }
    case 'torchscript':
      return { kind: 'torchscript' as const, path: target }
    case 'torchvision':
      return { kind: 'torchvision' as const, model: target }
  }
}

function readWords(text: string, field: keyof CaptureForm, problems: Problems): string[] {
  const split = splitWords(text)
  if ('words' in split) return split.words
  problems[field] = split.problem
  return []
}

/** A line an input: `8,3,224,224` or `8 x 3 x 224 x 224`. */
function readShapes(text: string, problems: Problems): number[][] {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean)
  const shapes = lines.map(line =>
    line
      .split(/[\s,x×]+/)
      .filter(Boolean)
      .map(Number),
  )
  if (shapes.some(shape => shape.some(size => !Number.isInteger(size) || size < 1))) {
    problems.shapes = 'A line an input, sizes with the batch first: 8,3,224,224'
    return []
  }
  return shapes
}

/** A line a variable. */
function readEnvironment(text: string, problems: Problems): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const line of text.split('\n').filter(line => line.trim() !== '')) {
    const match = /^\s*([A-Za-z_][\w.-]*)=([\s\S]*)$/.exec(line)
    if (match === null) problems.env = 'A line a variable: NAME=VALUE'
    else variables[match[1] ?? ''] = match[2] ?? ''
  }
  return variables
}

function readNumber(
  text: string,
  field: keyof CaptureForm,
  problems: Problems,
  { min, whole = false }: { min: number; whole?: boolean },
): number | undefined {
  if (text.trim() === '') return undefined
  const value = Number(text)
  if (Number.isFinite(value) && value >= min && (!whole || Number.isInteger(value))) return value
  problems[field] = whole ? `A whole number from ${min}` : min === 0 ? 'A number from 0' : 'A number above 0'
  return undefined
}

function given<Name extends string>(name: Name, value: string): Partial<Record<Name, string>> {
  return value === '' ? {} : ({ [name]: value } as Record<Name, string>)
}
