import { EngineError } from '#domain/errors.ts'
import type { Finding } from '#domain/finding.ts'
import type { Passport } from '#domain/passport.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Point } from '#domain/point.ts'
import type { SearchSpec } from '#domain/search-spec.ts'
import type { ServerModel } from '#domain/server.ts'
import type { SweepSpec } from '#domain/sweep-spec.ts'
import { gpuFacts } from '../../../native-tools/nvidia-smi.ts'
import { hostFacts } from '../../machine/host.ts'
import { openClient } from '../../triton/control/open-client.ts'
import type { ChangedModels } from '../../user-data/changed-models.ts'
import type { RunSink } from '../define.ts'
import { measureStep } from '../sweep/measure.ts'
import { sweepPassport, withLoadFacts } from '../sweep/passport.ts'
import type { SweepPlan } from '../sweep/plan.ts'
import type { SweepWorld } from '../sweep/world.ts'
import { type ConfiguredModel, configuredModel, isSameConfig } from './configured-model.ts'
import { type Candidate, type Measurement, nextMeasurement, type Space } from './explore.ts'
import { outcomeNotices } from './outcome.ts'
import { variantConfig } from './variant.ts'

export interface SearchWork {
  spec: SearchSpec
  sweepSpec: SweepSpec
  sweep: SweepPlan
  plan: RunPlan
  world: SweepWorld
  space: Space
  app: { version: string; commit: string }
  changed: ChangedModels
  judge(points: readonly Point[]): Finding[]
}

/** Loads and measures configuration after configuration; the model gets its own back in every way out. */
export async function executeSearch(work: SearchWork, sink: RunSink, signal: AbortSignal): Promise<void> {
  const { spec, sweepSpec, sweep, plan, world, app } = work
  sink.progress({ phase: 'reading server and machine', pointsDone: 0, pointsTotal: plan.pointCount })
  for (const notice of plan.notices) sink.notice(notice)
  const passport = sweepPassport({
    spec: sweepSpec,
    plan,
    streaming: sweep.streaming,
    world,
    gpus: [],
    app,
    host: await hostFacts(gpuFacts),
    startedAt: new Date().toISOString(),
  })
  sink.passport(passport)
  const url = spec.urls[0] ?? ''
  const client = openClient({ url, connection: spec.connection })
  try {
    const model = await configuredModel(client, { url, name: spec.model, changed: work.changed }, signal)
    tellBefore(model, spec.model, sink)
    try {
      await explore(work, model, withConfiguration(passport, model), sink, signal)
    } finally {
      await putBack(model, spec.model, sink)
    }
  } finally {
    client.close()
  }
}

/** In the session before anything is changed: a run that is killed leaves it there. */
function withConfiguration(passport: Passport, { original }: ConfiguredModel): Passport {
  return { ...passport, model: { ...passport.model, configurationBefore: JSON.stringify(original) } }
}

function tellBefore({ original, left }: ConfiguredModel, name: string, sink: RunSink): void {
  if (left === undefined) return
  const before = `A search of ${left.since} was killed and left ${name} changed: it was read from its file again`
  const isSame = isSameConfig(left.config, original)
  sink.notice({
    level: 'warning',
    text: isSame ? `${before}.` : `${before}. Before that search it had another configuration, which is in the log.`,
  })
  if (!isSame) sink.log('app', `configuration of ${name} before ${left.since}: ${JSON.stringify(left.config)}`)
}

async function explore(
  work: SearchWork,
  model: ConfiguredModel,
  passport: Passport,
  sink: RunSink,
  signal: AbortSignal,
): Promise<void> {
  const { space, plan, world, spec } = work
  sink.passport(passport)
  const points: Point[] = []
  const measured: Measurement[] = []
  let loaded: Candidate | undefined
  let next = nextMeasurement(space, measured)
  while (next !== undefined) {
    await sink.gate(signal)
    const { candidate, concurrency } = next
    const say = (phase: string) =>
      sink.progress({
        phase: `${candidate.id}, concurrency ${concurrency}: ${phase}`,
        pointsDone: points.length,
        pointsTotal: Math.max(plan.pointCount, points.length + 1),
        fraction: Math.min(1, points.length / plan.pointCount),
      })
    if (loaded?.id !== candidate.id) {
      say('loading the configuration')
      const refusal = await load(model, candidate, signal)
      loaded = candidate
      if (refusal !== undefined) {
        sink.notice({ level: 'warning', text: `${candidate.id} was refused: ${refusal.message}` })
        measured.push({ candidateId: candidate.id, concurrency })
        loaded = undefined
        next = nextMeasurement(space, measured)
        continue
      }
    }
    const { point, samples, facts } = await measureStep(
      {
        step: stepAt(work, concurrency),
        index: points.length,
        spec: work.sweepSpec,
        door: doorOf(world),
        model: world.model,
        hasStatistics: world.server.abilities.statistics?.has !== false,
      },
      { say, log: (stream, text) => sink.log(stream, text) },
      signal,
    )
    point.serverConfig = configOf(candidate, world.model)
    point.repeat = 1 + points.filter(other => isSame(other, candidate, concurrency)).length
    points.push(point)
    measured.push(measurementOf(point, candidate, concurrency, spec.percentile))
    sink.point(point, samples)
    if (facts !== undefined) sink.passport(withLoadFacts(passport, facts))
    if (isServerGone(point)) throw goneError(point, candidate, points.length)
    next = nextMeasurement(space, measured)
  }
  for (const notice of outcomeNotices(space, measured, spec)) sink.notice(notice)
  sink.findings(work.judge(points.filter(({ status }) => status === 'done')))
  const [first] = points
  if (points.every(({ status }) => status === 'failed')) throw failureOf(first)
}

