import type { Failure } from '#domain/errors.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Notice } from '#domain/run.ts'
import type { ServerInfo } from '#domain/server.ts'
import type { SharedMemory, SweepSpec } from '#domain/sweep-spec.ts'
import { batchesOf, loadsOf, type Skipped, sharedMemoriesOf } from './axes.ts'
import { sweepCommand } from './command.ts'
import { protocolLimit } from './limits.ts'
import { sweepProblems } from './problems.ts'
import { requestBytes, type SweepInputs, shapesForBatch, sweepInputs } from './shapes.ts'
import { keyOfStep, type Load, levelOf, type SweepSeries } from './step.ts'
import type { SweepDoor, SweepWorld } from './world.ts'

export interface SweepPlan {
  plan: RunPlan
  /** In order of measurement; empty when there are problems. */
  series: SweepSeries[]
  /** Requests go over the gRPC stream. */
  streaming: boolean
  /** Optional inputs that are not sent. */
  leftOut: string[]
}

const WINDOW_STRETCH = 1.2 // perf_analyzer's windows last so much longer than the interval asked for
const LEAST_WINDOWS = 3
const COUNT_WINDOW_MS = 1000 // a count window is a multiple of this
const START_MS = 1500 // worker, calibration and warm-up, per point; only for the estimate

/**
 * Turns a spec into series of steps. Pure: all it knows of the server is handed in.
 * Order: repeat by repeat, so that drift shows between repeats; inside by URL, shared memory, batch and, ascending, load.
 */
export function planSweep(spec: SweepSpec, world: SweepWorld): SweepPlan {
  const { model, doors } = world
  const shapes = sweepInputs(model, spec)
  const streaming = spec.streaming || model.decoupled === true
  const skipped: Skipped[] = []
  const notices = noticesOf(spec, world, shapes)
  const problems = [...shapes.problems, ...sweepProblems(spec, world, streaming)]
  const batches = batchesOf(spec, model, skipped)
  const loads = loadsOf(spec, world.intervalsUs)
  const series =
    problems.length === 0 ? seriesOf({ spec, world, shapes, batches, loads, streaming, skipped, notices }) : []
  notices.push(...skipped.map(({ what, why }): Notice => ({ level: 'warning', text: `${what} left out. ${why}.` })))
  const pointCount = series.reduce((sum, one) => sum + pointsOf(one), 0)
  if (problems.length === 0 && pointCount === 0) problems.push(nothingLeft(spec, skipped))
  return {
    plan: {
      kind: 'sweep',
      title: model.name,
      subtitle: `${model.name} on ${doors.map(({ url }) => url).join(', ')}, ${axesText(batches, loads)}`,
      command: sweepCommand(spec),
      pointCount,
      estimateMs: pointCount * (START_MS + pointMs(spec)),
      notices,
      problems,
      inputs: shapes.inputs,
      batches,
    },
    series: problems.length === 0 ? series : [],
    streaming,
    leftOut: shapes.leftOut,
  }
}

interface Parts {
  spec: SweepSpec
  world: SweepWorld
  shapes: SweepInputs
  batches: readonly number[]
  loads: readonly Load[]
  streaming: boolean
  skipped: Skipped[]
  notices: Notice[]
}

function seriesOf(parts: Parts): SweepSeries[] {
  const { spec, world, batches, loads, streaming, shapes } = parts
  const measured = new Set(spec.resume?.measured)
  const places = world.doors.flatMap(door =>
    sharedMemoriesAt(door, parts).flatMap(sharedMemory =>
      fitting(door, sharedMemory, batches, parts).map(batch => ({
        url: door.url,
        protocol: door.protocol,
        sharedMemory,
        batch,
        shapes: shapesForBatch(shapes.inputs, batch),
        streaming,
      })),
    ),
  )
  const repeats = Array.from({ length: spec.repeat }, (_, before) => before + 1)
  const all = repeats.flatMap(repeat =>
    places.map((place): SweepSeries => ({ steps: loads.map(load => ({ ...place, load, repeat })) })),
  )
  // A search needs its ends again: what was measured before tells nothing of what it would measure next.
  if (spec.binarySearch) return all.map(series => ({ ...series, searchStep: searchStep(loads) }))
  const left = all.map(({ steps }) => ({ steps: steps.filter(step => !measured.has(keyOfStep(step))) }))
  return left.filter(({ steps }) => steps.length > 0)
}

/** Batches whose request the protocol carries. */
function fitting(door: SweepDoor, sharedMemory: SharedMemory, batches: readonly number[], parts: Parts): number[] {
  const { shapes, spec, skipped } = parts
  if (sharedMemory !== 'none') return [...batches]
  const limit = protocolLimit(door.protocol)
  const bytesOf = (batch: number) => requestBytes(shapes.inputs, shapesForBatch(shapes.inputs, batch), spec)
  const over = batches.filter(batch => bytesOf(batch) > limit.bytes)
  const [smallest] = over
  if (smallest !== undefined) {
    skipped.push({
      what: `Batch ${over.join(', ')} over ${door.protocol}`,
      why: limit.why(bytesOf(smallest), smallest),
    })
  }
  return batches.filter(batch => !over.includes(batch))
}

