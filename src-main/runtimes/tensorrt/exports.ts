import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { LayerTable } from '#domain/layer.ts'
import { readLayerInfo } from '#formats/trtexec/layer-info.ts'
import { layerTable } from '#formats/trtexec/layer-table.ts'
import { readProfile } from '#formats/trtexec/profile-json.ts'
import { type QueryTimes, readTimes } from '#formats/trtexec/times.ts'
import type { RunExports } from '../../../native-tools/trtexec-args.ts'
import { openFileSource } from '../../models/file-source.ts'

export function exportsIn(folder: string): Required<RunExports> {
  return {
    times: join(folder, 'times.json'),
    profile: join(folder, 'profile.json'),
    layers: join(folder, 'layers.json'),
  }
}

/** Every query of the run. @throws EngineError TOOL_FAILED when trtexec left none, FORMAT_BROKEN when the file is cut */
export async function queriesOf(path: string, warmUpMs: number, signal: AbortSignal): Promise<QueryTimes> {
  if (!existsSync(path)) throw noQueries('left no samples', path)
  const source = await openFileSource(path)
  try {
    const [times] = await readTimes(source, { warmUpMs, signal })
    if (times === undefined || times.count - times.warmup <= 0)
      throw noQueries('left no samples after its warm-up', path)
    if (times.broken > 0) {
      throw new EngineError('FORMAT_BROKEN', `${times.broken} of the samples that trtexec exported cannot be read`, {
        where: path,
        hint: 'The disk may be full: what is left would be a part of the run.',
      })
    }
    return times
  } finally {
    await source.close()
  }
}

/** Layers as far as trtexec told them; undefined: neither times nor facts. */
export async function layersOf(
  { profile, layers }: Required<RunExports>,
  title: string,
): Promise<LayerTable | undefined> {
  const [profileText, layersText] = await Promise.all([profile, layers].map(readIfAny))
  const [table] = profileText === undefined ? [] : readProfile(profileText, profile)
  const engine = layersText === undefined ? undefined : readLayerInfo(layersText, layers)
  if (table === undefined && engine === undefined) return undefined
  return layerTable({
    title,
    ...(table === undefined ? {} : { profile: { table, from: 'trtexec --exportProfile' } }),
    ...(engine === undefined ? {} : { info: { engine, from: 'trtexec --exportLayerInfo' } }),
  })
}

async function readIfAny(path: string): Promise<string | undefined> {
  return existsSync(path) ? readFile(path, 'utf8') : undefined
}

function noQueries(what: string, where: string): EngineError {
  return new EngineError('TOOL_FAILED', `trtexec ended well, but ${what}`, {
    where,
    hint: 'A longer duration (--duration) may help; the log tells what it did.',
  })
}
