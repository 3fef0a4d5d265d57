import { BenchSpec } from '#domain/bench-spec.ts'
import { type CaptureSpec, NsysCaptureSpec, TorchCaptureSpec } from '#domain/capture-spec.ts'
import { isSecretName } from '#domain/secret-names.ts'
import { benchArguments, quoteForShell } from '../bench/command.ts'

/** The CLI command that equals a spec; a secret stands by its name alone and is then taken from the environment. */
export function captureCommand(spec: CaptureSpec): string {
  return ['batchscope', 'capture', ...captureArguments(spec)].map(quoteForShell).join(' ')
}

/** The arguments after `capture`; `faces/cli` parses them back to the same spec. */
export function captureArguments(spec: CaptureSpec): string[] {
  switch (spec.tool) {
    case 'nsys':
      return ['nsys', ...nsysOptions(spec), '--', ...spec.command]
    case 'torch':
      return ['torch', ...torchArguments(spec)]
    case 'ort':
      return ['ort', ...ortArguments(spec)]
  }
}

type Words = string[]

function nsysOptions(spec: NsysCaptureSpec): Words {
  const defaults = NsysCaptureSpec.parse({ tool: 'nsys', command: ['-'] })
  return [
    ...option('preset', spec.preset, defaults.preset),
    ...option('trace', spec.trace?.join(',')),
    ...option('sample', spec.sample),
    ...option('cuda-graph-trace', spec.cudaGraphTrace),
    ...option('capture-range', spec.captureRange),
    ...option('delay', spec.delaySec === undefined ? undefined : `${spec.delaySec}s`),
    ...option('duration', spec.durationSec === undefined ? undefined : `${spec.durationSec}s`),
    ...flag('cuda-memory-usage', spec.cudaMemoryUsage),
    ...flag('python-sampling', spec.pythonSampling),
    ...flag('gpu-metrics', spec.gpuMetrics),
    ...commonOptions(spec),
  ]
}

function torchArguments(spec: TorchCaptureSpec): Words {
  const defaults = TorchCaptureSpec.parse({ tool: 'torch', target: { kind: 'torchvision', model: '-' } })
  const { target, schedule } = spec
  const options = [
    ...(target.kind === 'entry' ? ['--entry', target.entry, ...option('entry-folder', target.folder)] : []),
    ...(target.kind === 'torchscript' ? ['--torchscript', target.path] : []),
    ...(target.kind === 'torchvision' ? ['--torchvision', target.model] : []),
    ...spec.shapes.flatMap(shape => ['--shape', shape.join(',')]),
    ...option('dtype', spec.dtype, defaults.dtype),
    ...option('device', spec.device, defaults.device),
    ...option('wait', schedule?.wait),
    ...option('warmup', schedule?.warmup),
    ...option('active', schedule?.active),
    ...(spec.recordShapes ? [] : ['--no-record-shapes']),
    ...flag('with-stack', spec.withStack),
    ...flag('profile-memory', spec.profileMemory),
    ...flag('with-modules', spec.withModules),
    ...flag('totals', spec.totals),
    ...option('python', spec.python),
    ...option('timeout', spec.timeoutSec === undefined ? undefined : `${spec.timeoutSec}s`),
    ...commonOptions(spec),
  ]
  if (target.kind !== 'script') return options
  return [...options, '--', target.path, ...target.args]
}

function ortArguments(spec: Extract<CaptureSpec, { tool: 'ort' }>): Words {
  const [model = '', ...bench] = benchArguments(BenchSpec.parse(spec.bench))
  return [model, ...bench, ...option('calls', spec.calls, 20), ...placeOptions(spec)]
}

function commonOptions(spec: NsysCaptureSpec | TorchCaptureSpec): Words {
  return [
    ...option('folder', spec.workingFolder),
    ...Object.entries(spec.env).flatMap(([name, value]) => ['--env', isSecretName(name) ? name : `${name}=${value}`]),
    ...flag('whole-environment', spec.wholeEnvironment),
    ...placeOptions(spec),
  ]
}

function placeOptions({ output, title }: Pick<CaptureSpec, 'output' | 'title'>): Words {
  return [...option('output', output), ...option('title', title)]
}

function option(name: string, value: string | number | undefined, fallback?: string | number): Words {
  return value === undefined || value === fallback ? [] : [`--${name}`, String(value)]
}

function flag(name: string, value: boolean | undefined): Words {
  return value === true ? [`--${name}`] : []
}
