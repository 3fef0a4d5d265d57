import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Correctness } from '#domain/correctness.ts'
import { EngineError } from '#domain/errors.ts'
import type { Model } from '#domain/model.ts'
import type { PipelineInputs } from '#domain/pipeline-spec.ts'
import { encodeNpy } from '#formats/npy-write.ts'
import { planInputs, shapesForBatch } from '../bench/input-shapes.ts'
import { feedOf } from './feed-source.ts'

/** Inputs as both models get them: `.npy` files by input name. */
export interface Feeds {
  paths: Record<string, string>
  told: Correctness['inputs']
}

/**
 * Makes the inputs of a model and writes them into a folder.
 * @throws EngineError SHAPE_MISMATCH, DATA_INVALID, MODEL_UNSUPPORTED, FILE_NOT_FOUND
 */
export async function writeFeeds(model: Model, inputs: PipelineInputs, folder: string): Promise<Feeds> {
  const planned = planInputs(model, inputs)
  const [problem] = planned.problems
  if (problem !== undefined) throw new EngineError(problem.code, problem.message, problem)
  const shapes = shapesForBatch(planned.inputs, planned.fixedBatch ?? inputs.batch)
  const feeds: Feeds = { paths: {}, told: [] }
  for (const [at, spec] of model.inputs.entries()) {
    const { name } = spec
    const axis = planned.inputs.find(input => input.name === name)?.batchAxis ?? -1
    const data = inputs.data[name] ?? inputs.data['*'] ?? { source: 'random', seed: 0 }
    const { content, facts } = await feedOf({ spec, shape: shapes[name] ?? [], axis, data, image: inputs.image })
    const path = join(folder, `input-${at}.npy`)
    await writeFile(path, Buffer.concat(encoded(content, name)))
    feeds.paths[name] = path
    feeds.told.push({ name, dtype: content.dtype, shape: content.shape, facts })
  }
  return feeds
}

function encoded(content: Parameters<typeof encodeNpy>[0], name: string): Uint8Array[] {
  try {
    return encodeNpy(content)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new EngineError(
      'MODEL_UNSUPPORTED',
      `Input ${name} takes ${content.dtype}: such models cannot be compared yet`,
      {
        where: name,
      },
      { cause },
    )
  }
}
