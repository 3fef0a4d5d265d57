import { formatBytes, formatShape } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import { type ByteSource, defineFormat } from './define.ts'
import { dataFromBytes, elementCount, type NumericData, type NumericDtype, tensorBytes } from './tensor.ts'

/** NumPy's type letters and item sizes. V2 is how ml_dtypes' bfloat16 is saved: NumPy itself has no such type. */
const NUMERIC: Readonly<Record<string, NumericDtype>> = {
  b1: 'bool',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
  u8: 'uint64',
  f2: 'float16',
  V2: 'bfloat16',
  f4: 'float32',
  f8: 'float64',
  c8: 'complex64',
  c16: 'complex128',
}
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** Headers are some hundred bytes; only structured types, which no model takes, make long ones. */
const MAX_HEADER_BYTES = 65_536
const MAX_RANK = 64

/**
 * NumPy's `.npy`, versions 1 to 3: one array in C or Fortran order, either byte order; numbers, booleans and strings
 * (U, S). Pickled objects and structured types are refused. Source: NEP 1, numpy.lib.format.
 */
export const npy = defineFormat({
  id: 'npy',
  title: 'NumPy array',
  gives: 'tensor',
  extensions: ['.npy'],
  sniff: ({ bytes }) => MAGIC.every((byte, i) => bytes[i] === byte),
  async read(source, signal) {
    const { descr, fortranOrder, shape, dataStart } = await readHeader(source)
    const [, order = '', kind = ''] = /^([<>|=]?)(\w+)$/.exec(descr) ?? []
    const numeric = NUMERIC[kind]
    const text = /^([US])(\d+)$/.exec(kind)
    if (numeric === undefined && text === null) {
      throw invalid(source, `Arrays of type ${descr} cannot be used`, 'Save the array as numbers, booleans or strings.')
    }
    const itemBytes = text ? Number(text[2]) * (text[1] === 'U' ? 4 : 1) : 0
    const needed = numeric ? tensorBytes(numeric, shape) : elementCount(shape) * itemBytes
    if (!Number.isSafeInteger(needed) || source.size - dataStart < needed) {
      const got = formatBytes(Math.max(0, source.size - dataStart))
      throw invalid(
        source,
        `${formatShape(shape)} ${descr} takes ${formatBytes(needed)}, the file holds ${got}`,
        'The file is cut short. Save it again.',
      )
    }
    signal?.throwIfAborted()
    const bytes = await source.read(dataStart, needed)
    if (bytes.length < needed) throw invalid(source, 'The file got shorter while it was read')
    if (numeric === undefined) {
      const data = strings(bytes, itemBytes, elementCount(shape), text?.[1] === 'U', order === '>')
      return { dtype: 'string', shape, data: fortranOrder ? toCOrder(data, shape) : data }
    }
    const data = dataFromBytes(numeric, order === '>' ? swapped(bytes, partBytes(numeric)) : bytes)
    return { dtype: numeric, shape, data: fortranOrder ? numbersToCOrder(numeric, data, shape) : data }
  },
})

interface Header {
  descr: string
  fortranOrder: boolean
  shape: number[]
  dataStart: number
}

async function readHeader(source: ByteSource): Promise<Header> {
  const start = await source.read(0, 12)
  const [version = 0] = start.subarray(6)
  const [a = 0, b = 0, c = 0, d = 0] = start.subarray(8)
  const [length, headerStart] = version === 1 ? [a + 256 * b, 10] : [a + 256 * b + 65_536 * c + 16_777_216 * d, 12]
  const known = version >= 1 && version <= 3
  if (!known || start.length < 12)
    throw invalid(source, known ? 'The file ends in its header' : `npy version ${version} is not known`)
  if (length > MAX_HEADER_BYTES) throw invalid(source, `A header of ${length} bytes`)
  const header = new TextDecoder('utf-8').decode(await source.read(headerStart, length))
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1]
  const dims = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1]
  if (descr === undefined || order === undefined || dims === undefined) {
    throw invalid(source, 'The header has no plain type, order and shape', 'Structured arrays cannot be used.')
  }
  const words = dims
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')
  if (words.length > MAX_RANK || !words.every(word => /^\d{1,15}L?$/.test(word)))
    throw invalid(source, `The shape (${dims.slice(0, 100)}) is none`)
  return {
    descr,
    fortranOrder: order === 'True',
    shape: words.map(word => Number.parseInt(word, 10)),
    dataStart: headerStart + length,
  }
}

/** Bytes of one number: complex ones have two. */
function partBytes(dtype: NumericDtype): number {
  return dataFromBytes(dtype, new Uint8Array(0)).BYTES_PER_ELEMENT
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const result = bytes.slice()
  for (let at = 0; at < result.length; at += size) result.subarray(at, at + size).reverse()
  return result
}

/** Fixed-width texts without their trailing NULs: UCS-4 in the file's byte order, or bytes read as UTF-8. */
function strings(bytes: Uint8Array, width: number, count: number, isUnicode: boolean, isBig: boolean): string[] {
  const decoder = new TextDecoder('utf-8')
  return Array.from({ length: count }, (_, i) => {
    const item = bytes.subarray(i * width, (i + 1) * width)
    if (!isUnicode) return decoder.decode(item).replace(/\0+$/, '')
    const view = new DataView(item.buffer, item.byteOffset, item.length)
    let text = ''
    for (let at = 0; at < item.length; at += 4) {
      const code = view.getUint32(at, !isBig)
      text += code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
    }
    return text.replace(/\0+$/, '')
  })
}

function numbersToCOrder(dtype: NumericDtype, data: NumericData, shape: readonly number[]): NumericData {
  const width = partBytes(dtype) * (data.length / Math.max(1, elementCount(shape)))
  const bytes = new Uint8Array(data.buffer)
  const moved = new Uint8Array(bytes.length)
  eachInCOrder(shape, (to, from) => moved.set(bytes.subarray(from * width, (from + 1) * width), to * width))
  return dataFromBytes(dtype, moved)
}

function toCOrder(data: readonly string[], shape: readonly number[]): string[] {
  const moved: string[] = []
  eachInCOrder(shape, (_, from) => moved.push(data[from] ?? ''))
  return moved
}

/** For each element in C order (last index fastest) its place in Fortran order (first index fastest). */
function eachInCOrder(shape: readonly number[], visit: (to: number, from: number) => void): void {
  const count = elementCount(shape)
  const index = shape.map(() => 0)
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)))
  for (let to = 0, from = 0; to < count; to++) {
    visit(to, from)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [i = 0, dim = 0, stride = 0] = [index[axis], shape[axis], strides[axis]]
      if (i + 1 < dim) {
        index[axis] = i + 1
        from += stride
        break
      }
      index[axis] = 0
      from -= i * stride
    }
  }
}

function invalid(source: ByteSource, message: string, hint?: string): EngineError {
  return new EngineError('DATA_INVALID', message, { where: source.name, ...(hint === undefined ? {} : { hint }) })
}
