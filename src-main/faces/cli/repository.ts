import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { EngineError } from '#domain/errors.ts'
import type { ConfigProblem, NewModelInput, RepositoryModel, ServerStartInput } from '#domain/repository.ts'
import type { CliContext } from './common.ts'
import { renderTable, safeText } from './output.ts'
import { parseInteger, parseIntegers, parseNames } from './values.ts'

interface JsonOption {
  json?: boolean
}

/** `batchscope repository …`: model repositories on disk, and a Triton started over one. */
export function registerRepository(program: Command, context: CliContext): void {
  const repository = program
    .command('repository')
    .description('model repositories: list, lint, draft and add models, start a server')
    .addHelpText(
      'after',
      '\nExamples:\n  batchscope repository lint models\n  batchscope repository draft model.onnx --dynamic-batching\n  batchscope repository add models model.onnx --name digits --max-batch-size 16\n  batchscope repository start models --docker nvcr.io/nvidia/tritonserver:25.10-py3 --gpus',
    )
  repository
    .command('list')
    .description('models of a repository folder')
    .argument('<dir>', 'repository folder')
    .option('--json', 'print as JSON')
    .action((dir: string, options: JsonOption) => list(dir, options, context))
  repository
    .command('lint')
    .description('what Triton would refuse, with field, line and column; exit code 65 where there is an error')
    .argument('<dir>', 'repository folder')
    .option('--json', 'print as JSON')
    .action((dir: string, options: JsonOption) => lint(dir, options, context))
  const draft = repository
    .command('draft')
    .description('print a config.pbtxt for a model file')
    .argument('<file>', 'model.onnx, an engine (.plan), model.pt, model.py')
  addModelOptions(draft).action((file: string, options: ModelOptions) => draftModel(file, options, context))
  const add = repository
    .command('add')
    .description('copy a model into a repository, with its configuration')
    .argument('<dir>', 'repository folder')
    .argument('<file>', 'model file')
    .option('--config <file>', 'use this config.pbtxt instead of a draft')
    .option('--overwrite', 'replace a model of this name')
  addModelOptions(add).action((dir: string, file: string, options: AddOptions) => addModel(dir, file, options, context))
  const start = repository
    .command('start')
    .description('start a Triton server over a repository, and stop it with Ctrl+C')
    .argument('<dir>', 'repository folder')
    .addOption(
      new Option('--docker <image>', 'in a container of this image; without it a local tritonserver').conflicts(
        'local',
      ),
    )
    .option('--local', 'the tritonserver of this machine')
    .option('--gpus', 'give the container the GPUs')
    .option('--http-port <port>', 'HTTP port; 0 for a free one', parseInteger, 8000)
    .option('--grpc-port <port>', 'gRPC port; 0 for a free one', parseInteger, 8001)
    .option('--metrics-port <port>', 'metrics port; 0 for a free one', parseInteger, 8002)
    .option('--load <models>', 'models to load, by name: a,b (all)', parseNames, [])
    .addOption(
      new Option('--model-control <mode>', 'how models are loaded')
        .choices(['none', 'explicit', 'poll'])
        .default('explicit'),
    )
    .option('--option <option...>', 'further options of tritonserver, as --option=--log-verbose=1')
    .option('--dry-run', 'print the command, start nothing')
    .option('--json', 'print the server as JSON when it is ready')
  start.action((dir: string, options: StartOptions) => startServer(dir, options, context))
  for (const command of repository.commands) command.exitOverride().copyInheritedSettings(repository)
}

interface ModelOptions extends JsonOption {
  name?: string
  maxBatchSize?: number
  dynamicBatching?: boolean
  preferredBatchSizes?: number[]
  maxQueueDelay?: number
  instances?: number
  instanceKind: 'KIND_AUTO' | 'KIND_GPU' | 'KIND_CPU'
  tensorrt?: 'FP32' | 'FP16' | 'INT8'
  responseCache?: boolean
  warmupBatch?: number
}

