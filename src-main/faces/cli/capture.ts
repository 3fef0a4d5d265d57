import { basename, extname, resolve } from 'node:path'
import type { Command } from 'commander'
import type { CaptureSpecInput } from '#domain/capture-spec.ts'
import { EngineError } from '#domain/errors.ts'
import { benchSpec } from './bench-options.ts'
import {
  CAPTURE_EXAMPLES,
  type CommonOptions,
  type NsysOptions,
  nsysCommandLine,
  type OrtOptions,
  ortCommandLine,
  type PointOptions,
  pointCommandLine,
  type TorchOptions,
  torchCommandLine,
} from './capture-options.ts'
import { captureOptions } from './capture-values.ts'
import type { CliContext, RunOptions } from './common.ts'
import { runAll } from './follow.ts'
import { findRun } from './sessions.ts'

export function registerCapture(program: Command, context: CliContext): void {
  const capture = program
    .command('capture')
    .description('run a program under a profiler and read its trace: where CPU and GPU time goes')
    .addHelpText('after', CAPTURE_EXAMPLES)
  nsysCommandLine(capture).action((command: string[], options: NsysOptions) =>
    run(nsysSpec(command, options), options, context),
  )
  torchCommandLine(capture).action((words: string[], options: TorchOptions) =>
    run(torchSpec(words, options), options, context),
  )
  ortCommandLine(capture).action((model: string, options: OrtOptions) => run(ortSpec(model, options), options, context))
  pointCommandLine(capture).action((runId: string, pointId: string, options: PointOptions) =>
    capturePoint(runId, pointId, options, context),
  )
  for (const command of capture.commands) command.exitOverride().copyInheritedSettings(program)
}

async function capturePoint(wanted: string, place: string, options: PointOptions, context: CliContext): Promise<void> {
  const { client } = await context.engine()
  const { info, runs } = await client.sessions.open({ path: resolve(options.session) })
  const { sessionId } = info
  const benches = runs.filter(({ kind }) => kind === 'bench').map(({ id }) => id)
  const runId = findRun(benches, wanted)
  const { points } = await client.runs.get({ sessionId, runId })
  const point = points.find(({ id, batch }) => id === place || String(batch) === place)
  if (point === undefined) {
    throw new EngineError('NOT_FOUND', `Run ${runId} has no point ${place}`, {
      hint: `Its points: ${points.map(({ id, batch }) => `${id} (batch ${batch})`).join(', ') || 'none'}`,
    })
  }
  const ways = await client.runs.waysToProfile({ sessionId, runId, pointId: point.id })
  const way = options.with === undefined ? ways[0] : ways.find(({ spec }) => spec.tool === options.with)
  if (way === undefined) {
    throw new EngineError('USAGE', `This point cannot be profiled with ${options.with}`, {
      hint: `It can with: ${ways.map(({ spec }) => spec.tool).join(', ')}`,
    })
  }
  const output = options.output === undefined ? {} : { output: resolve(options.output) }
  await run({ ...way.spec, ...output }, options, context)
}

/** The spec of `capture nsys`; checked by the contract's handler. */
export function nsysSpec(command: readonly string[], options: NsysOptions): CaptureSpecInput {
  return captureOptions({
    tool: 'nsys',
    command,
    preset: options.preset,
    trace: options.trace,
    sample: options.sample,
    cudaGraphTrace: options.cudaGraphTrace,
    captureRange: options.captureRange,
    delaySec: options.delay,
    durationSec: options.duration,
    cudaMemoryUsage: options.cudaMemoryUsage,
    pythonSampling: options.pythonSampling,
    gpuMetrics: options.gpuMetrics,
    ...commonSpec(options),
  })
}

/** @throws EngineError USAGE when it names no target, or two */
export function torchSpec(words: readonly string[], options: TorchOptions): CaptureSpecInput {
  const { wait, warmup, active } = options
  const isScheduled = [wait, warmup, active].some(steps => steps !== undefined)
  return captureOptions({
    tool: 'torch',
    target: torchTarget(words, options),
    shapes: options.shape,
    dtype: options.dtype,
    device: options.device,
    schedule: isScheduled ? { wait: wait ?? 1, warmup: warmup ?? 2, active: active ?? 3 } : undefined,
    recordShapes: options.recordShapes === false ? false : undefined,
    withStack: options.withStack,
    profileMemory: options.profileMemory,
    withModules: options.withModules,
    totals: options.totals,
    python: options.python,
    timeoutSec: options.timeout,
    ...commonSpec(options),
  })
}

function torchTarget([path, ...args]: readonly string[], options: TorchOptions) {
  const { entry, entryFolder, torchscript, torchvision } = options
  const targets = [
    ...(path === undefined ? [] : [{ kind: 'script', path: resolve(path), args }]),
    ...(entry === undefined ? [] : [{ kind: 'entry', entry, folder: resolve(entryFolder ?? '.') }]),
    ...(torchscript === undefined ? [] : [{ kind: 'torchscript', path: resolve(torchscript) }]),
    ...(torchvision === undefined ? [] : [{ kind: 'torchvision', model: torchvision }]),
  ]
  const [target] = targets
  if (target !== undefined && targets.length === 1) return target
  throw new EngineError(
    'USAGE',
    targets.length === 0 ? 'There is nothing to capture' : 'There is more than one target',
    {
      hint: 'Name a script, or one of --entry, --torchscript and --torchvision.',
    },
  )
}

export function ortSpec(model: string, options: OrtOptions): CaptureSpecInput {
  return captureOptions({
    tool: 'ort',
    bench: benchSpec(resolve(model), options),
    calls: options.calls,
    output: options.output === undefined ? undefined : resolve(options.output),
  })
}

function commonSpec({ folder, env, wholeEnvironment, output, title }: CommonOptions) {
  return {
    workingFolder: folder === undefined ? undefined : resolve(folder),
    env,
    wholeEnvironment,
    output: output === undefined ? undefined : resolve(output),
    title,
  }
}

async function run(spec: CaptureSpecInput, options: RunOptions, context: CliContext): Promise<void> {
  await runAll('capture', [spec], sessionName(spec), options, context, { onInterrupt: 'stop' })
}

/** What a new session is named after. */
function sessionName(spec: CaptureSpecInput): string {
  switch (spec.tool) {
    case 'nsys':
      return basename(spec.command[0] ?? 'capture')
    case 'ort':
      return basename(spec.bench.modelPath, extname(spec.bench.modelPath))
    case 'torch':
      switch (spec.target.kind) {
        case 'script':
        case 'torchscript':
          return basename(spec.target.path, extname(spec.target.path))
        case 'entry':
          return spec.target.entry.replaceAll(':', '.')
        case 'torchvision':
          return spec.target.model
      }
  }
}
