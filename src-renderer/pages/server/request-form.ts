import type { ImagePreparation, InferRequestInput, RequestInput, ServerModel, ServerTensor } from '#domain/server.ts'

/** One request as fields of a form; numbers are texts until they are read. Pure. */

export type SourceKind = RequestInput['source']['from']
export type FileKind = 'auto' | 'npy' | 'raw' | 'json' | 'text' | 'image'

export interface InputForm {
  from: SourceKind
  text: string
  path: string
  as: FileKind
  seed: string
  /** Empty: the model's, its batch as chosen, other free sizes 1 or as the data has them. */
  shape: string
}

export interface ImageForm {
  width: string
  height: string
  fit: ImagePreparation['fit']
  layout: ImagePreparation['layout']
  colours: ImagePreparation['colours']
  scale: string
  mean: string
  std: string
}

export interface RequestForm {
  version: string
  inputs: Readonly<Record<string, InputForm>>
  image: ImageForm
  /** Empty: all. */
  outputs: readonly string[]
  batch: string
  top: string
  stream: boolean
  timeoutSeconds: string
}

export interface Reading {
  request?: InferRequestInput
  /** By field: `batch`, `shape:NAME`, `path:NAME`… */
  problems: Readonly<Record<string, string>>
}

/** value = (pixel · scale − mean) ÷ std, as the networks of these families were trained. */
export const PRESETS: readonly { id: string; title: string; scale: string; mean: string; std: string }[] = [
  { id: 'unit', title: '0 to 1', scale: '1/255', mean: '0', std: '1' },
  { id: 'signed', title: '−1 to 1', scale: '1/255', mean: '0.5', std: '0.5' },
  { id: 'imagenet', title: 'ImageNet', scale: '1/255', mean: '0.485, 0.456, 0.406', std: '0.229, 0.224, 0.225' },
  { id: 'raw', title: 'Raw 0 to 255', scale: '1', mean: '0', std: '1' },
]

const NEW_IMAGE: ImageForm = {
  width: '',
  height: '',
  fit: 'stretch',
  layout: 'auto',
  colours: 'auto',
  scale: '1/255',
  mean: '0',
  std: '1',
}
const NAMED_CLASSES = '3'

export function newInput({ datatype }: Pick<ServerTensor, 'datatype'>): InputForm {
  return { from: datatype === 'BYTES' ? 'text' : 'random', text: '', path: '', as: 'auto', seed: '0', shape: '' }
}

export function newRequest({ inputs, outputs, decoupled }: ServerModel): RequestForm {
  return {
    version: '',
    inputs: Object.fromEntries(inputs.filter(each => !each.optional).map(each => [each.name, newInput(each)])),
    image: NEW_IMAGE,
    outputs: [],
    batch: '1',
    top: outputs.some(each => each.hasLabels) ? NAMED_CLASSES : '0',
    stream: decoupled === true,
    timeoutSeconds: '30',
  }
}

/** Sources that make sense for a type: text is for strings, random numbers are not. */
export function sourcesFor(datatype: string): { value: SourceKind; label: string }[] {
  const all: { value: SourceKind; label: string }[] = [
    { value: 'random', label: 'Random' },
    { value: 'zeros', label: 'Zeros' },
    { value: 'json', label: 'Typed JSON' },
    { value: 'text', label: 'Typed text' },
    { value: 'file', label: 'From a file' },
  ]
  return all.filter(({ value }) => value !== 'text' || datatype === 'BYTES')
}

/** Whether the preparation of pictures matters: some input may be one. */
export function takesPicture(form: RequestForm): boolean {
  return Object.values(form.inputs).some(
    ({ from, as, path }) =>
      from === 'file' && (as === 'image' || (as === 'auto' && /\.(png|jpe?g|webp|gif|bmp|tiff?)$/i.test(path))),
  )
}

/** The shape an input has when none is typed: the batch in front where the model batches, 1 for other free sizes. */
export function usualShape({ shape }: ServerTensor, maxBatchSize: number, batch: number): number[] {
  return shape.map((size, axis) => (size >= 0 ? size : axis === 0 && maxBatchSize > 0 ? batch : 1))
}

export function presetOf({ scale, mean, std }: ImageForm): string {
  return PRESETS.find(each => each.scale === scale && each.mean === mean && each.std === std)?.id ?? 'own'
}

