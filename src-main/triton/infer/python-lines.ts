import type { Datatype, ServerTarget } from '#domain/server.ts'
import { parseAddress } from '../address.ts'
import { datatypeOf, decodeBytes, valueReader } from '../data/datatypes.ts'
import type { Origin, PreparedInput } from '../data/request-data.ts'
import type { PreparedCall } from './infer.ts'
import { pythonBytes, pythonText, secretVariable } from './quote.ts'

const MAX_WRITTEN = 256
const MAX_CARRIED_BYTES = 64 * 1024
/** Parameters that tritonclient takes as arguments of their own and refuses among the others. */
const ARGUMENTS = new Set(['sequence_id', 'sequence_start', 'sequence_end', 'priority', 'timeout'])

/** NumPy's names: of an array's values, and of bytes in a file. tritonclient takes BF16 as float32 and cuts it. */
const NUMPY: Record<Exclude<Datatype, 'BYTES'>, { name: string; bytes: string }> = {
  BOOL: { name: 'np.bool_', bytes: '?' },
  UINT8: { name: 'np.uint8', bytes: 'u1' },
  UINT16: { name: 'np.uint16', bytes: '<u2' },
  UINT32: { name: 'np.uint32', bytes: '<u4' },
  UINT64: { name: 'np.uint64', bytes: '<u8' },
  INT8: { name: 'np.int8', bytes: 'i1' },
  INT16: { name: 'np.int16', bytes: '<i2' },
  INT32: { name: 'np.int32', bytes: '<i4' },
  INT64: { name: 'np.int64', bytes: '<i8' },
  FP16: { name: 'np.float16', bytes: '<f2' },
  FP32: { name: 'np.float32', bytes: '<f4' },
  FP64: { name: 'np.float64', bytes: '<f8' },
  BF16: { name: 'np.float32', bytes: '<u2' },
}

/** The same request with tritonclient, over the same protocol. Header values come from the environment. */
export function pythonLines(target: ServerTarget, prepared: PreparedCall): string {
  const address = parseAddress(target.url)
  const { inputs, call, isStream } = prepared
  const isGrpc = address.protocol === 'grpc'
  const headers = headersOf(target, isGrpc)
  const body = [
    `client = triton.InferenceServerClient(${[pythonText(address.authority + address.basePath), ...tlsArguments(target)].join(', ')})`,
    'inputs = []',
    ...inputs.flatMap(inputLines),
    ...outputLines(prepared),
    ...(isStream ? streamLines(prepared, headers) : callLines(prepared, headers, isGrpc)),
  ]
  const needs = (word: string) => body.some(line => line.includes(word))
  const standard = ['base64', 'os', 'queue'].filter(name => needs(`${name}.`))
  return [
    ...standard.map(name => `import ${name}`),
    ...(standard.length > 0 ? [''] : []),
    ...(needs('Image.') ? PICTURE_IMPORTS : PICTURE_IMPORTS.slice(0, 1)),
    `import tritonclient.${address.protocol} as triton`,
    '',
    ...body,
    ...(call.inputs.length > 0 ? [] : ['# The model takes no inputs.']),
  ].join('\n')
}

function inputLines(input: PreparedInput): string[] {
  const { tensor, origin } = input
  const shape = `[${tensor.shape.join(', ')}]`
  return [
    ...(origin.from === 'picture' && !isCarried(input) ? [pictureScript(origin, tensor.datatype)] : valueLines(input)),
    // Repeats the values from the first where the batch is larger than the data.
    `values = np.resize(values, ${shape})`,
    `tensor = triton.InferInput(${pythonText(tensor.name)}, ${shape}, ${pythonText(tensor.datatype)})`,
    'tensor.set_data_from_numpy(values)',
    'inputs.append(tensor)',
  ]
}

function isCarried({ tensor }: PreparedInput): boolean {
  return tensor.data.length <= MAX_CARRIED_BYTES
}