/** What of the shared memory wanted there is at this door: an asked kind is left out where it cannot be, a scenario's replaced. */
function sharedMemoriesAt(door: SweepDoor, { spec, world, skipped, notices }: Parts): SharedMemory[] {
  const { kinds, asked } = sharedMemoriesOf(spec)
  return kinds.flatMap((kind): SharedMemory[] => {
    const why = kind === 'none' ? undefined : withoutSharedMemory(kind, door, world.server)
    if (why === undefined) return [kind]
    if (asked) {
      skipped.push({ what: `${kind} shared memory at ${door.url}`, why })
      return []
    }
    notices.push({ level: 'warning', text: `No shared memory at ${door.url}: requests carry their data. ${why}.` })
    return ['none']
  })
}

function withoutSharedMemory(kind: 'system' | 'cuda', door: SweepDoor, server: ServerInfo): string | undefined {
  if (!door.local) return 'The server runs on another machine'
  const ability = server.abilities[kind === 'system' ? 'systemSharedMemory' : 'cudaSharedMemory']
  if (ability === undefined || ability.has) return undefined
  return [ability.why ?? 'The server does not offer it', ability.hint].filter(Boolean).join('. ')
}

function noticesOf(spec: SweepSpec, { model, server }: SweepWorld, { leftOut }: SweepInputs): Notice[] {
  const notices: Notice[] = []
  const say = (level: Notice['level'], text: string) => notices.push({ level, text })
  if (spec.resume !== undefined) say('info', `Goes on with what run ${spec.resume.runId} left unmeasured.`)
  if (leftOut.length > 0) say('info', `Optional inputs without a size are not sent: ${leftOut.join(', ')}.`)
  if (model.decoupled === true && !spec.streaming) {
    say('info', `${model.name} answers a request several times: requests go over the gRPC stream.`)
  }
  const statistics = server.abilities.statistics
  if (statistics?.has === false) {
    const how = [statistics.why, statistics.hint].filter(Boolean).join('. ')
    say('warning', `The server keeps its statistics closed: no queue and compute columns. ${how}`.trim())
  }
  const metrics = server.abilities.metrics
  if (spec.collectMetrics && spec.connection.metricsUrl !== '' && metrics?.has === false) {
    say(
      'info',
      `No metrics of the server: no GPU columns. ${[metrics.why, metrics.hint].filter(Boolean).join('. ')}`.trim(),
    )
  }
  return notices
}

function nothingLeft(spec: SweepSpec, skipped: readonly Skipped[]): Failure {
  if (skipped.length === 0 && spec.resume !== undefined) {
    return {
      code: 'SPEC_INVALID',
      message: `Run ${spec.resume.runId} has measured every point`,
      hint: 'Nothing is left to resume.',
    }
  }
  return {
    code: 'SPEC_INVALID',
    message: `No point can be measured: ${skipped.map(({ what, why }) => `${what} left out. ${why}`).join('; ')}`,
    hint: 'Choose other batches, shared memory or URLs.',
  }
}

/** Binary search stops at the distance of the listed levels; two ends alone are searched to the last integer. */
function searchStep(loads: readonly Load[]): number {
  const levels = loads.map(levelOf)
  if (levels.length <= 2) return 1
  return Math.min(...levels.slice(1).map((level, i) => level - (levels[i] ?? 0)))
}

function pointsOf({ steps, searchStep: step }: SweepSeries): number {
  const [first, last] = [steps[0], steps.at(-1)]
  if (step === undefined || first === undefined || last === undefined) return steps.length
  const halvings = Math.ceil(Math.log2(Math.max(1, (levelOf(last.load) - levelOf(first.load)) / step)))
  return Math.min(steps.length, 2) + halvings
}

/** The least a stable point takes. */
function pointMs({ measurementMode, measurementIntervalMs, requestCount }: SweepSpec): number {
  if (requestCount !== undefined) return COUNT_WINDOW_MS
  const windowMs = measurementMode === 'time_windows' ? WINDOW_STRETCH * measurementIntervalMs : COUNT_WINDOW_MS
  return LEAST_WINDOWS * windowMs
}

function axesText(batches: readonly number[], loads: readonly Load[]): string {
  const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`
  const kind = loads[0]?.kind
  const levels =
    kind === 'concurrency'
      ? counted(loads.length, 'concurrency', 'concurrencies')
      : kind === 'rate'
        ? counted(loads.length, 'request rate', 'request rates')
        : 'a schedule'
  return `${counted(batches.length, 'batch', 'batches')} × ${levels}`
}
