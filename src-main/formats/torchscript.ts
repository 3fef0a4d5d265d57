import { EngineError } from '#domain/errors.ts'
import { type ByteSource, defineFormat } from './define.ts'

const ZIP = [0x50, 0x4b, 0x03, 0x04]
const END_OF_DIRECTORY = 0x06054b50
const END_OF_DIRECTORY_64 = 0x06064b50
const LOCATOR_64 = 0x07064b50
const DIRECTORY_ENTRY = 0x02014b50
/** The end record may be followed by a comment of 64 KiB. */
const TAIL_BYTES = 22 + 65_535
/** Names of a large model's tensors take a megabyte. */
const MAX_DIRECTORY_BYTES = 64 * 2 ** 20

/** What torch writes first differs between its versions. */
const FIRST_NAME =
  /^[^/]+\/(?:data\.pkl|data\/\d+|constants\.pkl|constants\/\d+|code\/.+|extra\/.+|version|byteorder|\.format_version|\.storage_alignment|\.data\/.+)$/

/**
 * TorchScript, as `torch.jit.save` writes it: a ZIP archive of one folder with `data.pkl` (the module) and `code/` (its
 * program). Names and shapes of inputs are not in it. A checkpoint of `torch.save` is the same archive without a program.
 * Source: torch/csrc/jit/serialization (export_module.cpp), APPNOTE.TXT of PKWARE 4.3, 4.5.3.
 */
export const torchscript = defineFormat({
  id: 'torchscript',
  title: 'TorchScript',
  gives: 'model',
  extensions: ['.pt', '.torchscript', '.ts', '.jit'],
  sniff: ({ bytes }) => ZIP.every((byte, at) => bytes[at] === byte) && FIRST_NAME.test(firstName(bytes)),
  async read(source, signal) {
    const names = await namesIn(source)
    signal?.throwIfAborted()
    if (!names.some(name => /^[^/]+\/data\.pkl$/.test(name))) throw broken(source, 'It holds no data.pkl')
    if (!names.some(name => /^[^/]+\/code\//.test(name))) {
      throw new EngineError('MODEL_BROKEN', 'This PyTorch file holds weights without a program', {
        where: source.name,
        hint: 'Save it with torch.jit.save, or export it: torch.onnx.export(model, (example,), "model.onnx")',
      })
    }
    return {
      inputs: [],
      outputs: [],
      weights: [],
      operators: [],
      opsets: [],
      producer: 'TorchScript',
      externalFiles: [],
    }
  },
})

/** Of the first file, behind the 30 bytes of its header. */
function firstName(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes.subarray(30, 30 + (bytes[26] ?? 0) + 256 * (bytes[27] ?? 0)))
}

/** Names of the archive's files, from its central directory. */
async function namesIn(source: ByteSource): Promise<string[]> {
  const tailStart = Math.max(0, source.size - TAIL_BYTES)
  const tail = viewOf(await source.read(tailStart, source.size - tailStart))
  const end = lastSignature(tail, END_OF_DIRECTORY)
  if (end === undefined) throw broken(source, 'Its directory at the end is missing')
  const { start, length } = await directoryAt(source, tail, end)
  if (length > MAX_DIRECTORY_BYTES || start + length > source.size)
    throw broken(source, 'Its directory lies outside of it')
  const directory = viewOf(await source.read(start, length))
  const names: string[] = []
  const decoder = new TextDecoder('utf-8')
  for (let at = 0; at + 46 <= directory.byteLength && directory.getUint32(at, true) === DIRECTORY_ENTRY; ) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map(offset => directory.getUint16(at + offset, true))
    const nameBytes = new Uint8Array(directory.buffer, directory.byteOffset + at + 46).subarray(0, nameLength)
    names.push(decoder.decode(nameBytes))
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0)
  }
  return names
}

/** Where the directory is; archives beyond 4 GiB keep it in a second record. */
async function directoryAt(
  source: ByteSource,
  tail: DataView,
  end: number,
): Promise<{ start: number; length: number }> {
  const here = { length: tail.getUint32(end + 12, true), start: tail.getUint32(end + 16, true) }
  const locator = end - 20
  if (here.start !== 0xffffffff || locator < 0 || tail.getUint32(locator, true) !== LOCATOR_64) return here
  const large = viewOf(await source.read(Number(tail.getBigUint64(locator + 8, true)), 56))
  if (large.byteLength < 56 || large.getUint32(0, true) !== END_OF_DIRECTORY_64) {
    throw broken(source, 'Its directory at the end is damaged')
  }
  return { length: Number(large.getBigUint64(40, true)), start: Number(large.getBigUint64(48, true)) }
}

function lastSignature(view: DataView, signature: number): number | undefined {
  for (let at = view.byteLength - 22; at >= 0; at--) if (view.getUint32(at, true) === signature) return at
  return undefined
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function broken(source: ByteSource, why: string): EngineError {
  return new EngineError('MODEL_BROKEN', `This PyTorch file is cut or damaged. ${why}`, {
    where: source.name,
    hint: 'Copy or save it again.',
  })
}