function addModelOptions(command: Command): Command {
  return command
    .option('--name <name>', "the model's name (its file's)")
    .option('--max-batch-size <n>', '0: no batching', parseInteger)
    .option('--dynamic-batching', 'let the server make batches')
    .option('--preferred-batch-sizes <list>', 'for example 4,8', parseIntegers)
    .option('--max-queue-delay <µs>', 'how long a request may wait for others', parseInteger)
    .option('--instances <n>', 'copies of the model', parseInteger)
    .addOption(
      new Option('--instance-kind <kind>', 'where they run')
        .choices(['KIND_AUTO', 'KIND_GPU', 'KIND_CPU'])
        .default('KIND_AUTO'),
    )
    .addOption(
      new Option('--tensorrt <precision>', 'ONNX: let TensorRT run what it can').choices(['FP32', 'FP16', 'INT8']),
    )
    .option('--response-cache', 'answer equal requests from the cache')
    .option('--warmup-batch <n>', 'one request of zeros when it is loaded', parseInteger)
    .option('--json', 'print as JSON')
}

function newModel(file: string, options: ModelOptions): NewModelInput {
  const { preferredBatchSizes, maxQueueDelay, instances, tensorrt } = options
  const batches = options.dynamicBatching === true || preferredBatchSizes !== undefined || maxQueueDelay !== undefined
  const stem = file.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '')
  return {
    name: options.name ?? stem,
    modelPath: resolve(file),
    ...(options.maxBatchSize === undefined ? {} : { maxBatchSize: options.maxBatchSize }),
    ...(batches
      ? {
          dynamicBatching: {
            preferredBatchSizes: preferredBatchSizes ?? [],
            ...(maxQueueDelay === undefined ? {} : { maxQueueDelayMicroseconds: maxQueueDelay }),
          },
        }
      : {}),
    ...(instances === undefined ? {} : { instances: [{ kind: options.instanceKind, count: instances }] }),
    ...(tensorrt === undefined ? {} : { tensorrt: { precision: tensorrt } }),
    responseCache: options.responseCache === true,
    ...(options.warmupBatch === undefined ? {} : { warmupBatch: options.warmupBatch }),
  }
}

async function list(dir: string, { json }: JsonOption, { terminal, engine }: CliContext): Promise<void> {
  const { client } = await engine()
  const { models, problems } = await client.repository.list({ path: resolve(dir) })
  if (json === true) return terminal.out(`${JSON.stringify({ models, problems }, null, 2)}\n`)
  const rows = models.map(({ name, versions, config, problems }) => [
    safeText(name),
    versions.map(({ version }) => version).join(', ') || '–',
    safeText(String(config?.backend ?? config?.platform ?? '–')),
    String(config?.max_batch_size ?? '–'),
    counts(problems),
  ])
  terminal.out(
    `${renderTable(['Model', 'Versions', 'Backend', 'Max batch', 'Problems'], rows, [false, false, false, true, false])}\n`,
  )
  for (const problem of problems) terminal.err(`${problemText(problem)}\n`)
}

async function lint(dir: string, { json }: JsonOption, { terminal, engine }: CliContext): Promise<void> {
  const { client } = await engine()
  const { models, problems } = await client.repository.list({ path: resolve(dir) })
  const errors = [...problems, ...models.flatMap(model => model.problems)].filter(
    ({ severity }) => severity === 'error',
  )
  if (json === true) {
    const found = models.map(({ name, problems }) => ({ name, problems }))
    terminal.out(`${JSON.stringify({ models: found, problems }, null, 2)}\n`)
  } else {
    for (const problem of problems) terminal.out(`${problemText(problem)}\n`)
    for (const model of models) terminal.out(modelProblems(model))
    if (errors.length === 0) terminal.out(`${models.length} ${models.length === 1 ? 'model' : 'models'}, no errors.\n`)
  }
  if (errors.length > 0)
    throw new EngineError(
      'CONFIG_INVALID',
      `${errors.length} ${errors.length === 1 ? 'error' : 'errors'} in ${models.length} ${models.length === 1 ? 'model' : 'models'}`,
      { where: dir },
    )
}

