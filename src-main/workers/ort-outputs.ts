import { copyFileSync, linkSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Tensor } from 'onnxruntime-node'
import { EngineError } from '#domain/errors.ts'
import { DTYPES, type Dtype } from '#domain/model.ts'
import { encodeNpy } from '#formats/npy-write.ts'
import { extraOutputs } from '#formats/onnx-graph.ts'
import { onnxType } from '#formats/onnx-types.ts'
import { castFloats } from '#formats/tensor-cast.ts'
import { readNpy } from '../models/compare-tensors.ts'
import { answerWith } from './answer.ts'
import { checkModelFile } from './model-file.ts'
import { ortError } from './ort-errors.ts'
import { asTensor } from './ort-feeds.ts'
import { loadOrt, type OrtFeeds, type OrtLibrary, type OrtOutputs, type OrtSession } from './ort-library.ts'
import { OrtCpuOptions } from './ort-options.ts'
import { OrtOutputsInput, type OrtOutputsResult, type WrittenTensor } from './ort-outputs-protocol.ts'

type Input = ReturnType<typeof OrtOutputsInput.parse>

/** One run of a model on ONNX Runtime's CPU provider; its outputs, and tensors inside it, go to files. */
answerWith(OrtOutputsInput, async (input, tell): Promise<OrtOutputsResult> => {
  tell({ type: 'phase', phase: 'loading the model' })
  const ort = await loadOrt()
  checkModelFile(input.modelPath, input.modelSha256)
  const casts: string[] = []
  const outputs = await run(ort, input, casts)
  const wanted = input.tapsOnly ? input.taps : Object.keys(outputs)
  const written = wanted.flatMap((name, at) => {
    const tensor = outputs[name]
    return tensor === undefined ? [] : [write(tensor, name, join(input.folder, `${at}.npy`))]
  })
  return { outputs: written, casts, version: ort.version }
})

async function run(ort: OrtLibrary, input: Input, casts: string[]): Promise<OrtOutputs> {
  const options = OrtCpuOptions.parse({ graphOptimization: input.graphOptimization })
  try {
    const session = ort.createSession(modelToLoad(input), options)
    const call = session.prepare(await feedsFor(ort, session, input, casts))
    return call()
  } catch (thrown) {
    throw ortError(thrown, input.modelPath)
  }
}

/** The model itself, or a copy that gives more: in memory, or beside its weights where these are in files. */
function modelToLoad({ modelPath, externalPaths, taps, folder }: Input): string | Uint8Array<ArrayBuffer> {
  if (taps.length === 0) return modelPath
  const model = Buffer.concat([readFileSync(modelPath), extraOutputs(taps)])
  if (externalPaths.length === 0) return new Uint8Array(model)
  for (const path of externalPaths) {
    const to = join(folder, relative(dirname(modelPath), path))
    try {
      linkSync(path, to)
    } catch {
      copyFileSync(path, to) // another file system, or one without links
    }
  }
  const copy = join(folder, basename(modelPath))
  writeFileSync(copy, model)
  return copy
}

async function feedsFor(ort: OrtLibrary, session: OrtSession, input: Input, casts: string[]): Promise<OrtFeeds> {
  const feeds: OrtFeeds = {}
  for (const { name, typeCode } of session.inputs) {
    const path = input.feeds[name]
    if (path === undefined) {
      throw new EngineError('DATA_INVALID', `Nothing was given for input ${name}`, {
        where: input.modelPath,
        hint: `Both models must take the same inputs; given: ${Object.keys(input.feeds).join(', ') || 'none'}`,
      })
    }
    const given = await readNpy(path)
    const fitting = castFloats(given, onnxType(typeCode).name)
    if (fitting.dtype !== given.dtype) casts.push(`${name}: ${given.dtype} → ${fitting.dtype}`)
    feeds[name] = asTensor(ort, fitting)
  }
  return feeds
}

function write(tensor: Tensor, name: string, path: string): WrittenTensor {
  const shape = [...tensor.dims]
  const dtype = DTYPES.find((known): known is Dtype => known === tensor.type)
  const { data } = tensor
  if (dtype === undefined || !ArrayBuffer.isView(data)) return { name, dtype: tensor.type, shape }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  writeFileSync(path, Buffer.concat(encodeNpy({ dtype, shape, data: bytes })))
  return { name, dtype, shape, path }
}
