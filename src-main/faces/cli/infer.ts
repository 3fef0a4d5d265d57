import { type Command, InvalidArgumentError, Option } from 'commander'
import { formatBytes, formatShape } from '#domain/display.ts'
import type { InferAnswer, InferOutput, InferRequestInput, ServerModel, ServerTargetInput } from '#domain/server.ts'
import type { EngineClient } from '../../api/doors.ts'
import type { CliContext } from './common.ts'
import { addConnectionOptions, type ConnectionOptions, connectionOf } from './connection.ts'
import { type InputWords, readStdin, requestInputs } from './infer-input.ts'
import { safeText } from './output.ts'
import { collectShape, parseDuration, parseInteger, parseNames } from './values.ts'

interface InferOptions extends ConnectionOptions, InputWords {
  model: string
  modelVersion?: string
  output?: string[]
  top?: number
  batch?: number
  stream?: boolean
  timeout?: number
  sequence?: string
  parameter?: Record<string, string | number | boolean>
  imageSize?: { width: number; height: number }
  fit?: 'stretch' | 'cover' | 'contain'
  layout?: 'NCHW' | 'NHWC'
  colours?: 'rgb' | 'bgr' | 'grey'
  scale?: number
  mean?: number[]
  std?: number[]
  lines?: boolean
  json?: boolean
}

/** Values shown of an output on a terminal. */
const SHOWN = 10

const EXAMPLES = `
Inputs that are not given get random values; where the model has one input its name may be left out.

Examples:
  batchscope infer localhost --model image_cls --input cat.png --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --top 5
  batchscope infer grpc://localhost:8001 --model bert --input ids:ids.npy --input mask:mask.npy
  batchscope infer localhost --model strings --text "hello" --lines
  batchscope infer localhost --model sum --json-data "a:[[1,2]]" --json-data "b:[[3,4]]" --json
  cat x.npy | batchscope infer localhost --model identity --input -`

export function registerInfer(program: Command, context: CliContext): void {
  const command = program
    .command('infer')
    .description('send one request to a Triton server and show what comes back')
    .argument('<url>', 'http(s)://HOST:8000 or grpc(s)://HOST:8001')
    .requiredOption('--model <name>', 'model to ask')
    .option('--model-version <version>', 'version of it (default: as its policy says)')
    .option(
      '--input <[name:]source>',
      'FILE (.npy, .json, .txt, .bin, picture), random[:seed], zeros or -; repeatable',
      collect,
    )
    .option('--text <[name:]text>', 'a text, a line an element; numbers for other inputs; repeatable', collect)
    .option('--json-data <[name:]json>', 'values as JSON, repeatable', collect)
    .option('--shape <input:dims>', 'whole shape of an input, batch included, repeatable: x:1,16', collectShape)
    .option('--batch <n>', 'items are repeated to fill it (default: as many as the data hold)', parseInteger)
    .option('--output <names>', 'only these outputs, comma-separated', parseNames)
    .option('--top <n>', 'the n best classes of each row, with labels where the server has them', parseInteger)
    .option('--stream', 'over the gRPC stream, as decoupled models need it')
    .option('--sequence <id>', 'sequence id, a number or text: one request, its first and last')
    .option('--parameter <name=value>', 'request parameter, repeatable', collectParameter)
    .option('--timeout <time>', 'limit of the request (default: 30s)', parseDuration)
    .option('--image-size <WxH>', "size a picture is brought to (default: the input's)", parseSize)
    .addOption(new Option('--fit <how>', 'how a picture fills that size').choices(['stretch', 'cover', 'contain']))
    .addOption(new Option('--layout <order>', 'order of the dimensions').choices(['NCHW', 'NHWC']))
    .addOption(new Option('--colours <order>', 'order of the channels').choices(['rgb', 'bgr', 'grey']))
    .option('--scale <number>', 'pixels are multiplied by it first (default: 1/255)', parseReal)
    .option('--mean <numbers>', 'then subtracted, one or one a channel', parseReals)
    .option('--std <numbers>', 'then divided by, one or one a channel', parseReals)
    .option('--lines', 'also print the equal curl and Python lines')
    .option('--json', 'print as JSON')
    .addHelpText('after', EXAMPLES)
  addConnectionOptions(command).action((url: string, options: InferOptions) => infer(url, options, context))
}

async function infer(url: string, options: InferOptions, context: CliContext): Promise<void> {
  const { client } = await context.engine()
  const target: ServerTargetInput = { url, connection: connectionOf(options) }
  const model = await askModel(client, target, options, context.signal)
  const isPiped = (options.input ?? []).some(word => /(^|:)-$/.test(word))
  const piped = isPiped ? await readStdin(process.stdin) : undefined
  try {
    const names = model.inputs.map(({ name }) => name)
    const input = options.input?.map(word => (piped === undefined ? word : word.replace(/(^|:)-$/, `$1${piped.path}`)))
    const inputs = requestInputs({ ...options, ...(input === undefined ? {} : { input }) }, names)
    const request: InferRequestInput = { ...requestOf(options), inputs }
    const answer = await client.servers.infer({ target, request }, { signal: context.signal })
    context.terminal.out(
      options.json === true ? `${JSON.stringify(answer, null, 2)}\n` : `${answerText(answer, options)}\n`,
    )
  } finally {
    piped?.remove()
  }
}

