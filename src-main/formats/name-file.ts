import type { FileHead } from './define.ts'
import { afterComments } from './text-lines.ts'

interface Known {
  /** With its article, as in "This is …". */
  name: string
  /** What to do with it instead. */
  hint?: string
  is(head: FileHead): boolean
}

const EXPORT = 'Export the model to ONNX'

/** What people drop where a model is wanted; the first that fits names the file. */
const KNOWN: readonly Known[] = [
  { name: 'an empty file', hint: 'Was the export or download finished?', is: head => head.size === 0 },
  {
    name: 'a Git LFS pointer',
    hint: 'The real file is not here yet: run "git lfs pull" in its repository.',
    is: text(/^version https:\/\/git-lfs\.github\.com\/spec\//),
  },
  {
    name: 'a text in UTF-16',
    hint: 'Save it as UTF-8.',
    is: head => bytes(0xff, 0xfe)(head) || bytes(0xfe, 0xff)(head),
  },
  { name: 'a PNG image', is: bytes(0x89, 0x50, 0x4e, 0x47) },
  { name: 'a JPEG image', is: bytes(0xff, 0xd8, 0xff) },
  { name: 'a PDF document', is: bytes(0x25, 0x50, 0x44, 0x46) },
  {
    name: 'a PyTorch file (.pt, a ZIP archive)',
    hint: `${EXPORT}: torch.onnx.export(model, (example,), "model.onnx")`,
    is: head => zip(head) && /data\.pkl|\/version|archive\//.test(head.text),
  },
  { name: 'a ZIP archive', hint: 'Unpack it and choose the model inside.', is: zip },
  { name: 'a gzip archive', hint: 'Unpack it and choose the model inside.', is: bytes(0x1f, 0x8b) },
  {
    name: 'a PyTorch pickle (.pt or .pth)',
    hint: `${EXPORT}: torch.onnx.export(model, (example,), "model.onnx")`,
    is: head => head.bytes[0] === 0x80 && (head.bytes[1] ?? 0) >= 2 && (head.bytes[1] ?? 0) <= 5,
  },
  { name: 'a TensorFlow Lite model', hint: `${EXPORT}: python -m tf2onnx.convert --tflite FILE`, is: at(4, 'TFL3') },
  { name: 'an ONNX Runtime model (.ort)', hint: 'Choose the .onnx file it was made from.', is: at(4, 'ORTM') },
  {
    name: 'a TensorRT engine',
    hint: 'An engine runs only with TensorRT; choose the ONNX model it was built from.',
    is: text(/^[a-z]trt/),
  },
  { name: 'a NumPy array (.npy)', hint: 'Use it as input data: --data INPUT:file:PATH', is: at(1, 'NUMPY') },
  { name: 'an HDF5 file (Keras .h5)', hint: `${EXPORT}: python -m tf2onnx.convert --keras FILE`, is: at(1, 'HDF') },
  { name: 'a GGUF model', hint: EXPORT, is: at(0, 'GGUF') },
  {
    name: 'an SQLite database',
    hint: 'Open a Batchscope session with "batchscope open FILE".',
    is: text(/^SQLite format 3/),
  },
  { name: 'an ELF program', is: bytes(0x7f, 0x45, 0x4c, 0x46) },
  {
    name: 'a safetensors file',
    hint: 'It holds weights without the network. Export the model to ONNX.',
    is: head => head.bytes[8] === 0x7b && head.bytes[6] === 0 && head.bytes[7] === 0,
  },
  {
    name: 'a TensorFlow SavedModel or frozen graph',
    hint: `${EXPORT}: python -m tf2onnx.convert --saved-model FOLDER`,
    is: head =>
      (bytes(0x08, 0x01, 0x12)(head) || bytes(0x0a)(head)) &&
      /StatefulPartitionedCall|Placeholder|NoOp|tensorflow|saved_model/.test(head.text),
  },
  {
    name: 'a report of Model Analyzer (HTML)',
    hint: 'Its figures are in export/results/metrics-model-inference.csv and in checkpoints/N.ckpt.',
    is: text(/^<html><head><style>.{0,20}<\/style><\/head><body><center><h1>(?:Detailed Report|[\w ]*Result Summary)</),
  },
  {
    name: 'an HTML page',
    hint: 'The download gave a web page, not the file. Log in, or use the raw link.',
    is: text(/^\s*<(?:!doctype html|html)/i),
  },
  { name: 'an XML file', is: text(/^\s*<\?xml/) },
  {
    name: 'a Triton config.pbtxt',
    hint: 'The model is in a numbered folder beside it, for example 1/model.onnx.',
    is: head =>
      printable(head) &&
      /^\s*(?:name|platform|backend|max_batch_size|input|output)\s*[:[{]/.test(afterComments(head.text)),
  },
  {
    name: 'an ONNX model as text',
    hint: 'Save it in binary: onnx.save(model, "model.onnx")',
    is: head => printable(head) && /^\s*(?:ir_version:|<\s*ir_version\b|\{\s*"irVersion")/.test(head.text),
  },
  {
    name: 'a trace of Triton',
    hint: 'Stamps of single requests. The parts of a request under load: batchscope sweep URL --model MODEL',
    is: head => /^\s*\[?\s*\{\s*"id"\s*:\s*\d+\s*,\s*"(?:timestamps|model_name|activity)"/.test(head.text),
  },
  { name: 'a JSON file', is: head => printable(head) && /^\s*[[{]/.test(head.text) },
  {
    name: 'a configuration of Model Analyzer (YAML)',
    hint: 'Its results are in export/results/metrics-model-inference.csv and in checkpoints/N.ckpt.',
    is: head => printable(head) && /^profile_models:/m.test(head.text),
  },
  { name: 'a text file', is: printable },
  {
    name: 'a file of zeros',
    hint: 'The download or copy did not finish.',
    is: head => head.bytes.every(byte => byte === 0),
  },
]

/** What a file is, for a sentence "This is …", where its content tells; with the next step where there is one. */
export function nameFile(head: FileHead): { name: string; hint?: string } | undefined {
  const known = KNOWN.find(known => known.is(head))
  return known && { name: known.name, ...(known.hint === undefined ? {} : { hint: known.hint }) }
}

function bytes(...magic: number[]): Known['is'] {
  return head => magic.every((byte, i) => head.bytes[i] === byte)
}

function at(offset: number, magic: string): Known['is'] {
  return head => [...magic].every((char, i) => head.bytes[offset + i] === char.charCodeAt(0))
}

function text(pattern: RegExp): Known['is'] {
  return head => pattern.test(head.text)
}

function zip(head: FileHead): boolean {
  return bytes(0x50, 0x4b, 0x03, 0x04)(head)
}

/** Text without control characters; the head may end inside a character. */
function printable(head: FileHead): boolean {
  return (
    head.size > 0 &&
    head.bytes.every(byte => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) &&
    !head.text.slice(0, -1).includes('\ufffd')
  )
}
