import { existsSync, statSync } from 'node:fs'
import type { BuildSpec } from '#domain/build-spec.ts'
import { formatBytes } from '#domain/display.ts'
import type { Model } from '#domain/model.ts'
import { gpuFacts } from '../../../native-tools/nvidia-smi.ts'
import type { TrtexecTalk } from '../../../native-tools/run-trtexec.ts'
import { buildEngine } from '../../../native-tools/trtexec-engine.ts'
import { buildFiles } from '../../../native-tools/trtexec-engine-name.ts'
import { hashFile } from '../../workers/file-hash.ts'
import type { MeasureTalk } from '../define.ts'
import type { FoundTrtexec } from './program.ts'

export interface ReadyEngine {
  path: string
  bytes: number
  sha256: string
  /** The whole build; absent where an engine of an earlier one is used. */
  buildMs?: number
  /** Of TensorRT alone, as printed. */
  builtSeconds?: number
}

export interface EngineWish {
  trtexec: FoundTrtexec
  spec: BuildSpec
  model: Model
  /** Of the engines. */
  folder: string
}

/** The engine of the same model, shapes, precision, TensorRT and GPU that lies in the folder, else a new one. */
export async function engineFor(
  { trtexec, spec, model, folder }: EngineWish,
  talk: MeasureTalk,
  trtexecTalk: TrtexecTalk,
  signal: AbortSignal,
): Promise<ReadyEngine> {
  const { program, abilities } = trtexec
  const { gpu0Name } = await gpuFacts()
  const origin = { spec, model, version: abilities.version, gpu: typeof gpu0Name === 'string' ? gpu0Name : undefined }
  const files = buildFiles(origin, folder, () => false)
  if (existsSync(files.engine)) {
    talk.log('app', `Uses the engine ${files.engine}, built before.`)
    const { size: bytes } = statSync(files.engine)
    return { path: files.engine, bytes, sha256: await hashFile(files.engine, bytes, signal) }
  }
  talk.say('building the engine')
  const built = await buildEngine(
    // Another run's export may lie where its engine was moved away: it is not overwritten either.
    {
      program,
      abilities,
      spec,
      model,
      files: existsSync(files.layers ?? '') ? { ...files, layers: undefined } : files,
    },
    trtexecTalk,
    { signal, timeoutMs: spec.timeoutMs },
  )
  const { path, bytes, sha256, elapsedMs, run } = built
  for (const text of built.notices) talk.log('app', text)
  talk.log('app', `Built ${path}, ${formatBytes(bytes)}, in ${(elapsedMs / 1000).toFixed(1)} s.`)
  const { builtSeconds } = run.build
  return { path, bytes, sha256, buildMs: elapsedMs, ...(builtSeconds === undefined ? {} : { builtSeconds }) }
}