async function askModel(
  client: EngineClient,
  target: ServerTargetInput,
  { model: name, modelVersion }: InferOptions,
  signal: AbortSignal,
): Promise<ServerModel> {
  const version = modelVersion === undefined ? {} : { version: modelVersion }
  return (await client.servers.model({ target, model: name, ...version }, { signal })).model
}

function requestOf(options: InferOptions): InferRequestInput {
  const { model, modelVersion, output, top, batch, stream, timeout, sequence, parameter } = options
  const { imageSize, fit, layout, colours, scale, mean, std } = options
  const given = {
    version: modelVersion,
    outputs: output,
    top,
    batch,
    stream,
    timeoutMs: timeout,
    sequence: sequence === undefined ? undefined : { id: /^\d+$/.test(sequence) ? Number(sequence) : sequence },
    parameters: parameter,
  }
  return { model, ...defined(given), image: defined({ ...imageSize, fit, layout, colours, scale, mean, std }) }
}

/** What was not given is left to the schema. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // The entries are those of `fields`, less the undefined ones.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function answerText(answer: InferAnswer, { model, lines }: InferOptions): string {
  const { timing, responses, inputs } = answer
  const parts = [
    timing.sendMs === undefined ? undefined : `send ${ms(timing.sendMs)}`,
    timing.waitMs === undefined ? undefined : `wait ${ms(timing.waitMs)}`,
    timing.receiveMs === undefined ? undefined : `receive ${ms(timing.receiveMs)}`,
  ].filter(part => part !== undefined)
  const text = [
    `${model} version ${answer.modelVersion} · ${ms(timing.totalMs)}${parts.length > 0 ? ` (${parts.join(', ')})` : ''} · sent ${formatBytes(timing.requestBytes)}, got ${formatBytes(timing.responseBytes)}`,
    ...inputs.map(({ name, facts }) => {
      const { shape, datatype, bytes: _, ...rest } = facts
      const told = Object.entries(rest).map(
        ([fact, value]) => `${fact} ${Array.isArray(value) ? value.join(' ') : value}`,
      )
      return `  ${name} ← ${datatype} ${shape}: ${told.join(', ')}`
    }),
    ...responses.flatMap(({ afterMs, outputs }) => [
      ...(responses.length > 1 ? [`after ${ms(afterMs)}`] : []),
      ...outputs.flatMap(outputText),
    ]),
  ]
  if (lines === true) text.push('', ...answer.curl.split('\n'), '', ...answer.python.split('\n'))
  return text.map(safeText).join('\n')
}

function outputText({ name, datatype, shape, values, count, minimum, maximum, notFinite, top }: InferOutput): string[] {
  const range = minimum === undefined || maximum === undefined ? '' : `, from ${minimum} to ${maximum}`
  const odd = notFinite === undefined ? '' : `, ${notFinite} not finite`
  const head = `  ${name} → ${datatype} ${formatShape(shape)}${range}${odd}`
  if (top !== undefined) {
    return [
      head,
      ...top.flatMap((row, index) => [
        ...(top.length > 1 ? [`    row ${index}`] : []),
        ...row.map(
          ({ index: at, score, label }) =>
            `    ${score.toPrecision(6).padStart(12)}  ${at}${label === undefined ? '' : ` ${label}`}`,
        ),
      ]),
    ]
  }
  const shown = values.slice(0, SHOWN).map(value => (datatype === 'BYTES' ? JSON.stringify(value) : value))
  return [head, `    ${shown.join('  ')}${count > shown.length ? `  … ${count} values` : ''}`]
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`
}

function collect(word: string, before: string[] = []): string[] {
  return [...before, word]
}

function collectParameter(word: string, before: Record<string, string | number | boolean> = {}) {
  const [, name = '', value = ''] = /^([^=]+)=([\s\S]*)$/.exec(word) ?? []
  if (name === '') throw new InvalidArgumentError('A parameter looks like NAME=VALUE.')
  const read =
    value === 'true' || value === 'false' ? value === 'true' : /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
  return { ...before, [name]: read }
}

function parseSize(text: string): { width: number; height: number } {
  const match = /^([1-9]\d*)x([1-9]\d*)$/i.exec(text)
  if (match === null) throw new InvalidArgumentError('A size looks like 224x224.')
  return { width: Number(match[1]), height: Number(match[2]) }
}

function parseReal(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value)) throw new InvalidArgumentError('A number is needed.')
  return value
}

function parseReals(text: string): number[] {
  return text.split(',').map(parseReal)
}
