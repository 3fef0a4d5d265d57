import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import { answerWith } from './answer.ts'
import { checkModelFile } from './model-file.ts'
import { ortError } from './ort-errors.ts'
import { makeFeeds, releaseFor } from './ort-feeds.ts'
import { loadOrt } from './ort-library.ts'
import { OrtCpuOptions } from './ort-options.ts'
import { OrtProfileInput } from './ort-profile-protocol.ts'

/** A few calls on ONNX Runtime's CPU provider with its profiler on, in a process of their own. Times nothing itself. */
answerWith(OrtProfileInput, async (input, tell) => {
  const options = OrtCpuOptions.parse(input.options)
  tell({ type: 'phase', phase: 'loading ONNX Runtime' })
  const ort = await loadOrt()
  tell({ type: 'phase', phase: 'loading the model' })
  checkModelFile(input.modelPath, input.modelSha256)
  try {
    const session = ort.createSession(input.modelPath, options, input.prefix)
    const call = session.prepare(await makeFeeds(ort, session, input))
    tell({ type: 'phase', phase: 'recording' })
    const total = input.warmup + input.calls
    for (let made = 0; made < total; made++) {
      const outputs = call()
      releaseFor(outputs)(outputs)
    }
    session.endProfiling()
  } catch (thrown) {
    throw thrown instanceof EngineError ? thrown : ortError(thrown, input.modelPath)
  }
  return {
    path: writtenProfile(input.prefix),
    calls: input.calls,
    runtimeFacts: {
      name: 'ONNX Runtime',
      version: ort.version,
      binding: 'onnxruntime-node',
      provider: 'CPUExecutionProvider',
    },
  }
})

/** ONNX Runtime puts date and time behind the prefix and does not tell the name. */
function writtenProfile(prefix: string): string {
  const folder = dirname(prefix)
  const name = readdirSync(folder).find(found => found.startsWith(basename(prefix)) && found.endsWith('.json'))
  if (name !== undefined) return join(folder, name)
  throw new EngineError('RUNTIME_FAILED', 'ONNX Runtime wrote no profile', {
    where: folder,
    hint: 'Check the space on the disk of the temporary folder.',
  })
}
