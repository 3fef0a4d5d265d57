import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readHead } from '#formats/define.ts'
import { nameFile } from '#formats/name-file.ts'
import { onnx } from '#formats/onnx.ts'
import { memorySource } from '../helpers/bytes.ts'

const text = (content: string) => new TextEncoder().encode(content)
const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(
    Buffer.concat(parts.map(part => Buffer.from(typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
  )

const FILES: [name: string, content: Uint8Array][] = [
  ['an empty file', new Uint8Array(0)],
  ['a file of zeros', new Uint8Array(5000)],
  ['a text file', text('hello\tthere\r\nworld')],
  ['a text file', text('ein Größenvergleich')],
  ['an HTML page', text('\n<!DOCTYPE html><html><head>')],
  ['an HTML page', text('<html lang="en">')],
  ['an XML file', text('<?xml version="1.0"?><net name="x">')],
  ['a JSON file', text('{"a": [1, 2]}')],
  ['a PNG image', bytes([0x89], 'PNG\r\n\x1a\n', [0, 0, 0, 13])],
  ['a JPEG image', bytes([0xff, 0xd8, 0xff, 0xe0])],
  ['a PDF document', text('%PDF-1.7\n')],
  ['a PyTorch file (.pt, a ZIP archive)', bytes('PK\x03\x04', [0, 0, 8, 8], 'archive/data.pkl', [0, 1])],
  ['a ZIP archive', bytes('PK\x03\x04', [0, 0, 8, 8], 'notes.txt', [0, 1])],
  ['a gzip archive', new Uint8Array(gzipSync('x'.repeat(100)))],
  ['a PyTorch pickle (.pt or .pth)', bytes([0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc])],
  ['a TensorFlow Lite model', bytes([0x1c, 0, 0, 0], 'TFL3', [0, 0])],
  ['an ONNX Runtime model (.ort)', bytes([0x18, 0, 0, 0], 'ORTM', [0, 0])],
  ['a TensorRT engine', bytes('ftrt', [0, 0, 0, 0, 1, 0xff])],
  ['a NumPy array (.npy)', bytes([0x93], 'NUMPY', [1, 0])],
  ['an HDF5 file (Keras .h5)', bytes([0x89], 'HDF\r\n\x1a\n')],
  ['a GGUF model', bytes('GGUF', [3, 0, 0, 0])],
  ['an SQLite database', bytes('SQLite format 3\0', [16, 0])],
  ['an ELF program', bytes([0x7f], 'ELF', [2, 1])],
  ['a safetensors file', bytes([0x40, 0, 0, 0, 0, 0, 0, 0], '{"weight":{"dtype":"F32"', [0xff])],
  ['a TensorFlow SavedModel or frozen graph', bytes([8, 1, 0x12, 0xff, 1], 'tensorflow', [0, 1])],
  ['a TensorFlow SavedModel or frozen graph', bytes([0x0a, 0x20], 'input', [0x12, 0x0b], 'Placeholder', [0])],
  ['a Triton config.pbtxt', text('name: "resnet"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 8\n')],
  ['a Triton config.pbtxt', text('# a comment\nbackend: "python"\n')],
  ['an ONNX model as text', text('ir_version: 8\nproducer_name: "x"\n')],
  ['an ONNX model as text', text('<\n  ir_version: 8\n>\ng (float[N] x) => (float[N] y) {}')],
  ['an ONNX model as text', text('{"irVersion":"8","graph":{}}')],
  ['a Git LFS pointer', text('version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n')],
]

test.each(FILES)('names %s', async (name, content) => {
  const head = await readHead(memorySource(content))
  expect(nameFile(head)?.name).toBe(name)
  expect(onnx.sniff(head)).toBe(false)
})

test('says nothing of bytes it does not know', async () => {
  expect(nameFile(await readHead(memorySource(Uint8Array.of(1, 2, 3, 250, 0, 9))))).toBeUndefined()
})
