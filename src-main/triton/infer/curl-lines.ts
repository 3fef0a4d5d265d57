import type { ServerTarget } from '#domain/server.ts'
import { parseAddress } from '../address.ts'
import { datatypeOf, decodeBytes, valueReader } from '../data/datatypes.ts'
import type { PreparedInput } from '../data/request-data.ts'
import type { PreparedCall } from './infer.ts'
import { PICTURE_IMPORTS, pictureScript } from './python-lines.ts'
import { secretVariable, shellWord } from './quote.ts'

/** Values written out in a line: more are sent as bytes. */
const MAX_WRITTEN = 256
/** Bytes carried inside a line as base64. */
const MAX_CARRIED_BYTES = 64 * 1024
const HTTP_PORT = 8000

/**
 * The same request for a POSIX shell: small tensors as JSON, others as the bytes of the file they came from. Header values
 * are taken from the environment: a line to paste into a ticket holds no secret.
 */
export function curlLines(target: ServerTarget, prepared: PreparedCall): string {
  const { call, inputs, model } = prepared
  const notes: string[] = []
  if (model.decoupled === true)
    notes.push('# HTTP does not carry the responses of a decoupled model: use the Python lines.')
  const address = parseAddress(target.url)
  const isGrpc = address.protocol === 'grpc'
  if (isGrpc) notes.push(`# Over HTTP, port ${HTTP_PORT}; the request itself went over gRPC.`)
  const host = isGrpc ? address.authority.replace(/:\d+$/, `:${HTTP_PORT}`) : address.authority
  const named = target.connection.tls?.serverName
  const shown = address.isTls && named !== undefined ? host.replace(/^.*(?=:\d+$)/s, () => named) : host
  const version = call.version === undefined ? '' : `/versions/${encodeURIComponent(call.version)}`
  const url = `http${address.isTls ? 's' : ''}://${shown}${address.basePath}/v2/models/${encodeURIComponent(call.model)}${version}/infer`

  const written = inputs.map(input => ({ input, values: writtenValues(input) }))
  const json = requestJson(prepared, written)
  const producers = written.flatMap(({ input, values }) => (values === undefined ? [producer(input, notes)] : []))
  const options = ['curl', '-sS', '-g', ...tlsOptions(target, host), ...headerOptions(target)]
  if (producers.length === 0) {
    return [...notes, `${options.join(' ')} --data-raw ${shellWord(json)} ${shellWord(url)}`].join('\n')
  }
  const length = new TextEncoder().encode(json).length
  const headers = ['Content-Type: application/octet-stream', `Inference-Header-Content-Length: ${length}`]
  const sends = [
    ...options,
    ...headers.flatMap(header => ['-H', shellWord(header)]),
    '--data-binary',
    '@-',
    shellWord(url),
  ]
  const body = [`printf %s ${shellWord(json)}`, ...producers].join('; ')
  return [...notes, `(${body}) |`, `  ${sends.join(' ')}`].join('\n')
}

function requestJson(
  { call }: PreparedCall,
  written: readonly { input: PreparedInput; values: string | undefined }[],
): string {
  const inputs = written.map(({ input: { tensor }, values }) => {
    const head = JSON.stringify({ name: tensor.name, shape: tensor.shape, datatype: tensor.datatype }).slice(0, -1)
    // Digits are kept as they are: a JavaScript number would round 64-bit integers.
    return `${head},${values === undefined ? `"parameters":{"binary_data_size":${tensor.data.length}}` : `"data":[${values}]`}}`
  })
  const parts = [`"inputs":[${inputs.join(',')}]`]
  if (call.parameters !== undefined) parts.unshift(`"parameters":${JSON.stringify(call.parameters)}`)
  if (call.outputs.length > 0) {
    const outputs = call.outputs.map(({ name, classes }) =>
      classes === undefined ? { name } : { name, parameters: { classification: classes } },
    )
    parts.push(`"outputs":${JSON.stringify(outputs)}`)
  }
  return `{${parts.join(',')}}`
}

/** As JSON values; undefined for many, for half floats (which JSON requests do not have), NaN, and bytes that are no text. */
function writtenValues({ tensor }: PreparedInput): string | undefined {
  const datatype = datatypeOf(tensor.datatype)
  if (datatype === 'FP16' || datatype === 'BF16') return undefined
  if (datatype === 'BYTES') {
    const all = decodeBytes(tensor.data)
    const texts = all.map(bytes => new TextDecoder().decode(bytes))
    const isText = all.every((bytes, i) => Buffer.compare(Buffer.from(texts[i] ?? ''), bytes) === 0)
    return isText && all.length <= MAX_WRITTEN ? texts.map(text => JSON.stringify(text)).join(',') : undefined
  }
  const { count, text } = valueReader(datatype, tensor.data)
  if (count > MAX_WRITTEN) return undefined
  const values = Array.from({ length: count }, (_, i) => text(i))
  return values.some(value => /NaN|Infinity/.test(value)) ? undefined : values.join(',')
}

/** A command that writes the tensor's bytes. */
function producer({ tensor, origin, times }: PreparedInput, notes: string[]): string {
  const { data } = tensor
  const repeated = (command: string) => (times === 1 ? command : `for i in $(seq ${times}); do ${command}; done`)
  if (origin.from === 'zeros' && tensor.datatype !== 'BYTES') return `head -c ${data.length} /dev/zero`
  if ((origin.from === 'file' || origin.from === 'npy') && origin.offset !== undefined) {
    const path = shellWord(origin.path)
    return repeated(origin.offset === 0 ? `cat -- ${path}` : `tail -c +${origin.offset + 1} -- ${path}`)
  }
  if (data.length <= MAX_CARRIED_BYTES) {
    return `printf %s ${Buffer.from(data).toString('base64') || "''"} | base64 -d`
  }
  if (origin.from === 'picture') {
    const script = [
      'import sys',
      ...PICTURE_IMPORTS,
      pictureScript(origin, tensor.datatype),
      'sys.stdout.buffer.write(values.tobytes())',
    ].join('\n')
    return repeated(`python3 -c ${shellWord(script)}`)
  }
  // A line break in a name would end the remark and begin a command.
  notes.push(
    `# Zeros stand for the ${data.length} bytes of input ${JSON.stringify(tensor.name)}, too many to write here.`,
  )
  return `head -c ${data.length} /dev/zero`
}

function headerOptions({ connection }: ServerTarget): string[] {
  const names = Object.keys(connection.headers)
  if (connection.accessToken !== undefined) names.push('triton-access-token')
  const plain = names.map(name => name.replace(/^triton-grpc-protocol-/, ''))
  return plain.flatMap(name => ['-H', `${shellWord(`${name}: `)}"$${secretVariable(name)}"`])
}

function tlsOptions({ connection: { tls } }: ServerTarget, authority: string): string[] {
  if (tls === undefined) return []
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(authority) ?? []
  const files: [string, string | undefined][] = [
    ['--cacert', tls.caPath],
    ['--cert', tls.certPath],
    ['--key', tls.keyPath],
  ]
  return [
    ...files.flatMap(([option, path]) => (path === undefined ? [] : [option, shellWord(path)])),
    ...(tls.insecure ? ['-k'] : []),
    // The certificate is checked against this name; the connection goes where it always went.
    ...(tls.serverName === undefined ? [] : ['--connect-to', shellWord(`${tls.serverName}:${port}:${host}:${port}`)]),
  ]
}