async function draftModel(file: string, options: ModelOptions, { terminal, engine }: CliContext): Promise<void> {
  const { client } = await engine()
  const draft = await client.repository.draft(newModel(file, options))
  terminal.out(options.json === true ? `${JSON.stringify(draft, null, 2)}\n` : draft.text)
  for (const problem of draft.problems) terminal.err(`${problemText(problem)}\n`)
}

type AddOptions = ModelOptions & { config?: string; overwrite?: boolean }

async function addModel(
  dir: string,
  file: string,
  options: AddOptions,
  { terminal, engine }: CliContext,
): Promise<void> {
  const text = options.config === undefined ? undefined : await readText(options.config)
  const { client } = await engine()
  const added = await client.repository.add({
    path: resolve(dir),
    model: newModel(file, options),
    ...(text === undefined ? {} : { text }),
    overwrite: options.overwrite === true,
  })
  if (options.json === true) return terminal.out(`${JSON.stringify(added, null, 2)}\n`)
  for (const path of added.written) terminal.out(`${safeText(path)}\n`)
  terminal.err(modelProblems(added.model))
}

interface StartOptions extends JsonOption {
  docker?: string
  gpus?: boolean
  httpPort: number
  grpcPort: number
  metricsPort: number
  load: string[]
  modelControl: 'none' | 'explicit' | 'poll'
  option?: string[]
  dryRun?: boolean
}

async function startServer(
  dir: string,
  options: StartOptions,
  { terminal, engine, signal }: CliContext,
): Promise<void> {
  const { client } = await engine()
  const start: ServerStartInput = {
    repositoryPath: resolve(dir),
    how: options.docker === undefined ? 'local' : 'docker',
    ...(options.docker === undefined ? {} : { image: options.docker }),
    gpus: options.gpus === true,
    httpPort: options.httpPort,
    grpcPort: options.grpcPort,
    metricsPort: options.metricsPort,
    modelControl: options.modelControl,
    load: options.load,
    extra: options.option ?? [],
  }
  if (options.dryRun === true) return terminal.out(`${(await client.repository.startCommand(start)).command}\n`)
  const { id, command } = await client.repository.start(start)
  terminal.err(`${safeText(command)}\n`)
  const stop = () => void client.repository.stop({ id })
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  for await (const event of await client.repository.watch({ id })) {
    if (event.type === 'log') terminal.err(`${safeText(event.line.text)}\n`)
    else if (event.server.status === 'ready')
      terminal.out(
        options.json === true
          ? `${JSON.stringify(event.server)}\n`
          : `Ready: ${event.server.httpUrl}  ${event.server.grpcUrl}  ${event.server.metricsUrl}\n`,
      )
    else if (event.server.status === 'ended' && event.server.ended !== undefined) {
      const [message = '', ...hint] = event.server.ended.split('\n')
      throw new EngineError('TOOL_FAILED', message, hint.length > 0 ? { hint: hint.join('\n') } : {})
    }
  }
}

async function readText(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return readFile(path, 'utf8').catch(cause => {
    throw new EngineError('FILE_NOT_FOUND', 'The configuration cannot be read', { where: path }, { cause })
  })
}

function modelProblems({ name, problems }: RepositoryModel): string {
  return problems.map(problem => `${safeText(name)}: ${problemText(problem)}\n`).join('')
}

function problemText({ severity, message, line, column, field, hint }: ConfigProblem): string {
  const place = [line === undefined ? undefined : `line ${line}, column ${column}`, field].filter(Boolean).join(', ')
  return safeText(`${severity}: ${message}${place ? ` (${place})` : ''}${hint ? `. ${hint}` : ''}`)
}

function counts(problems: readonly ConfigProblem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const others = problems.length - errors
  const parts = [
    errors > 0 ? `${errors} ${errors === 1 ? 'error' : 'errors'}` : '',
    others > 0 ? `${others} ${others === 1 ? 'remark' : 'remarks'}` : '',
  ]
  return parts.filter(Boolean).join(', ') || 'none'
}
