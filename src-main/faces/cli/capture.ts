import { basename, extname, resolve } from 'node:path'
import type { Command } from 'commander'
import { type CaptureSpecInput, NSYS_PRESETS } from '#domain/capture-spec.ts'
import { EngineError } from '#domain/errors.ts'
import { addBenchOptions, type BenchOptions, benchSpec } from './bench.ts'
import { captureOptions, collectEnvironment, collectShapes, parseSeconds } from './capture-values.ts'
import { addOutputOptions, type CliContext, type RunOptions } from './common.ts'
import { runAll } from './follow.ts'
import { parseInteger, parseNames } from './values.ts'

interface CommonOptions extends RunOptions {
  output?: string
  folder?: string
  env?: Record<string, string>
  wholeEnvironment?: boolean
}

export interface NsysOptions extends CommonOptions {
  preset?: string
  trace?: string[]
  sample?: string
  cudaGraphTrace?: string
  captureRange?: string
  delay?: number
  duration?: number
  cudaMemoryUsage?: boolean
  pythonSampling?: boolean
  gpuMetrics?: boolean
}

export interface TorchOptions extends CommonOptions {
  entry?: string
  entryFolder?: string
  torchscript?: string
  torchvision?: string
  shape?: number[][]
  dtype?: string
  device?: string
  wait?: number
  warmup?: number
  active?: number
  recordShapes?: boolean
  withStack?: boolean
  profileMemory?: boolean
  withModules?: boolean
  totals?: boolean
  python?: string
  timeout?: number
}

export interface OrtOptions extends BenchOptions {
  calls?: number
  output?: string
}

const EXAMPLES = `
Examples:
  batchscope capture nsys -- python train.py --epochs 1
  batchscope capture nsys --preset cuda-graph-nodes --delay 10s --duration 5s -- python serve.py
  batchscope capture torch train.py -- --epochs 1
  batchscope capture torch --torchvision resnet18 --shape 8,3,224,224
  batchscope capture torch --entry mymodel.net:forward --shape 1,80 --dtype int64
  batchscope capture ort model.onnx --batch 8
  batchscope capture point RUN POINT --session study.bscope

Ctrl+C ends a capture in order and keeps what it recorded; a second one throws it away.
How the captured program ended is told in the run; the exit code here is 0 when there is a trace.`

const NSYS_EXAMPLES = `
Presets:
  quick              CUDA, NVTX, OS calls, cuDNN, cuBLAS; CUDA graphs as a whole
  cuda-graph-nodes   every kernel inside CUDA graphs, at a cost; no OS calls
  tensorrt           an engine: NVTX of its layers, kernels inside CUDA graphs
  python             Python stacks by sampling, and who holds the interpreter's lock
The report holds the environment of the program. It is given a scrubbed one: paths, locale and the variables of compute
libraries; --env adds to it. Values of names like HF_TOKEN are never kept in the session.`

export function registerCapture(program: Command, context: CliContext): void {
  const capture = program
    .command('capture')
    .description('run a program under a profiler and read its trace: where CPU and GPU time goes')
    .addHelpText('after', EXAMPLES)
  nsysCommandLine(capture).action((command: string[], options: NsysOptions) =>
    run(nsysSpec(command, options), options, context),
  )
  torchCommandLine(capture).action((words: string[], options: TorchOptions) =>
    run(torchSpec(words, options), options, context),
  )
  ortCommandLine(capture).action((model: string, options: OrtOptions) => run(ortSpec(model, options), options, context))
  for (const command of capture.commands) command.exitOverride().copyInheritedSettings(program)
}

export function nsysCommandLine(capture: Command): Command {
  const command = capture
    .command('nsys')
    .description('Nsight Systems around any program')
    .argument('<command...>', 'the program and its arguments, after --')
    .option('--preset <name>', `what to record: ${NSYS_PRESETS.join(', ')} (default: quick)`)
    .option('--trace <list>', "what to trace, in place of the preset's: cuda,nvtx,osrt,cudnn,cublas,…", parseNames)
    .option('--sample <how>', 'CPU samples: none, process-tree, system-wide (default: none)')
    .option('--cuda-graph-trace <how>', 'CUDA graphs: graph, a slice each; node, every kernel in them')
    .option('--capture-range <by>', 'the program says when: none, cudaProfilerApi, nvtx')
    .option('--delay <time>', 'record from so long after the start', parseSeconds)
    .option('--duration <time>', 'record so long, then end the program', parseSeconds)
    .option('--cuda-memory-usage', 'GPU memory over time')
    .option('--python-sampling', 'Python stacks, by sampling')
    .option('--gpu-metrics', 'counters of the GPU over time; often needs rights')
    .addHelpText('after', NSYS_EXAMPLES)
  return addCommonOptions(command)
}

export function torchCommandLine(capture: Command): Command {
  const command = capture
    .command('torch')
    .description('torch.profiler around a script, a function, a TorchScript file or a torchvision model')
    .argument('[script...]', 'a Python script; its own arguments after --')
    .option('--entry <module:function>', 'called once a step with the inputs')
    .option('--entry-folder <folder>', 'where the module lies (default: here)')
    .option('--torchscript <file>', 'a file of torch.jit.save, called once a step')
    .option('--torchvision <name>', 'a model of torchvision with random weights, as resnet18')
    .option('--shape <dims>', 'shape of an input with its batch: 8,3,224,224; repeat for more inputs', collectShapes)
    .option('--dtype <name>', 'of the inputs: float16, bfloat16, int64, … (default: float32)')
    .option('--device <name>', 'cpu, cuda, cuda:1, xpu, mps (default: a GPU where there is one)')
    .option(
      '--wait <n>',
      'steps to let pass (default: 1; a script without these three is recorded whole)',
      parseInteger,
    )
    .option('--warmup <n>', 'steps in which the profiler warms up (default: 2)', parseInteger)
    .option('--active <n>', 'steps to record (default: 3)', parseInteger)
    .option('--no-record-shapes', 'leave out the shapes of the inputs of operators')
    .option('--with-stack', 'Python stacks of every operator; slows Python down')
    .option('--profile-memory', 'memory taken and given back by operators')
    .option('--with-modules', 'module hierarchy of operators (TorchScript only)')
    .option('--totals', "write torch's own key_averages() beside the trace")
    .option('--python <path>', "interpreter, or an environment's folder (default: of the settings, else on PATH)")
    .option('--timeout <time>', 'stop and keep what was recorded after this time', parseSeconds)
  return addCommonOptions(command)
}

export function ortCommandLine(capture: Command): Command {
  const command = capture
    .command('ort')
    .description("ONNX Runtime's profiler in a pass of the benchmark: time by operator and node")
    .argument('<model>', 'ONNX file')
    .option('--calls <n>', 'calls to record after the warm-up (default: 20)', parseInteger)
    .option('--output <file>', 'where the profile goes (default: beside the session)')
  return addBenchOptions(command)
}

function addCommonOptions(command: Command): Command {
  command
    .option('--folder <folder>', 'working folder of the program (default: here)')
    .option(
      '--env <NAME[=VALUE]>',
      'a variable for the program, repeatable; without a value: as it is here',
      collectEnvironment,
    )
    .option('--whole-environment', 'give the program all of this environment, tokens too')
    .option('--output <file>', 'where the report goes (default: beside the session)')
    .option('--session <file>', 'session file, created or appended to')
    .option('--title <text>', 'name of the run')
  return addOutputOptions(command)
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
  await runAll('capture', [spec], sessionName(spec), options, context, 'stop')
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