function valueLines(input: PreparedInput): string[] {
  const { tensor, origin } = input
  const datatype = datatypeOf(tensor.datatype)
  if (datatype === 'BYTES') return bytesLines(input)
  const { name, bytes } = NUMPY[datatype]
  // bfloat16 is the upper half of a float32.
  const widened = (array: string) =>
    datatype === 'BF16' ? `(${array}.astype(np.uint32) << 16).view(np.float32)` : array
  if (origin.from === 'zeros') return [`values = np.zeros(1, dtype=${name})`]
  if (origin.from === 'file') {
    return [`values = ${widened(`np.fromfile(${pythonText(origin.path)}, dtype="${bytes}", offset=${origin.offset})`)}`]
  }
  if (origin.from === 'npy' && datatype !== 'BF16') return [`values = np.load(${pythonText(origin.path)})`]
  const { count, text } = valueReader(datatype, tensor.data)
  if (count <= MAX_WRITTEN) {
    const values = Array.from({ length: count }, (_, i) => pythonNumber(text(i)))
    return [`values = np.array([${values.join(', ')}], dtype=${name})`]
  }
  if (isCarried(input)) {
    const text = Buffer.from(tensor.data).toString('base64')
    return [`values = ${widened(`np.frombuffer(base64.b64decode("${text}"), dtype="${bytes}")`)}`]
  }
  return [`values = np.zeros(1, dtype=${name})  # stands for ${count} values, too many to write here`]
}

function bytesLines({ tensor, origin }: PreparedInput): string[] {
  const all = decodeBytes(tensor.data)
  if (origin.from === 'zeros') return ['values = np.array([b""], dtype=np.object_)']
  if (tensor.data.length > MAX_CARRIED_BYTES) {
    return [`values = np.array([b""], dtype=np.object_)  # stands for ${all.length} texts, too many to write here`]
  }
  return [`values = np.array([${all.map(pythonBytes).join(', ')}], dtype=np.object_)`]
}

function pythonNumber(text: string): string {
  if (text === 'true' || text === 'false') return text === 'true' ? 'True' : 'False'
  return /NaN|Infinity/.test(text) ? `float("${text.replace('Infinity', 'inf').replace('NaN', 'nan')}")` : text
}

/** What `pictureScript` needs. */
export const PICTURE_IMPORTS = ['import numpy as np', 'from PIL import Image, ImageOps']

/** Pillow's resampling is not libvips': values differ in the last digits. Leaves one item in `values`. */
export function pictureScript({ path, steps }: Extract<Origin, { from: 'picture' }>, datatype: string): string {
  const { width, height, fit, colours, scale, mean, std, isChannelsFirst, itemShape } = steps
  const size = `(${width}, ${height})`
  const resized = {
    stretch: `picture.resize(${size}, Image.LANCZOS)`,
    cover: `ImageOps.fit(picture, ${size}, Image.LANCZOS)`,
    contain: `ImageOps.pad(picture, ${size}, Image.LANCZOS)`,
  }[fit]
  const known = datatypeOf(datatype)
  const numpy = known === 'BYTES' ? NUMPY.UINT8 : NUMPY[known]
  const isWhole = numpy.name.includes('int')
  const order = colours === 'bgr' ? '[:, :, ::-1]' : ''
  const channels = isChannelsFirst && itemShape.length === 3 && colours !== 'grey' ? '.transpose(2, 0, 1)' : ''
  return [
    `picture = ImageOps.exif_transpose(Image.open(${pythonText(path)})).convert("${colours === 'grey' ? 'L' : 'RGB'}")`,
    `pixels = np.asarray(${resized}, dtype=np.float32)${order}`,
    `values = ((pixels * ${scale} - np.float32([${mean.join(', ')}])) / np.float32([${std.join(', ')}]))${channels}`,
    `values = ${isWhole ? 'np.rint(values)' : 'values'}.astype(${numpy.name}).reshape(${itemShape.join(', ')})`,
  ].join('\n')
}

function outputLines({ call }: PreparedCall): string[] {
  if (call.outputs.length === 0) return ['outputs = None']
  const outputs = call.outputs.map(
    ({ name, classes }) =>
      `triton.InferRequestedOutput(${pythonText(name)}${classes === undefined ? '' : `, class_count=${classes}`})`,
  )
  return [`outputs = [${outputs.join(', ')}]`]
}

