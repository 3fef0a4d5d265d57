import { basename } from 'node:path'
import { DEFAULT_SCHEDULE, type TorchCaptureSpec } from '#domain/capture-spec.ts'
import type { Failure } from '#domain/errors.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Notice } from '#domain/run.ts'
import { captureCommand } from './command.ts'
import { environmentProblems } from './environment.ts'
import type { TorchWorld } from './world.ts'

/** What a capture with torch.profiler would do. Pure: what is known of the interpreter is handed in. */
export function planTorch(spec: TorchCaptureSpec, world: TorchWorld): RunPlan {
  const { python, facts } = world
  const torch = facts?.torch
  return {
    kind: 'capture',
    title: spec.title ?? targetTitle(spec),
    subtitle: `torch.profiler${torch === undefined ? '' : `, torch ${torch}`}`,
    command: captureCommand(spec),
    argv: [python ?? 'python', ...startedWords(spec)],
    pointCount: 0,
    notices: notices(spec, world),
    problems: [
      ...environmentProblems(spec),
      ...pythonProblems(world),
      ...deviceProblems(spec, world),
      ...targetProblems(spec, world),
    ],
    inputs: [],
    batches: [],
  }
}

/** Steps as they are done: a script without a schedule is recorded whole. */
export function withSchedule(spec: TorchCaptureSpec): TorchCaptureSpec {
  return spec.schedule !== undefined || spec.target.kind === 'script' ? spec : { ...spec, schedule: DEFAULT_SCHEDULE }
}

export function targetTitle({ target, shapes }: TorchCaptureSpec): string {
  const fed = shapes.map(shape => shape.join('×')).join(', ')
  switch (target.kind) {
    case 'script':
      return [target.path, ...target.args]
        .map(word => basename(word))
        .join(' ')
        .slice(0, 80)
    case 'entry':
      return `${target.entry}(${fed})`
    case 'torchscript':
      return `${basename(target.path)}(${fed})`
    case 'torchvision':
      return `${target.model}(${fed || '1×3×224×224'})`
  }
}

/** What is run, and its arguments. */
export function startedWords({ target }: TorchCaptureSpec): string[] {
  switch (target.kind) {
    case 'script':
      return [target.path, ...target.args]
    case 'entry':
      return [target.entry]
    case 'torchscript':
      return [target.path]
    case 'torchvision':
      return [target.model]
  }
}

function notices(spec: TorchCaptureSpec, { facts }: TorchWorld): Notice[] {
  const said: Notice[] = []
  if (facts?.torch !== undefined && spec.device === 'auto' && !hasGpu(facts)) {
    said.push({ level: 'info', text: 'torch has no GPU to use here: the trace will show the CPU only.' })
  }
  if (spec.target.kind === 'script' && spec.schedule !== undefined) {
    const { wait, warmup, active } = spec.schedule
    said.push({
      level: 'info',
      text: `The script must call batchscope_capture.step() after each step; after ${wait + warmup + active} it is ended.`,
    })
  }
  if (spec.withStack)
    said.push({ level: 'info', text: 'Recording Python stacks slows Python down: times between operators grow.' })
  return said
}

function pythonProblems({ failure, facts }: TorchWorld): Failure[] {
  if (failure !== undefined) return [failure]
  if (facts === undefined) return []
  const { python, torch, executable } = facts
  const [major = 0, minor = 0] = python.split('.').map(Number)
  if (major < 3 || (major === 3 && minor < 8)) {
    return [problem('RUNTIME_UNAVAILABLE', `Python ${python} is too old: 3.8 is needed`, executable, CHOOSE_PYTHON)]
  }
  if (torch === undefined) {
    return [problem('RUNTIME_UNAVAILABLE', 'torch is not installed for this Python', executable, CHOOSE_PYTHON)]
  }
  const [torchMajor = 0, torchMinor = 0, torchPatch = 0] = torch.split(/[.+]/).map(Number)
  if (torchMajor < 1 || (torchMajor === 1 && (torchMinor < 8 || (torchMinor === 8 && torchPatch < 1)))) {
    return [
      problem(
        'RUNTIME_UNAVAILABLE',
        `torch ${torch} has no torch.profiler: 1.8.1 is the first`,
        executable,
        'Install a newer torch.',
      ),
    ]
  }
  return []
}

const CHOOSE_PYTHON = 'Choose the Python of the environment that has torch: --python PATH, or its path in Settings.'

function deviceProblems({ device }: TorchCaptureSpec, { facts }: TorchWorld): Failure[] {
  if (facts?.torch === undefined || !/^cuda(:\d+)?$/.test(device)) return []
  if (facts.build.cuda === undefined && facts.build.hip === undefined) {
    return [
      problem(
        'RUNTIME_UNAVAILABLE',
        `torch ${facts.torch} is built without CUDA`,
        facts.executable,
        'Use --device cpu, or install a torch with CUDA.',
      ),
    ]
  }
  if (facts.build.cuda === undefined) return [] // ROCm: only torch itself can count its devices
  const index = Number(device.split(':')[1] ?? 0)
  if (index < facts.cudaDevices) return []
  const count = facts.cudaDevices === 0 ? 'no CUDA device' : `${facts.cudaDevices} CUDA device(s), numbered from 0`
  return [
    problem(
      'RUNTIME_UNAVAILABLE',
      `There is no ${device}: the driver finds ${count}`,
      device,
      'Use --device cpu, or check `nvidia-smi`.',
    ),
  ]
}

function targetProblems(spec: TorchCaptureSpec, { facts, isTargetThere }: TorchWorld): Failure[] {
  const { target, shapes } = spec
  if (!isTargetThere && 'path' in target) {
    const what = target.kind === 'script' ? 'The script' : 'The TorchScript file'
    return [problem('FILE_NOT_FOUND', `${what} does not exist`, target.path, 'Check the path.')]
  }
  if (target.kind === 'torchvision' && facts?.torch !== undefined && facts.torchvision === undefined) {
    return [
      problem(
        'RUNTIME_UNAVAILABLE',
        'torchvision is not installed for this Python',
        facts.executable,
        'Install torchvision there, or capture an entry of your own.',
      ),
    ]
  }
  if (target.kind === 'torchscript' && shapes.length === 0) {
    return [
      problem(
        'SPEC_INVALID',
        'A TorchScript file does not tell its input shapes',
        target.path,
        'Give one per input, with the batch: --shape 8,3,224,224',
      ),
    ]
  }
  if (target.kind === 'entry' && !/^[\w.]+:[\w.]+$/.test(target.entry)) {
    return [
      problem(
        'SPEC_INVALID',
        'An entry looks like package.module:function',
        target.entry,
        'Example: --entry mymodel.net:forward',
      ),
    ]
  }
  return []
}

function hasGpu(facts: NonNullable<TorchWorld['facts']>): boolean {
  return facts.cudaDevices > 0 || facts.rocmDevice || facts.build.xpu !== undefined
}

function problem(code: Failure['code'], message: string, where: string, hint: string): Failure {
  return { code, message, where, hint }
}
