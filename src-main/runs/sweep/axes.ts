import type { ServerModel } from '#domain/server.ts'
import { SCENARIOS, type SharedMemory, type SweepSpec } from '#domain/sweep-spec.ts'
import { hasBatch } from './shapes.ts'
import type { Load } from './step.ts'

/** Steps that would be there but cannot be, each with its reason, said once. */
export interface Skipped {
  what: string
  why: string
}

/** Asked or the scenario's batches that the model takes, ascending. Only asked ones are reported as skipped. */
export function batchesOf(spec: SweepSpec, model: ServerModel, skipped: Skipped[]): number[] {
  const wanted = spec.batches ?? (spec.scenario === 'custom' ? [1] : SCENARIOS[spec.scenario].batches)
  const most = hasBatch(model) ? (model.maxBatchSize ?? Number.POSITIVE_INFINITY) : 1
  const batches = [...new Set(wanted)].toSorted((a, b) => a - b)
  const over = batches.filter(batch => batch > most)
  if (over.length > 0) {
    const why =
      most === 1 && !hasBatch(model) ? 'it does not batch (max_batch_size 0)' : `its max_batch_size is ${most}`
    skipped.push({ what: `Batch ${over.join(', ')}`, why: `${model.name}: ${why}` })
  }
  return batches.filter(batch => batch <= most)
}

/** Load levels, ascending. */
export function loadsOf(spec: SweepSpec, intervalsUs: readonly number[] | undefined): Load[] {
  if (intervalsUs !== undefined) {
    const meanUs = intervalsUs.reduce((sum, us) => sum + us, 0) / intervalsUs.length
    return [{ kind: 'schedule', requestsPerSec: 1e6 / meanUs, intervalsUs: [...intervalsUs] }]
  }
  const ascending = (values: readonly number[]) => [...new Set(values)].toSorted((a, b) => a - b)
  if (spec.requestRates !== undefined) {
    return ascending(spec.requestRates).map(requestsPerSec => ({ kind: 'rate', requestsPerSec }))
  }
  const wanted = spec.concurrencies ?? (spec.scenario === 'custom' ? [1] : SCENARIOS[spec.scenario].concurrencies)
  return ascending(wanted).map(concurrency => ({ kind: 'concurrency', concurrency }))
}

/** Kinds of shared memory to use; `asked`: the user named them, so none is replaced by another. */
export function sharedMemoriesOf(spec: SweepSpec): { kinds: readonly SharedMemory[]; asked: boolean } {
  if (spec.sharedMemory !== undefined) return { kinds: [...new Set(spec.sharedMemory)], asked: true }
  return { kinds: [spec.scenario === 'custom' ? 'none' : SCENARIOS[spec.scenario].sharedMemory], asked: false }
}
