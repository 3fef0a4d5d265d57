import { basename, extname, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { BUILD_PRECISIONS, type BuildSpecInput } from '#domain/build-spec.ts'
import { addRunOptions, type CliContext, type RunOptions, readConfig } from './common.ts'
import { runAll } from './follow.ts'
import { parseDuration, parseInteger } from './values.ts'

type Shapes = Record<string, number[]>

export interface BuildOptions extends RunOptions {
  precision?: string
  minShape?: Shapes
  optShape?: Shapes
  maxShape?: Shapes
  inputFormat?: string[]
  outputFormat?: string[]
  workspace?: number
  builderOptimizationLevel?: number
  /** False: `--no-timing-cache`. Commander gives true where neither was said. */
  timingCache?: string | boolean
  sparsity?: string
  refit?: boolean
  profilingVerbosity?: string
  versionCompatible?: boolean
  calibrationCache?: string
  outputFolder?: string
  trtexec?: string
  timeout?: number
}

const EXAMPLES = `
Examples:
  batchscope build model.onnx --precision fp16
  batchscope build resnet.onnx --opt-shape x:8x3x224x224
  batchscope build resnet.onnx --precision fp16 --min-shape x:1x3x224x224 --opt-shape x:8x3x224x224 --max-shape x:32x3x224x224
  batchscope build model.onnx --precision int8 --calibration-cache calib.cache --workspace 4GiB
  batchscope build qat.onnx --precision model --trtexec docker:nvcr.io/nvidia/tensorrt:25.10-py3

Precision: up to TensorRT 10 an option of the build; from 11 on the model itself must hold it (batchscope convert).
  fp32 · tf32 (FP32 at tensor-core precision where the GPU has it, default) · fp16 · bf16 · fp8 · int8
  best: TensorRT chooses among what the GPU has · model: the types of the file, none other
Shapes go with the batch. --opt-shape alone means an engine for that shape only.
An engine is named after model, precision, shapes, TensorRT and GPU, and never overwrites another.`

/** The command, its options and help; also parses the equal command of a spec back. */
export function buildCommandLine(program: Command): Command {
  const command = program
    .command('build')
    .description("build a TensorRT engine with this machine's trtexec, and read its layers")
    .argument('<model>', 'ONNX file')
    .option('--precision <name>', `${BUILD_PRECISIONS.join(', ')} (default: tf32)`)
    .option('--min-shape <input:dims>', 'smallest shape, batch included, repeatable: x:1x3x224x224', collectFullShape)
    .option('--opt-shape <input:dims>', 'shape it is tuned for, repeatable', collectFullShape)
    .option('--max-shape <input:dims>', 'largest shape, repeatable', collectFullShape)
    .option(
      '--input-format <type:layout>',
      'one for all inputs, or one each: fp16:chw; from TensorRT 11 on chw',
      collect,
    )
    .option('--output-format <type:layout>', 'the same for outputs', collect)
    .option('--workspace <size>', 'memory that tactics may use: 512MiB, 4GiB (default: all of it)', parseMiB)
    .option(
      '--builder-optimization-level <n>',
      '0 (fast to build) to 5 (fast to run); TensorRT 8.6 and newer',
      parseInteger,
    )
    .option('--timing-cache <file>', 'read and written; makes a further build quicker (default: beside the engines)')
    .option('--no-timing-cache', 'time all tactics anew')
    .option('--sparsity <how>', 'disable, enable, force (default: disable)')
    .option('--refit', 'weights can be replaced later')
    .option('--profiling-verbosity <what>', 'layer_names_only, detailed, none (default: detailed)')
    .option('--version-compatible', 'the engine also loads in newer versions of TensorRT')
    .option('--calibration-cache <file>', 'scales of INT8, up to TensorRT 10')
    .option('--output-folder <folder>', 'where the engine goes (default: engines, beside the session)')
    .option('--trtexec <path>', 'program, or docker:IMAGE (default: of the settings, else the first found)')
    .option('--timeout <time>', 'a build that takes longer is ended (default: 60min)', parseDuration)
    .addHelpText('after', EXAMPLES)
  return addRunOptions(command)
}

export function registerBuild(program: Command, context: CliContext): void {
  buildCommandLine(program).action(async (model: string, options: BuildOptions) => {
    const path = resolve(model)
    await runAll('build', [buildSpec(path, options)], basename(path, extname(path)), options, context)
  })
}

/** The spec: config file below, options above; checked by the contract's handler, which names what does not fit. */
export function buildSpec(modelPath: string, options: BuildOptions): BuildSpecInput {
  const config = options.config === undefined ? {} : readConfig(options.config)
  const given = Object.entries({
    precision: options.precision,
    minShapes: options.minShape,
    optShapes: options.optShape,
    maxShapes: options.maxShape,
    inputFormats: options.inputFormat,
    outputFormats: options.outputFormat,
    workspaceMiB: options.workspace,
    builderOptimizationLevel: options.builderOptimizationLevel,
    timingCache: timingCacheOf(options),
    sparsity: options.sparsity,
    refit: options.refit,
    profilingVerbosity: options.profilingVerbosity,
    versionCompatible: options.versionCompatible,
    calibrationCache: absolute(options.calibrationCache),
    outputFolder: absolute(options.outputFolder),
    trtexec: isPath(options.trtexec) ? absolute(options.trtexec) : options.trtexec,
    timeoutMs: options.timeout,
    title: options.title,
  }).filter(([, value]) => value !== undefined)
  return { ...config, modelPath, ...Object.fromEntries(given) }
}

function timingCacheOf({ timingCache }: BuildOptions): string | false | undefined {
  if (timingCache === false) return false
  return typeof timingCache === 'string' ? resolve(timingCache) : undefined
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path)
}

/** Not a name on PATH, and not `docker:IMAGE`. */
function isPath(program: string | undefined): boolean {
  return program !== undefined && !program.startsWith('docker:') && /[\\/]/.test(program)
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(',').filter(Boolean)]
}

/** `x:1x3x224x224`, or with commas; the last colon ends the name; nothing after it: a scalar. */
function collectFullShape(text: string, before: Shapes = {}): Shapes {
  const match = /^([\s\S]+):((?:\d+(?:[x,]\d+)*)?)$/.exec(text)
  if (match === null) throw new InvalidArgumentError('A shape looks like INPUT:1x3x224x224 (with the batch).')
  const [, name = '', dims = ''] = match
  return { ...before, [name]: dims === '' ? [] : dims.split(/[x,]/).map(Number) }
}

/** `512MiB`, `4GiB`; a bare number is MiB, as trtexec's are. @returns MiB */
function parseMiB(text: string): number {
  const match = /^(\d+(?:\.\d+)?(?:e[+-]?\d+)?)(KiB|MiB|GiB)?$/.exec(text.trim())
  if (match === null) throw new InvalidArgumentError('A size is needed. Examples: 512MiB, 4GiB')
  const unitMiB = { KiB: 2 ** -10, MiB: 1, GiB: 2 ** 10 }[match[2] ?? 'MiB']
  return Number(match[1]) * (unitMiB ?? 1)
}
