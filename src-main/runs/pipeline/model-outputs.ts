import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import { runPythonStep } from '../../../native-tools/python-steps.ts'
import { startWorker } from '../../../native-tools/start-worker.ts'
import { compareTensorFiles, type TensorFiles, type TensorPair } from '../../models/compare-tensors.ts'
import { CompareTensorsMessage } from '../../workers/compare-tensors-protocol.ts'
import { type OrtOutputsInput, OrtOutputsMessage, type WrittenTensor } from '../../workers/ort-outputs-protocol.ts'
import type { OnnxModel, PipelineModel } from './compared-model.ts'
import type { Feeds } from './feeds.ts'

/** What a step tells while it works. */
export interface StepTalk {
  phase(phase: string): void
  log(text: string): void
}

export interface ModelOutputs {
  outputs: WrittenTensor[]
  ranOn: string
  notices: string[]
}

/** Every output of one call with these inputs, as files in `folder`, which is made. @throws EngineError */
export async function outputsOf(
  model: PipelineModel,
  feeds: Feeds,
  folder: string,
  talk: StepTalk,
  signal: AbortSignal,
): Promise<ModelOutputs> {
  await mkdir(folder)
  if (model.kind === 'onnx') {
    const { outputs, casts, version } = await runOnnx(model, { feeds: feeds.paths, folder }, talk, signal)
    const notices = casts.map(cast => `Input of ${model.title} cast: ${cast}`)
    return { outputs, ranOn: `onnxruntime-node ${version}, CPU`, notices }
  }
  const request = { action: 'outputs', target: model.module, feeds: Object.values(feeds.paths), folder }
  const { outputs, version } = await runPythonStep(
    model.python,
    request,
    { phase: talk.phase, onLine: talk.log },
    signal,
  )
  return { outputs, ranOn: `torch ${version}, CPU`, notices: [] }
}

/** One call of an ONNX model in a process of its own. @throws EngineError */
export async function runOnnx(
  { model, title }: OnnxModel,
  input: Pick<OrtOutputsInput, 'feeds' | 'folder' | 'taps' | 'tapsOnly' | 'graphOptimization'>,
  talk: StepTalk,
  signal: AbortSignal,
) {
  const { path, sha256, externalData } = model
  const whole: OrtOutputsInput = {
    modelPath: path,
    modelSha256: sha256,
    externalPaths: externalData.map(file => file.path),
    ...input,
  }
  const worker = startWorker('ort-outputs', whole, {
    schema: OrtOutputsMessage,
    signal,
    onLine: (_, text) => talk.log(`${title}: ${text}`),
  })
  return (await worker.done).result
}

/** Beyond, comparing takes long enough to be felt by whoever asks the engine something else. */
const MOST_BYTES_HERE = 8 * 2 ** 20

/** Differences of pairs of files, in order. @throws EngineError */
export async function differencesOf(pairs: readonly TensorFiles[], signal: AbortSignal): Promise<TensorPair[]> {
  const sizes = await Promise.all(pairs.map(async ({ base }) => (await stat(base)).size))
  if (sizes.reduce((sum, size) => sum + size, 0) <= MOST_BYTES_HERE) return compareTensorFiles(pairs)
  return (await startWorker('compare-tensors', { pairs }, { schema: CompareTensorsMessage, signal }).done).result
}

/** A folder below `parent` that is not there yet. */
export function subfolder(parent: string, name: string): string {
  if (/[\\/]/.test(name)) throw new EngineError('INTERNAL', `"${name}" is no name of a folder`)
  return join(parent, name)
}
