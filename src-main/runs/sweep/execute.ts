import { EngineError } from '#domain/errors.ts'
import type { Finding } from '#domain/finding.ts'
import type { Passport } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import type { ServerModel } from '#domain/server.ts'
import { keyOfPoint } from '#domain/sweep-keys.ts'
import type { SweepSpec } from '#domain/sweep-spec.ts'
import { repeatsDiffer } from '#stats/point-flags.ts'
import { gpuFacts } from '../../../native-tools/nvidia-smi.ts'
import { hostFacts } from '../../machine/host.ts'
import { RunClock } from '../bench/run-clock.ts'
import type { RunSink } from '../define.ts'
import { gpusIn } from './gpu-means.ts'
import { measureStep, type SweptPoint } from './measure.ts'
import { type MetricsPoll, pollMetrics } from './metrics-poll.ts'
import { sweepPassport, withLoadFacts } from './passport.ts'
import type { SweepPlan } from './plan.ts'
import type { SweepServer } from './server-access.ts'
import { comesBack, isLost, lostError, type Outage } from './server-lost.ts'
import { keyOfStep, type SweepStep, stepTitle } from './step.ts'
import { walk } from './walk.ts'
import type { SweepDoor, SweepWorld } from './world.ts'

export interface SweepWork {
  spec: SweepSpec
  sweep: SweepPlan
  world: SweepWorld
  server: SweepServer
  app: { version: string; commit: string }
  judge(points: readonly Point[], model: ServerModel): Finding[]
}

/** Most points lost one after the other: then the rest is not tried. */
const MOST_LOST = 2

/** Measures series after series; what is measured is in the session before the next point begins. */
export async function executeSweep(work: SweepWork, sink: RunSink, signal: AbortSignal): Promise<void> {
  const { spec, sweep, world, server, app } = work
  sink.progress({ phase: 'reading server and machine', pointsDone: 0, pointsTotal: sweep.plan.pointCount })
  for (const notice of sweep.plan.notices) sink.notice(notice)
  const stale = await server.removeStale()
  if (stale.length > 0) sink.log('app', `Removed shared memory that a killed process left: ${stale.join(', ')}`)

  const hasMetrics = spec.collectMetrics && world.server.abilities.metrics?.has === true
  const metrics = hasMetrics ? pollMetrics(server.metrics, spec.metricsIntervalMs) : undefined
  try {
    let passport: Passport = sweepPassport({
      spec,
      plan: sweep.plan,
      streaming: sweep.streaming,
      world,
      gpus: hasMetrics ? gpusIn(await server.metrics(signal)) : [],
      app,
      host: await hostFacts(gpuFacts),
      startedAt: new Date().toISOString(),
    })
    sink.passport(passport)
    const points: Point[] = []
    const run = new SweepRun(work, sink, signal, metrics, points, facts => {
      passport = withLoadFacts(passport, facts)
      sink.passport(passport)
    })
    try {
      for (const series of sweep.series) {
        const steps = walk(series, spec.latencyThresholdMs)
        let next = steps.next()
        while (next.done !== true) next = steps.next(await run.measure(next.value))
        if (next.value !== undefined) run.tell(next.value)
      }
    } finally {
      // What was measured is judged also where the server was lost.
      sink.findings(
        work.judge(
          points.filter(({ status }) => status === 'done'),
          world.model,
        ),
      )
    }
    failWhereNothingWorked(points)
  } finally {
    metrics?.stop()
    // A generator that was killed could not clean up after itself.
    const left = await server.removeStale()
    if (left.length > 0) sink.log('app', `Removed shared memory of an ended load generator: ${left.join(', ')}`)
    server.close()
  }
}

/** The points of one run, one after the other, and what is kept between them. */
class SweepRun {
  readonly #work: SweepWork
  readonly #sink: RunSink
  readonly #signal: AbortSignal
  readonly #metrics: MetricsPoll | undefined
  readonly #points: Point[]
  readonly #onFacts: (facts: NonNullable<SweptPoint['facts']>) => void
  readonly #clock: RunClock
  #lostInARow = 0

