import { z } from 'zod'
import { EngineError, type Failure } from '#domain/errors.ts'
import type { Finding } from '#domain/finding.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Point } from '#domain/point.ts'
import { SearchSpec } from '#domain/search-spec.ts'
import type { ServerModel } from '#domain/server.ts'
import { withoutCredentials } from '../../triton/address.ts'
import type { ChangedModels } from '../../user-data/changed-models.ts'
import type { Planned, RunKind } from '../define.ts'
import { planSweep } from '../sweep/plan.ts'
import { askServer } from '../sweep/server-access.ts'
import { modelRef, withoutServer } from '../sweep/sweep.ts'
import type { SweepWorld } from '../sweep/world.ts'
import { searchCommand, searchWithoutSecrets, sweepOf } from './command.ts'
import { executeSearch } from './execute.ts'
import { candidatesOf, type Space } from './explore.ts'

/** What the engine hands to the search: rooms of its own floor are met only there. */
export interface SearchContext {
  judge(points: readonly Point[]): Finding[]
  app: { version: string; commit: string }
  changed: ChangedModels
}

/** The best configuration of a model on a server in explicit mode: instances × largest batch × concurrency. */
export function searchKind(context: SearchContext): RunKind {
  return {
    id: 'search',
    title: 'Search',
    heavy: true,
    files(input) {
      const parsed = SearchSpec.safeParse(input)
      if (!parsed.success) return []
      const { inputData, connection } = parsed.data
      const { caPath, certPath, keyPath } = connection.tls ?? {}
      const data = inputData === 'random' || inputData === 'zero' ? undefined : inputData
      return [data, caPath, certPath, keyPath].filter(path => path !== undefined)
    },
    kept: input => searchWithoutSecrets(SearchSpec.parse(input)),
    async prepare(input): Promise<Planned> {
      const spec = parseSpec(input)
      const sweepSpec = sweepOf(spec)
      try {
        const world = await askServer(sweepSpec)
        const sweep = planSweep(sweepSpec, world)
        const space = spaceOf(spec)
        const plan = planOf(spec, sweep.plan, space, world, context.changed)
        return {
          plan,
          model: modelRef(world.model),
          execute: (sink, signal) =>
            executeSearch({ ...context, spec, sweepSpec, sweep, plan, world, space }, sink, signal),
        }
      } catch (thrown) {
        if (!(thrown instanceof EngineError)) throw thrown
        const planned = withoutServer(sweepSpec, thrown)
        return { ...planned, plan: { ...planned.plan, kind: 'search', command: searchCommand(spec) } }
      }
    },
  }
}

function parseSpec(input: unknown): SearchSpec {
  const result = SearchSpec.safeParse(input)
  if (result.success) return result.data
  throw new EngineError('SPEC_INVALID', 'The search spec is not valid', { detail: z.prettifyError(result.error) })
}

function spaceOf(spec: SearchSpec): Space {
  const { instanceCounts, maxBatchSizes, includeCurrent, concurrencies, maxMeasurements, latencyThresholdMs } = spec
  return {
    candidates: candidatesOf(instanceCounts, maxBatchSizes, includeCurrent),
    concurrencies: [...new Set(concurrencies)].toSorted((a, b) => a - b),
    maxMeasurements,
    ...(latencyThresholdMs === undefined ? {} : { latencyThresholdMs }),
  }
}

function planOf(
  spec: SearchSpec,
  sweepPlan: RunPlan,
  space: Space,
  { server, model }: SweepWorld,
  changed: ChangedModels,
): RunPlan {
  const most = Math.min(spec.maxMeasurements, space.candidates.length * space.concurrencies.length + 4)
  const perPointMs = (sweepPlan.estimateMs ?? 0) / Math.max(1, sweepPlan.pointCount)
  return {
    ...sweepPlan,
    kind: 'search',
    title: `${model.name}: best configuration`,
    subtitle: `${space.candidates.length} configurations × ${space.concurrencies.length} concurrencies on ${server.url}`,
    command: searchCommand(spec),
    pointCount: most,
    estimateMs: most * perPointMs,
    problems: [
      ...sweepPlan.problems,
      ...problemsOf(spec, server.abilities.modelControl, model),
      ...busyProblems(spec, changed),
    ],
    notices: [
      ...sweepPlan.notices,
      {
        level: 'warning',
        text: `${model.name} is reloaded with each configuration: other clients of ${server.url} feel it. At the end it gets its own configuration back. What it had is in the passport; if Batchscope is killed, the next search gives it back.`,
      },
    ],
  }
}

/** Two searches of one model would measure each other's configurations. */
function busyProblems({ urls, model }: SearchSpec, changed: ChangedModels): Failure[] {
  const found = changed.find(withoutCredentials(urls[0] ?? ''), model)
  if (found === undefined || !found.busy) return []
  const { pid, since } = found.entry
  return [
    {
      code: 'FORBIDDEN',
      message: `Another search changes ${model} since ${since} (process ${pid})`,
      hint: 'Wait until it has ended, or cancel it.',
    },
  ]
}

function problemsOf(
  spec: SearchSpec,
  modelControl: { has: boolean; why?: string | undefined; hint?: string | undefined } | undefined,
  model: ServerModel,
): Failure[] {
  const problems: Failure[] = []
  if (modelControl?.has === false) {
    problems.push({
      code: 'SERVER_REFUSED',
      message: modelControl.why ?? 'The server does not load models on request',
      hint: `Start it with: tritonserver --model-repository=FOLDER --model-control-mode=explicit --load-model=${model.name}`,
    })
  }
  if (model.batching === 'ensemble') {
    problems.push({
      code: 'SPEC_INVALID',
      message: `${model.name} is an ensemble: it has no instances of its own`,
      hint: `Search its models one by one: ${model.composing.map(({ name }) => name).join(', ')}`,
    })
  }
  const tooLarge = Math.max(...spec.maxBatchSizes)
  if (model.maxBatchSize === 0 && tooLarge > 1) {
    problems.push({
      code: 'SPEC_INVALID',
      message: `${model.name} does not batch: its shapes have no batch dimension`,
      hint: 'Search over its instances only: --max-batch 1 --instances 1,2,4',
    })
  }
  return problems
}
