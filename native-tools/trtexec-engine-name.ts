import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { BuildSpec } from '#domain/build-spec.ts'
import type { Model } from '#domain/model.ts'
import type { BuildFiles } from './trtexec-args.ts'

/** All that decides what an engine is. */
export interface EngineOrigin {
  spec: BuildSpec
  model: Pick<Model, 'name' | 'sha256' | 'externalData'>
  /** Of TensorRT; absent: it does not say. */
  version?: string | undefined
  /** Name of the GPU; absent: none was found. */
  gpu?: string | undefined
}

const UNKNOWN_PART = 'unknown'
const HASH_DIGITS = 8

/**
 * The same for builds that ask the same of the same model, TensorRT and GPU; where the files lie, how long a build may
 * take and what it is called make no difference. @returns 64 hexadecimal digits
 */
export function engineKey({ spec, model, version, gpu }: EngineOrigin): string {
  const { modelPath: _, timingCache: _c, outputFolder: _o, trtexec: _t, timeoutMs: _l, title: _n, ...engine } = spec
  const parts = {
    ...engine,
    minShapes: sorted(spec.minShapes),
    optShapes: sorted(spec.optShapes),
    maxShapes: sorted(spec.maxShapes),
    model: [model.sha256, ...model.externalData.map(({ sha256 }) => sha256)],
    version,
    gpu,
  }
  return createHash('sha256')
    .update(JSON.stringify(sorted(parts)))
    .digest('hex')
}

/**
 * `resnet50_fp16_1-8-32x3x224x224_trt10.16.1_nvidia-h100-pcie_3fa9c2d1.engine`: to be read by people, the hash (of
 * `engineKey`) makes it unique. At most some 150 characters that every file system takes.
 */
export function engineFileName(origin: EngineOrigin): string {
  const { spec, model, version, gpu } = origin
  const parts = [
    plain(model.name.replace(/\.onnx$/i, ''), 40),
    spec.precision,
    ...shapeWords(spec),
    `trt${plain(version ?? UNKNOWN_PART, 12)}`,
    plain(gpu ?? UNKNOWN_PART, 32),
    engineKey(origin).slice(0, HASH_DIGITS),
  ]
  return `${parts.join('_')}.engine`
}

/** `1-8-32x3x224x224` of the first input, `min-opt-max` where they differ; `+2` for two more. */
export function shapeWords({ minShapes, optShapes, maxShapes }: BuildSpec): string[] {
  const [first, ...others] = Object.keys(optShapes)
  if (first === undefined) return []
  const opt = optShapes[first] ?? []
  const dims = opt.map((size, axis) =>
    [...new Set([minShapes[first]?.[axis] ?? size, size, maxShapes[first]?.[axis] ?? size])].join('-'),
  )
  const text = plain(dims.join('x') || 'scalar', 40)
  return [others.length === 0 ? text : `${text}+${others.length}`]
}

/**
 * Where a build writes. Nothing that exists is named: a further build of the same key gets `-2`, `-3`, ….
 * @param exists whether something lies at a path
 */
export function buildFiles(origin: EngineOrigin, folder: string, exists: (path: string) => boolean): BuildFiles {
  const base = join(folder, engineFileName(origin).slice(0, -'.engine'.length))
  for (let copy = 1; ; copy++) {
    const stem = copy === 1 ? base : `${base}-${copy}`
    const files = { engine: `${stem}.engine`, layers: `${stem}.layers.json` }
    if (exists(files.engine) || exists(files.layers)) continue
    const timingCache = timingCachePath(origin, folder)
    return timingCache === undefined ? files : { ...files, timingCache }
  }
}

/** Timings hold for one TensorRT on one GPU: another's would be thrown away by the builder. */
function timingCachePath({ spec, version, gpu }: EngineOrigin, folder: string): string | undefined {
  if (spec.timingCache === false) return undefined
  const name = `timing_trt${plain(version ?? UNKNOWN_PART, 12)}_${plain(gpu ?? UNKNOWN_PART, 32)}.cache`
  return spec.timingCache ?? join(folder, name)
}

function plain(text: string, maxLength: number): string {
  const words = text.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-')
  return words.slice(0, maxLength).replaceAll(/^[.-]+|[.-]+$/g, '') || UNKNOWN_PART
}

/** By key, so that the order in which shapes were given makes no difference. */
function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