  constructor(
    work: SweepWork,
    sink: RunSink,
    signal: AbortSignal,
    metrics: MetricsPoll | undefined,
    points: Point[],
    onFacts: (facts: NonNullable<SweptPoint['facts']>) => void,
  ) {
    this.#work = work
    this.#sink = sink
    this.#signal = signal
    this.#metrics = metrics
    this.#points = points
    this.#onFacts = onFacts
    this.#clock = new RunClock(work.sweep.plan.pointCount)
  }

  /** @throws EngineError when the server is gone, or the run is cancelled */
  async measure(step: SweepStep): Promise<Point> {
    await this.#sink.gate(this.#signal)
    const { spec, world } = this.#work
    const index = this.#points.length
    this.#clock.startPoint()
    const { point, samples, facts } = await measureStep(
      {
        step,
        index,
        spec,
        door: doorOf(step, world.doors),
        model: world.model,
        hasStatistics: world.server.abilities.statistics?.has !== false,
        ...(this.#metrics === undefined ? {} : { metrics: this.#metrics }),
      },
      { say: (phase, live) => this.#say(step, phase, live), log: (stream, text) => this.#sink.log(stream, text) },
      this.#signal,
    )
    this.#clock.endPoint()
    const repeats = this.#points.filter(other => isRepeatOf(other, point))
    if (repeatsDiffer([...repeats, point])) point.flags.push('repeats-differ')
    this.#points.push(point)
    this.#sink.point(point, samples)
    if (facts !== undefined) this.#onFacts(facts)
    await this.#watchServer(step, point)
    return point
  }

  tell(text: string): void {
    this.#sink.notice({ level: 'info', text })
  }

  /** A server that went away is given a little time; one that stays away, or goes again and again, ends the run. */
  async #watchServer(step: SweepStep, point: Point): Promise<void> {
    if (!isLost(point)) {
      this.#lostInARow = 0
      return
    }
    this.#lostInARow++
    this.#say(step, 'the server is gone: waiting for it')
    const back = await comesBack(() => this.#work.server.isReady(step.url), this.#signal)
    if (back && this.#lostInARow < MOST_LOST) {
      this.#sink.notice({ level: 'warning', text: `The server was lost at ${stepTitle(step, 1)} and came back.` })
      return
    }
    throw lostError(this.#outage(step, point, back))
  }

  #outage(step: SweepStep, point: Point, back: boolean): Outage {
    const { sweep, spec } = this.#work
    const done = new Set(this.#points.filter(other => !isLost(other)).map(keyOfPoint))
    return {
      at: stepTitle(step, spec.repeat),
      point,
      back,
      measured: done.size,
      left: sweep.series.flatMap(({ steps }) => steps).filter(other => !done.has(keyOfStep(other))),
    }
  }

  #say(step: SweepStep, phase: string, live?: { iterations: number; meanMs: number }): void {
    const { sweep, spec } = this.#work
    const [index, total] = [this.#points.length, sweep.plan.pointCount]
    const { fraction, ...progress } = this.#clock.progress(index)
    this.#sink.progress({
      ...progress,
      // A search may take a point more than planned.
      ...(fraction === undefined ? {} : { fraction: Math.min(1, fraction) }),
      phase: `${stepTitle(step, spec.repeat)}: ${phase}`,
      pointsDone: index,
      pointsTotal: Math.max(total, index),
      ...(live === undefined ? {} : { live: { batch: step.batch, runtime: 'triton', ...live } }),
    })
  }
}

function doorOf(step: SweepStep, doors: readonly SweepDoor[]): SweepDoor {
  const door = doors.find(({ url }) => url === step.url)
  if (door === undefined) throw new Error(`${step.url} was planned but is not there`)
  return door
}

function isRepeatOf(a: Point, b: Point): boolean {
  return a.status === 'done' && keyOfPoint({ ...a, repeat: 1 }) === keyOfPoint({ ...b, repeat: 1 })
}

function failWhereNothingWorked(points: readonly Point[]): void {
  const [first] = points
  if (first?.error === undefined || points.some(({ status }) => status === 'done')) return
  const { code, message, ...data } = first.error
  throw new EngineError(code, points.length === 1 ? message : `No point could be measured. ${message}`, data)
}
