import type { Command } from 'commander'
import { formatShape } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { ServerInfo, ServerModel, ServerTargetInput, ServerTensor } from '#domain/server.ts'
import type { CliContext } from './common.ts'
import { addConnectionOptions, type ConnectionOptions, connectionOf } from './connection.ts'
import { renderTable, safeText } from './output.ts'

interface ServerOptions extends ConnectionOptions {
  model?: string
  load?: string
  unload?: string
  json?: boolean
}

/** Abilities as people call them. */
const ABILITIES: Readonly<Record<string, string>> = {
  statistics: 'statistics: where the time goes',
  metrics: 'metrics: GPU, memory, queue',
  systemSharedMemory: 'system shared memory',
  cudaSharedMemory: 'CUDA shared memory',
  repository: 'list of models',
  modelControl: 'load and unload models',
  trace: 'tracing',
  logging: 'log settings',
}

const EXAMPLES = `
Examples:
  batchscope server localhost
  batchscope server grpc://gpu-box:8001 --model resnet50
  batchscope server localhost --load resnet50
  batchscope server https://gpu-box --access-token TOKEN --json`

export function registerServer(program: Command, context: CliContext): void {
  const command = program
    .command('server')
    .description('who is there, what it may be asked, and its models')
    .argument('<url>', 'http(s)://HOST:8000 or grpc(s)://HOST:8001')
    .option('--model <name>', 'one model with its configuration')
    .option('--load <name>', 'load the model first')
    .option('--unload <name>', 'unload the model first')
    .option('--json', 'print as JSON')
    .addHelpText('after', EXAMPLES)
  addConnectionOptions(command).action((url: string, options: ServerOptions) => server(url, options, context))
}

async function server(url: string, options: ServerOptions, { engine, terminal, signal }: CliContext): Promise<void> {
  const { client } = await engine()
  const target: ServerTargetInput = { url, connection: connectionOf(options) }
  const { model, load, unload, json } = options
  if (load !== undefined && load === unload) {
    throw new EngineError('USAGE', 'The same model cannot be loaded and unloaded at once')
  }
  if (unload !== undefined) await client.servers.unload({ target, model: unload }, { signal })
  if (load !== undefined) await client.servers.load({ target, model: load }, { signal })
  if (model !== undefined) {
    const found = await client.servers.model({ target, model }, { signal })
    terminal.out(json === true ? print(found) : `${modelText(found.model)}\n${configText(found)}`)
    return
  }
  const info = await client.servers.connect({ target }, { signal })
  terminal.out(json === true ? print(info) : `${serverText(info)}\n`)
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function serverText({ url, name, version, live, ready, roundTripMs, abilities, models }: ServerInfo): string {
  const health = live ? (ready ? 'ready' : 'live, not ready (one model that failed to load is enough)') : 'not live'
  const trip = roundTripMs === undefined ? '' : ` · round trip ${roundTripMs.toFixed(2)} ms`
  const lines = [safeText(`${name} ${version} at ${url} · ${health}${trip}`), '']
  for (const [id, { has, why, hint }] of Object.entries(abilities)) {
    lines.push(safeText(`${has ? '✓' : '–'} ${ABILITIES[id] ?? id}${why === undefined ? '' : `: ${why}.`}`))
    if (!has && hint !== undefined) lines.push(safeText(`    ${hint}`))
  }
  lines.push('')
  if (models.length === 0) return [...lines, 'No models are told.'].join('\n')
  const header = ['Model', 'Version', 'State', 'Platform', 'Batch', 'Inputs', 'Outputs', 'Instances', 'Batching']
  const rows = models.map(model => [
    model.name,
    model.version ?? '',
    model.state,
    model.platform ?? '',
    model.maxBatchSize === undefined ? '' : String(model.maxBatchSize),
    tensors(model.inputs),
    tensors(model.outputs),
    instances(model),
    [model.batching ?? '', ...(model.decoupled === true ? ['decoupled'] : [])].join(' '),
  ])
  const table = renderTable(
    header,
    rows.map(row => row.map(safeText)),
    [false, true, false, false, true],
  )
  const reasons = models.flatMap(({ name, reason }) => (reason === undefined ? [] : [safeText(`${name}: ${reason}`)]))
  return [...lines, table, ...reasons].join('\n')
}

function modelText(model: ServerModel): string {
  const { name, version, versions, state, reason, platform, backend, maxBatchSize, composing } = model
  const facts: [string, string | undefined][] = [
    ['state', reason === undefined ? state : `${state}: ${reason}`],
    ['version', versions.length > 1 ? `${version} of ${versions.join(', ')}` : version],
    ['platform', [platform, backend].filter(Boolean).join(', backend ')],
    [
      'largest batch',
      maxBatchSize === undefined ? undefined : maxBatchSize === 0 ? 'does not batch' : String(maxBatchSize),
    ],
    ['inputs', tensors(model.inputs)],
    ['outputs', tensors(model.outputs)],
    ['instances', instances(model)],
    ['batching', model.batching],
    ['decoupled', model.decoupled === true ? 'yes: over the gRPC stream only' : undefined],
    ['response cache', model.responseCache === true ? 'on' : undefined],
    ['made of', composing.map(({ name: step }) => step).join(' → ')],
  ]
  const told = facts.flatMap(([what, value]) => (value === undefined || value === '' ? [] : [`  ${what}: ${value}`]))
  return [name, ...told].map(safeText).join('\n')
}

function configText({ config, configText: text }: { config?: unknown; configText?: string | undefined }): string {
  if (text === undefined && config === undefined) return 'Its configuration is not told.\n'
  return `\n${(text ?? print(config)).split('\n').map(safeText).join('\n')}`
}

function tensors(list: readonly ServerTensor[]): string {
  return list
    .map(({ name, datatype, shape }) => `${name} ${datatype} ${formatShape(shape.map(dim => (dim < 0 ? '?' : dim)))}`)
    .join(', ')
}

function instances({ instances: groups }: ServerModel): string {
  return groups
    .map(
      ({ kind, count, gpus }) => `${count} ${kind.replace('KIND_', '')}${gpus.length > 0 ? ` ${gpus.join('+')}` : ''}`,
    )
    .join(', ')
}