/** What is there already is not loaded again. The server's refusal of a configuration is an answer of the search; anything else ends it. */
async function load(
  model: ConfiguredModel,
  candidate: Candidate,
  signal: AbortSignal,
): Promise<EngineError | undefined> {
  if (candidate.maxBatchSize === undefined && !model.isChanged) return undefined
  try {
    await model.apply(
      candidate.maxBatchSize === undefined ? model.original : variantConfig(model.original, candidate),
      signal,
    )
    return undefined
  } catch (thrown) {
    signal.throwIfAborted()
    if (thrown instanceof EngineError && thrown.code !== 'SERVER_UNREACHABLE') return thrown
    throw thrown
  }
}

async function putBack(model: ConfiguredModel, name: string, sink: RunSink): Promise<void> {
  try {
    const how = await model.restore()
    if (how === 'overridden') {
      sink.notice({
        level: 'info',
        text: `${name} ran with a configuration other than its file's before the search; it has that one again.`,
      })
    }
    sink.log('app', `${name} has its configuration back (${how})`)
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown
    sink.notice({
      level: 'warning',
      text: `${name} could not be given its configuration back: ${thrown.message}. Unload and load it on the server.`,
    })
  }
}

function stepAt({ sweep }: SearchWork, concurrency: number) {
  const step = sweep.series
    .flatMap(({ steps }) => steps)
    .find(({ load }) => load.kind === 'concurrency' && load.concurrency === concurrency)
  if (step === undefined) throw new Error(`concurrency ${concurrency} was not planned`)
  return step
}

function doorOf({ doors }: SweepWorld) {
  const [door] = doors
  if (door === undefined) throw new Error('a search without a server was planned')
  return door
}

/** @param present what the server had before the search: what a candidate does not name is as there */
function configOf(
  { id, instanceCount, maxBatchSize }: Candidate,
  present: ServerModel,
): NonNullable<Point['serverConfig']> {
  const [instances, most] = [instanceCount ?? countOf(present), maxBatchSize ?? present.maxBatchSize]
  return {
    configuration: id,
    ...(instances === undefined ? {} : { instanceCount: instances }),
    ...(most === undefined ? {} : { maxBatchSize: most }),
  }
}

/** Instances of the model, where its groups have the same on one device or GPU each. */
function countOf({ instances }: ServerModel): number | undefined {
  const [group, ...others] = instances
  return others.length > 0 ? undefined : group?.count
}

function isSame(point: Point, candidate: Candidate, concurrency: number): boolean {
  return point.serverConfig?.configuration === candidate.id && point.concurrency === concurrency
}

function measurementOf(point: Point, { id }: Candidate, concurrency: number, percentile: number): Measurement {
  const { inferPerSec, latencyMs, otherPercentilesMs, flags } = point
  const named = { p50: latencyMs?.p50, p90: latencyMs?.p90, p95: latencyMs?.p95, p99: latencyMs?.p99 }
  const tail = Object.entries({ ...otherPercentilesMs, ...named }).find(([name]) => name === `p${percentile}`)?.[1]
  return {
    candidateId: id,
    concurrency,
    ...(inferPerSec === undefined ? {} : { inferPerSec }),
    ...(tail === undefined ? {} : { latencyMs: tail }),
    ...(flags.includes('over-threshold') ? { isOver: true } : {}),
  }
}

function isServerGone({ flags, error }: Point): boolean {
  return flags.includes('server-lost') || error?.code === 'SERVER_UNREACHABLE'
}

/** Unlike a sweep, a search cannot go on with what comes back: it may have started with its files' configuration. */
function goneError(point: Point, { id }: Candidate, kept: number): EngineError {
  const { where, detail } = point.error ?? {}
  return new EngineError(
    'SERVER_UNREACHABLE',
    `The server went away at ${id}, concurrency ${point.concurrency}; ${kept} points are kept`,
    {
      ...(where === undefined ? {} : { where }),
      ...(detail === undefined ? {} : { detail }),
      hint: 'Start it again, then search again.',
    },
  )
}

function failureOf(point: Point | undefined): EngineError {
  const { code, message, ...data } = point?.error ?? {
    code: 'SERVER_REFUSED' as const,
    message: 'The server refused every configuration',
  }
  return new EngineError(code, message, data)
}
