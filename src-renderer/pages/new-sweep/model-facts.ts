import { formatShape } from '#domain/display.ts'
import type { ServerModel, ServerTensor } from '#domain/server.ts'

const BATCHING: Readonly<Record<NonNullable<ServerModel['batching']>, string>> = {
  none: 'none',
  dynamic: 'dynamic',
  sequence: 'sequences',
  ensemble: 'ensemble',
}

/** What decides how a model answers to load, in a line. What the server did not tell is left out. */
export function modelFacts(model: ServerModel): { key: string; value: string }[] {
  const { batching, maxBatchSize, instances, inputs, outputs, composing, decoupled, responseCache } = model
  const facts: [key: string, value: string | undefined][] = [
    ['Batching', batching === undefined ? undefined : BATCHING[batching]],
    [
      'Largest batch',
      maxBatchSize === undefined ? undefined : maxBatchSize === 0 ? 'does not batch' : `${maxBatchSize}`,
    ],
    ['Instances', instancesText(instances)],
    ['Inputs', tensorsText(inputs)],
    ['Outputs', tensorsText(outputs)],
    ['Steps', composing.length === 0 ? undefined : composing.map(({ name }) => name).join(' → ')],
    ['Answers', decoupled === true ? 'several times a request' : undefined],
    ['Response cache', responseCache === true ? 'on: repeated data is not computed' : undefined],
  ]
  return facts.flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }]))
}

function instancesText(instances: ServerModel['instances']): string | undefined {
  if (instances.length === 0) return undefined
  return instances
    .map(({ kind, count, gpus }) => {
      const where = kind.replace(/^KIND_/, '')
      return `${count} × ${where}${gpus.length === 0 ? '' : ` ${gpus.join(', ')}`}`
    })
    .join(', ')
}

const SHOWN = 3

function tensorsText(tensors: readonly ServerTensor[]): string | undefined {
  if (tensors.length === 0) return undefined
  const shown = tensors
    .slice(0, SHOWN)
    .map(
      ({ name, datatype, shape }) => `${name} ${datatype} ${formatShape(shape.map(size => (size === -1 ? '' : size)))}`,
    )
  const rest = tensors.length - SHOWN
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}
