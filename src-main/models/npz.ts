import { crc32, inflateRawSync } from 'node:zlib'
import { EngineError } from '#domain/errors.ts'
import { npy } from '#formats/npy.ts'
import type { TensorContent } from '#formats/tensor.ts'
import { type FileSource, openFileSource } from './file-source.ts'

/** An inflated array must fit: beyond, `.npy` is the way. */
const MOST_BYTES = 2 ** 31
const END = 0x06054b50
const ENTRY = 0x02014b50
const END_BYTES = 22
const MOST_COMMENT = 65_535

interface Entry {
  name: string
  method: number
  checksum: number
  packed: number
  bytes: number
  at: number
}

/**
 * NumPy's `.npz`: a ZIP of `.npy` files, stored (`numpy.savez`) or deflated (`numpy.savez_compressed`).
 * @returns arrays by name, without `.npy`
 * @throws EngineError FORMAT_BROKEN, DATA_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE
 * @see PKWARE APPNOTE.TXT 4.3; entries of more than 4 GiB (ZIP64) are refused
 */
export async function readNpz(path: string): Promise<Map<string, TensorContent>> {
  const source = await openFileSource(path)
  try {
    const arrays = new Map<string, TensorContent>()
    for (const entry of await entriesOf(source)) {
      if (!entry.name.endsWith('.npy')) continue
      const bytes = await unpacked(source, entry)
      const inside = {
        name: `${path}:${entry.name}`,
        size: bytes.length,
        read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
      }
      arrays.set(entry.name.slice(0, -'.npy'.length), await npy.read(inside))
    }
    return arrays
  } finally {
    await source.close()
  }
}

/** The central directory, which lies at the end. */
async function entriesOf(source: FileSource): Promise<Entry[]> {
  const tailStart = Math.max(0, source.size - END_BYTES - MOST_COMMENT)
  const tail = view(await source.read(tailStart, source.size - tailStart))
  let end = tail.byteLength - END_BYTES
  while (end >= 0 && tail.getUint32(end, true) !== END) end--
  if (end < 0) throw broken(source, 'It has no ZIP directory')
  const [count, size, start] = [
    tail.getUint16(end + 10, true),
    tail.getUint32(end + 12, true),
    tail.getUint32(end + 16, true),
  ]
  const directory = view(await source.read(start, size))
  const entries: Entry[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== ENTRY)
      throw broken(source, 'Its ZIP directory is torn')
    const nameBytes = directory.getUint16(at + 28, true)
    const after = at + 46 + nameBytes
    if (after > directory.byteLength) throw broken(source, 'Its ZIP directory is torn')
    entries.push({
      name: new TextDecoder().decode(new Uint8Array(directory.buffer, directory.byteOffset + at + 46, nameBytes)),
      method: directory.getUint16(at + 10, true),
      checksum: directory.getUint32(at + 16, true),
      packed: directory.getUint32(at + 20, true),
      bytes: directory.getUint32(at + 24, true),
      at: directory.getUint32(at + 42, true),
    })
    at = after + directory.getUint16(at + 30, true) + directory.getUint16(at + 32, true)
  }
  return entries
}

async function unpacked(source: FileSource, { name, method, checksum, packed, bytes, at }: Entry): Promise<Uint8Array> {
  if (bytes > MOST_BYTES) throw broken(source, `${name} is too large for an .npz`)
  const head = view(await source.read(at, 30))
  if (head.byteLength < 30) throw broken(source, `${name} is not there`)
  const body = await source.read(at + 30 + head.getUint16(26, true) + head.getUint16(28, true), packed)
  if (body.length < packed) throw broken(source, `${name} is cut short`)
  const whole = method === 0 ? body : inflated(source, body, { name, method, bytes })
  if (crc32(whole) !== checksum) throw broken(source, `${name} is damaged: its checksum does not fit`)
  return whole
}

function inflated(source: FileSource, body: Uint8Array, entry: Pick<Entry, 'name' | 'method' | 'bytes'>): Uint8Array {
  const { name, method, bytes } = entry
  if (method !== 8) throw broken(source, `${name} is packed in a way NumPy does not use (${method})`)
  try {
    return inflateRawSync(body, { maxOutputLength: Math.max(1, bytes) })
  } catch (cause) {
    throw broken(source, `${name} cannot be unpacked`, cause)
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function broken({ name }: FileSource, message: string, cause?: unknown): EngineError {
  return new EngineError('FORMAT_BROKEN', message, { where: name, hint: 'Save it again with numpy.savez.' }, { cause })
}
