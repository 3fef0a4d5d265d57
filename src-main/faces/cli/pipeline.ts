import { basename, extname, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { EngineError } from '#domain/errors.ts'
import { CONVERSIONS, type PipelineSpecInput } from '#domain/pipeline-spec.ts'
import type { CliContext } from './common.ts'
import { VerdictExit } from './exit.ts'
import { runAll } from './follow.ts'
import {
  addConvertOptions,
  addInputOptions,
  addSourceOptions,
  addToleranceOptions,
  type ConvertOptions,
  commonSpec,
  defined,
  type InputOptions,
  type SourceOptions,
  sourceSpec,
  type ToleranceOptions,
} from './pipeline-options.ts'
import { correctnessOf } from './pipeline-output.ts'
import { type BenchWords, type ExportWords, parseSteps, type StepWord } from './pipeline-steps.ts'
import { parseDuration, parseInteger, parseIntegers, parseNames } from './values.ts'

type Conversion = (typeof CONVERSIONS)[number]

const CONVERT_EXAMPLES = `
Examples:
  batchscope convert model.onnx --to fp16 -o model.fp16.onnx
  batchscope convert model.onnx --to int8 --calibrate --data x:file:images/ -o model.int8.onnx

The tools are those of your Python: onnxconverter-common or onnxruntime (FP16), onnxruntime.quantization (INT8), else modelopt.`

export function registerConvert(program: Command, context: CliContext): void {
  const command = program
    .command('convert')
    .description('convert an ONNX model to FP16 or INT8 with the tools of your Python')
    .argument('<model>', 'ONNX file')
    .addOption(new Option('--to <precision>').choices(CONVERSIONS).makeOptionMandatory())
    .option('-o, --output <file>', 'the converted model (default: beside the session)')
    .addHelpText('after', CONVERT_EXAMPLES)
  addInputOptions(addConvertOptions(command)).action(
    (model: string, options: InputOptions & ConvertOptions & { to: Conversion; output?: string }) => {
      const output = options.output === undefined ? undefined : resolve(options.output)
      const step = { step: 'convert' as const, to: options.to, ...convertFields(options), ...defined({ output }) }
      return run(
        { source: { kind: 'onnx', path: resolve(model) }, ...commonSpec(options), steps: [step] },
        options,
        context,
      )
    },
  )
}

const CHECK_EXAMPLES = `
Examples:
  batchscope check model.onnx model.fp16.onnx                    seeded random inputs, tolerance by precision
  batchscope check model.onnx model.fp16.onnx --data x:file:cat.jpg --image-mean 0.485,0.456,0.406 --image-std 0.229,0.224,0.225
  batchscope check model.onnx model.int8.onnx --rtol 0.1 --bisect --json
  batchscope check --entry net:Net --torch-shape 1,3,224,224 model.onnx

Exit codes: 0 within the tolerance · 1 beyond it · 2 cannot tell`

export function registerCheck(program: Command, context: CliContext): void {
  const command = program
    .command('check')
    .description('send the same inputs through two models and compare every output')
    .argument('<models...>', 'base and candidate, ONNX files; the candidate alone where a torch module is the base')
    .addHelpText('after', CHECK_EXAMPLES)
  addInputOptions(addToleranceOptions(addSourceOptions(command))).action(
    (models: string[], options: InputOptions & SourceOptions & ToleranceOptions) => check(models, options, context),
  )
}

async function check(
  models: readonly string[],
  options: InputOptions & SourceOptions & ToleranceOptions,
  context: CliContext,
): Promise<void> {
  const isTorch = sourceSpec(undefined, options) !== undefined
  const [candidate, base, ...more] = models.toReversed()
  const source = sourceSpec(base, options)
  if (candidate === undefined || source === undefined || more.length > 0 || (isTorch && base !== undefined)) {
    throw new EngineError('USAGE', 'A base and a candidate are needed', {
      hint: 'batchscope check BASE.onnx CANDIDATE.onnx, or a torch module by --entry and its ONNX file.',
    })
  }
  const step = { step: 'correctness' as const, candidate: resolve(candidate), ...toleranceFields(options) }
  await run({ ...source, ...commonSpec(options), steps: [step] }, options, context, 'judged')
}

const PIPELINE_EXAMPLES = `
Examples:
  batchscope pipeline --entry net:Net --torch-shape 1,3,224,224 --steps export,correctness,convert:fp16,correctness,bench
  batchscope pipeline model.onnx --steps convert:fp16,correctness,convert:int8,correctness,bench --session study.bscope
  batchscope pipeline model.onnx --steps config --model-name resnet

Steps: export, convert:fp16, convert:int8, correctness, config, bench. With --resume a step whose file is there is kept.`

export function registerPipeline(program: Command, context: CliContext): void {
  const command = program
    .command('pipeline')
    .description('export, convert, compare, configure and benchmark one model, a step after the other')
    .argument('[model]', 'ONNX file; none where a torch module is the source')
    .addOption(new Option('--steps <list>', 'steps in their order').argParser(parseSteps).makeOptionMandatory())
    .option('--opset <n>', 'of the export (default: as torch chooses)', parseInteger)
    .addOption(new Option('--exporter <name>', 'of torch.onnx').choices(['auto', 'dynamo', 'torchscript']))
    .option('--fixed-batch', 'the exported model takes only the batch of --torch-shape')
    .option('--model-name <name>', 'in the Triton repository')
    .option('--runtime <ids>', 'of the benchmark, comma-separated', parseNames)
    .option('--bench-batch <list>', 'batches of the benchmark: 1,2,4', parseIntegers)
    .option('--iterations <n>', 'of the benchmark, at least', parseInteger)
    .option('--duration <time>', 'of each point, at least', parseDuration)
    .addHelpText('after', PIPELINE_EXAMPLES)
  addInputOptions(addToleranceOptions(addConvertOptions(addSourceOptions(command)))).action(
    (model: string | undefined, options: PipelineOptions) => {
      const source = sourceSpec(model, options)
      if (source === undefined) {
        throw new EngineError('USAGE', 'A model is needed', {
          hint: 'Name an ONNX file, or a torch module by --entry.',
        })
      }
      const steps = options.steps.map(word => stepSpec(word, options))
      return run({ ...source, ...commonSpec(options), steps }, options, context)
    },
  )
}

type PipelineOptions = InputOptions &
  SourceOptions &
  ToleranceOptions &
  ConvertOptions &
  ExportWords &
  BenchWords & { steps: StepWord[]; modelName?: string }

function stepSpec(word: StepWord, options: PipelineOptions): PipelineSpecInput['steps'][number] {
  switch (word.step) {
    case 'export': {
      const { opset, exporter, fixedBatch } = options
      return { step: 'export', ...defined({ opset, exporter, dynamicBatch: fixedBatch === true ? false : undefined }) }
    }
    case 'convert':
      return { ...word, ...convertFields(options) }
    case 'correctness':
      return { step: 'correctness', ...toleranceFields(options) }
    case 'config':
      return { step: 'config', ...defined({ name: options.modelName }) }
    case 'bench': {
      const runtimes = options.runtime?.map(id => ({ id }))
      const { benchBatch: batches, iterations: minIterations, duration: minDurationMs } = options
      return { step: 'bench', ...defined({ runtimes, batches, minIterations, minDurationMs }) }
    }
  }
}

function convertFields({ halfIo, keepOp, calibrate }: ConvertOptions) {
  return defined({ keepIo: halfIo === true ? false : undefined, blockedOperators: keepOp, calibrate })
}

function toleranceFields({ atol, rtol, bisect }: ToleranceOptions) {
  return defined({ atol, rtol, bisect })
}

/** @param judged the worst verdict is the command's exit code */
async function run(
  spec: PipelineSpecInput,
  options: InputOptions,
  context: CliContext,
  judged?: 'judged',
): Promise<void> {
  const { source } = spec
  const name =
    'path' in source
      ? basename(source.path, extname(source.path))
      : source.kind === 'entry'
        ? source.entry.replaceAll(/[:/\\]/g, ' ')
        : source.model
  const verdicts: { verdict: string; why: string }[] = []
  await runAll('pipeline', [spec], name, options, context, {
    async finished(client, { sessionId, runs }) {
      for (const { id: runId } of runs) verdicts.push(...(await correctnessOf(client, { sessionId, runId })))
    },
  })
  if (judged === undefined) return
  const failed = verdicts.find(({ verdict }) => verdict === 'fail')
  if (failed !== undefined) throw new VerdictExit(1, failed.why)
  const unclear = verdicts.find(({ verdict }) => verdict !== 'pass')
  if (unclear !== undefined || verdicts.length === 0) throw new VerdictExit(2, unclear?.why ?? 'Nothing was compared')
}