export function readRequest(form: RequestForm, model: ServerModel): Reading {
  const problems: Record<string, string> = {}
  const fail = (field: string, text: string) => {
    problems[field] = text
    return undefined
  }
  const maxBatchSize = model.maxBatchSize ?? 0
  const whole = (field: string, text: string, least: number) => {
    const value = Number(text)
    return text.trim() !== '' && Number.isInteger(value) && value >= least
      ? value
      : fail(field, `A whole number, at least ${least}`)
  }
  const batch = maxBatchSize > 0 ? (whole('batch', form.batch, 1) ?? 1) : 1
  if (maxBatchSize > 0 && batch > maxBatchSize) fail('batch', `At most ${maxBatchSize}, the model's max_batch_size`)
  const top = whole('top', form.top, 0)
  const timeoutSeconds = Number(form.timeoutSeconds)
  if (!(timeoutSeconds > 0)) fail('timeoutSeconds', 'Seconds, above 0')
  const inputs = model.inputs.flatMap(input => {
    const own = form.inputs[input.name]
    return own === undefined ? [] : [readInput(input, own, { maxBatchSize, batch, fail })]
  })
  const image = takesPicture(form) ? readImage(form.image, fail) : undefined
  if (Object.keys(problems).length > 0) return { problems }
  return {
    problems,
    request: {
      model: model.name,
      ...(form.version === '' ? {} : { version: form.version }),
      inputs,
      ...(image === undefined ? {} : { image }),
      outputs: [...form.outputs],
      top: top ?? 0,
      batch,
      stream: form.stream,
      timeoutMs: timeoutSeconds * 1000,
    },
  }
}

type Fail = (field: string, text: string) => undefined

function readInput(
  input: ServerTensor,
  own: InputForm,
  { maxBatchSize, batch, fail }: { maxBatchSize: number; batch: number; fail: Fail },
): RequestInput {
  const { name } = input
  const typed = readShape(own.shape)
  if (typeof typed === 'string') fail(`shape:${name}`, typed)
  const made = own.from === 'random' || own.from === 'zeros'
  const shape = Array.isArray(typed) ? typed : made ? usualShape(input, maxBatchSize, batch) : undefined
  return { name, ...(shape === undefined ? {} : { shape }), source: readSource(name, own, fail) }
}

function readSource(name: string, own: InputForm, fail: Fail): RequestInput['source'] {
  switch (own.from) {
    case 'zeros':
      return { from: 'zeros' }
    case 'text':
      return { from: 'text', text: own.text }
    case 'random': {
      const seed = Number(own.seed)
      if (!Number.isInteger(seed) || seed < 0) fail(`seed:${name}`, 'A whole number, at least 0')
      return { from: 'random', seed }
    }
    case 'json':
      try {
        JSON.parse(own.text)
      } catch (error) {
        fail(`text:${name}`, error instanceof Error ? `Not JSON: ${error.message}` : 'Not JSON')
      }
      return { from: 'json', text: own.text }
    case 'file':
      if (own.path.trim() === '') fail(`path:${name}`, 'Choose a file')
      return { from: 'file', path: own.path.trim(), as: own.as }
  }
}

/** `1, 3, 224, 224` or `1x3x224x224`; nothing when empty. */
function readShape(text: string): number[] | string | undefined {
  if (text.trim() === '') return undefined
  const sizes = text.split(/[\s,]+|(?<=\d)[x×](?=\d)/).filter(Boolean)
  const shape = sizes.map(Number)
  return shape.every(size => Number.isInteger(size) && size >= 0) ? shape : 'Sizes with commas: 1, 3, 224, 224'
}

function readImage(image: ImageForm, fail: Fail): NonNullable<InferRequestInput['image']> {
  const pixels = (field: 'width' | 'height') => {
    if (image[field].trim() === '') return undefined
    const value = Number(image[field])
    return Number.isInteger(value) && value > 0 ? value : fail(field, 'Pixels, or empty')
  }
  const numbers = (field: 'mean' | 'std') => {
    const values = image[field]
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(Number)
    if (values.length > 0 && values.every(Number.isFinite)) return values
    fail(field, 'A number, or one a channel')
    return [0]
  }
  const [width, height] = [pixels('width'), pixels('height')]
  const std = numbers('std')
  if (std.includes(0)) fail('std', 'Not 0: it divides')
  return {
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    fit: image.fit,
    layout: image.layout,
    colours: image.colours,
    scale: readScale(image.scale, fail),
    mean: numbers('mean'),
    std,
  }
}

/** A number or a fraction: 1/255. */
function readScale(text: string, fail: Fail): number {
  const [over = '', under = '1', more] = text.split('/')
  const value = Number(over) / Number(under)
  if (over.trim() === '' || more !== undefined || !Number.isFinite(value))
    fail('scale', 'A number or a fraction, as 1/255')
  return value
}
