import type { ConfigProblem, NewModel } from '#domain/repository.ts'
import { listOf, numberOf, objectOf, textOf } from './config-values.ts'

type Config = Record<string, unknown>
type Steps = NonNullable<NewModel['ensemble']>

/** Configurations of the models of a repository by name. */
export type Models = ReadonlyMap<string, Config>

/**
 * Inputs, outputs and batching of an ensemble from the models it is made of: an input is a tensor that no step gives, an
 * output one that no step takes. Batched as far as all of its models are.
 */
export function ensembleParts(steps: Steps, models: Models, wantedBatch: number | undefined) {
  const problems: ConfigProblem[] = []
  const maxima = steps.map(({ model }) => numberOf(models.get(model)?.max_batch_size) ?? 0)
  const maxBatchSize = Math.min(...maxima, wantedBatch ?? Number.POSITIVE_INFINITY)
  const given = new Set(steps.flatMap(({ outputMap }) => Object.values(outputMap)))
  const taken = new Set(steps.flatMap(({ inputMap }) => Object.values(inputMap)))
  const inputs = new Map<string, Config>()
  const outputs = new Map<string, Config>()
  for (const [i, { model, inputMap, outputMap }] of steps.entries()) {
    const config = models.get(model)
    if (config === undefined) {
      problems.push({
        severity: 'error',
        field: `ensemble_scheduling.step[${i}].model_name`,
        message: `There is no model "${model}" in this repository`,
        hint: 'Add it first: the ensemble takes types and sizes from it.',
      })
      continue
    }
    const isBatched = (numberOf(config.max_batch_size) ?? 0) > 0
    const add = (
      into: Map<string, Config>,
      tensors: unknown,
      map: Record<string, string>,
      skip: ReadonlySet<string>,
    ) => {
      for (const [own, outer] of Object.entries(map)) {
        const tensor = listOf(tensors).find(tensor => textOf(objectOf(tensor).name) === own)
        if (skip.has(outer) || into.has(outer) || tensor === undefined) continue
        const { data_type, dims } = objectOf(tensor)
        const whole = maxBatchSize === 0 && isBatched ? [-1, ...listOf(dims)] : listOf(dims)
        into.set(outer, { name: outer, data_type, dims: whole })
      }
    }
    add(inputs, config.input, inputMap, given)
    add(outputs, config.output, outputMap, taken)
  }
  const step = steps.map(({ model, inputMap, outputMap }) => ({
    model_name: model,
    model_version: -1,
    input_map: inputMap,
    output_map: outputMap,
  }))
  return {
    config: {
      platform: 'ensemble',
      max_batch_size: Number.isFinite(maxBatchSize) ? maxBatchSize : 0,
      input: [...inputs.values()],
      output: [...outputs.values()],
      ensemble_scheduling: { step },
    },
    problems,
  }
}
