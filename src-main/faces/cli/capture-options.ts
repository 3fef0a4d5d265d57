import type { Command } from 'commander'
import { NSYS_PRESETS } from '#domain/capture-spec.ts'
import { addBenchOptions, type BenchOptions } from './bench-options.ts'
import { collectEnvironment, collectShapes, parseSeconds } from './capture-values.ts'
import { addOutputOptions, type RunOptions } from './common.ts'
import { parseInteger, parseNames } from './values.ts'

export interface CommonOptions extends RunOptions {
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

export interface PointOptions extends RunOptions {
  session: string
  with?: string
  output?: string
}

export const CAPTURE_EXAMPLES = `
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
    .option('--timeout <time>', 'stop so long after the program has begun, and keep what was recorded', parseSeconds)
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

export function pointCommandLine(capture: Command): Command {
  const command = capture
    .command('point')
    .description('look into a point of a benchmark: it is run once more under a profiler, and the trace linked to it')
    .argument('<run>', 'run id, or the beginning of one; "last" for the newest')
    .argument('<point>', 'point id as in --json, or its batch')
    .requiredOption('--session <file>', 'the session that holds it')
    .option('--with <tool>', "ort: ONNX Runtime's profiler; nsys (default: the runtime's own)")
    .option('--output <file>', 'where the report goes (default: beside the session)')
    .option('--title <text>', 'name of the run')
  return addOutputOptions(command)
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