function infersWith({ call }: PreparedCall): string[] {
  const all = Object.entries(call.parameters ?? {})
  const own = all.filter(([name]) => ARGUMENTS.has(name)).map(([name, value]) => `${name}=${pythonValue(value)}`)
  const rest = all
    .filter(([name]) => !ARGUMENTS.has(name))
    .map(([name, value]) => `${pythonText(name)}: ${pythonValue(value)}`)
  return [
    pythonText(call.model),
    'inputs',
    'outputs=outputs',
    ...(call.version === undefined ? [] : [`model_version=${pythonText(call.version)}`]),
    ...own,
    ...(rest.length === 0 ? [] : [`parameters={${rest.join(', ')}}`]),
  ]
}

function callLines(prepared: PreparedCall, headers: string | undefined, isGrpc: boolean): string[] {
  const sent = [...infersWith(prepared), ...(headers === undefined ? [] : [`headers=${headers}`])]
  const [list, name] = isGrpc
    ? ['answer.get_response().outputs', 'output.name']
    : ['answer.get_response()["outputs"]', 'output["name"]']
  return [
    `answer = client.infer(${sent.join(', ')})`,
    `for output in ${list}:`,
    `    print(${name}, answer.as_numpy(${name}))`,
  ]
}

/** The client is closed whatever happens: a stream left open, or merely stopped, may hold Python back for ever as it ends. */
function streamLines(prepared: PreparedCall, headers: string | undefined): string[] {
  return [
    'answers = queue.Queue()',
    `client.start_stream(callback=lambda result, error: answers.put((result, error))${headers === undefined ? '' : `, headers=${headers}`})`,
    'try:',
    `    client.async_stream_infer(${[...infersWith(prepared), 'enable_empty_final_response=True'].join(', ')})`,
    '    while True:',
    '        answer, error = answers.get()',
    '        if error is not None:',
    '            raise error',
    '        response = answer.get_response()',
    '        for output in response.outputs:',
    '            print(output.name, answer.as_numpy(output.name))',
    '        if response.parameters["triton_final_response"].bool_param:',
    '            break',
    'finally:',
    '    client.close()',
  ]
}

function pythonValue(value: string | number | boolean): string {
  if (typeof value === 'string') return pythonText(value)
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)
}

function headersOf({ connection }: ServerTarget, isGrpc: boolean): string | undefined {
  const names = Object.keys(connection.headers)
  if (connection.accessToken !== undefined) {
    names.push(isGrpc ? 'triton-grpc-protocol-triton-access-token' : 'triton-access-token')
  }
  if (names.length === 0) return undefined
  const entries = names.map(
    name =>
      `${pythonText(isGrpc ? name.toLowerCase() : name)}: os.environ["${secretVariable(name.replace(/^triton-grpc-protocol-/, ''))}"]`,
  )
  return `{${entries.join(', ')}}`
}

function tlsArguments({ url, connection: { tls } }: ServerTarget): string[] {
  const { isTls, protocol } = parseAddress(url)
  if (!isTls) return []
  const { caPath, certPath, keyPath, insecure, serverName } = tls ?? {}
  if (protocol === 'grpc') {
    return [
      'ssl=True',
      ...(caPath === undefined ? [] : [`root_certificates=${pythonText(caPath)}`]),
      ...(keyPath === undefined ? [] : [`private_key=${pythonText(keyPath)}`]),
      ...(certPath === undefined ? [] : [`certificate_chain=${pythonText(certPath)}`]),
      ...(serverName === undefined
        ? []
        : [`channel_args=[("grpc.ssl_target_name_override", ${pythonText(serverName)})]`]),
    ]
  }
  const files: [string, string | undefined][] = [
    ['ca_certs', caPath],
    ['certfile', certPath],
    ['keyfile', keyPath],
  ]
  const options = files.flatMap(([name, path]) => (path === undefined ? [] : [`"${name}": ${pythonText(path)}`]))
  return [
    'ssl=True',
    ...(options.length > 0 ? [`ssl_options={${options.join(', ')}}`] : []),
    ...(insecure === true ? ['insecure=True'] : []),
  ]
}
