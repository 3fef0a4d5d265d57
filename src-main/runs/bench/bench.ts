import { dirname } from 'node:path'
import { z } from 'zod'
import { BenchSpec } from '#domain/bench-spec.ts'
import { EngineError } from '#domain/errors.ts'
import type { Finding } from '#domain/finding.ts'
import type { RuntimeInfo } from '#domain/machine.ts'
import type { Model } from '#domain/model.ts'
import type { Facts, Passport } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import { gpuFacts, nvidiaSmi } from '../../../native-tools/nvidia-smi.ts'
import { hostFacts } from '../../machine/host.ts'
import { inspectModel } from '../../models/inspect.ts'
import type { PointChild, PointTask, Runtime } from '../../runtimes/define.ts'
import type { Planned, RunKind, RunSink } from '../define.ts'
import { isGpu, type WatchedGpus, withGpuWatch } from '../watch-gpus.ts'
import { infosAsAsked, pathsInOptions, withGivenInputs } from './as-asked.ts'
import { askRuntimes } from './matrix.ts'
import { measurePoint } from './measure.ts'
import { benchPassport, withMeasuredFacts } from './passport.ts'
import { type BenchPlan, type BenchStep, planBench } from './plan.ts'
import { RunClock } from './run-clock.ts'

/** What the engine hands to the bench: rooms of its own floor are met only there. */
export interface BenchContext {
  runtimes: readonly Runtime[]
  /** All runtimes; the named ones with their availability, cached. */
  runtimeInfos(ids: readonly string[]): Promise<RuntimeInfo[]>
  /** Paths of tools that the user set, by tool id. */
  toolPaths(): Readonly<Record<string, string>>
  judge(points: readonly Point[]): Finding[]
  /** Queues a capture of each measured point of the run behind it. @throws EngineError */
  profilePoints(run: Pick<RunSink, 'runId' | 'sessionPath' | 'notice'>): Promise<void>
  app: { version: string; commit: string }
}

/** A model over runtimes × precisions × batches × repeats: one latency table. */
export function benchKind(context: BenchContext): RunKind {
  return {
    id: 'bench',
    title: 'Benchmark',
    heavy: true,
    files(input) {
      const parsed = BenchSpec.safeParse(input)
      if (!parsed.success) return []
      const { modelPath, data } = parsed.data
      const inputs = Object.values(data).flatMap(item => (item.source === 'file' ? [item.path] : []))
      return [modelPath, ...inputs, ...pathsInOptions(parsed.data)]
    },
    async prepare(input): Promise<Planned> {
      const spec = parseSpec(input, context.runtimes)
      const [file, known] = await Promise.all([
        inspectModel(spec.modelPath),
        context.runtimeInfos(spec.runtimes.map(({ id }) => id)),
      ])
      const model = withGivenInputs(file, spec)
      const infos = await infosAsAsked(spec, context.runtimes, known, context.toolPaths())
      const bench = planBench(spec, model, infos, askRuntimes(context.runtimes, model))
      return {
        plan: bench.plan,
        model,
        execute(sink, signal) {
          const configuredPath = context.toolPaths()[nvidiaSmi.id]
          return withGpuWatch(sink, { uses: usesGpu(bench, context.runtimes), signal, configuredPath }, gpus =>
            executeBench({ spec, bench, model, context, gpus }, sink, signal),
          )
        },
      }
    },
  }
}

/** The spec with every runtime's options checked by that runtime's own schema. */
function parseSpec(input: unknown, runtimes: readonly Runtime[]): BenchSpec {
  const spec = parseOrThrow(BenchSpec, input, 'The benchmark spec')
  const choices = spec.runtimes.map(choice => {
    const { id, options } = choice
    const runtime = runtimes.find(known => known.id === id)
    // An unknown runtime is a problem of the plan, which names the known ones.
    if (runtime === undefined) return choice
    return {
      ...choice,
      options: onlyGiven(parseOrThrow(runtime.options.strict(), options, `Options of ${id}`), options),
    }
  })
  return { ...spec, runtimes: choices }
}

/** Parsed values of the options the user gave; the rest stay absent, so that the command shows only those. */
function onlyGiven(parsed: Record<string, unknown>, given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(given).map(name => [name, parsed[name]]))
}

function parseOrThrow<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw new EngineError('SPEC_INVALID', `${what} is not valid`, { detail: z.prettifyError(result.error) })
}

interface Work {
  spec: BenchSpec
  bench: BenchPlan
  model: Model
  context: BenchContext
  gpus: WatchedGpus
}

/** Whether any planned point runs on a GPU. */
function usesGpu({ steps }: BenchPlan, runtimes: readonly Runtime[]): 'surely' | 'not' {
  const onGpu = runtimes.filter(({ device }) => isGpu(device))
  return steps.some(step => onGpu.some(({ id }) => id === step.runtimeId)) ? 'surely' : 'not'
}

async function executeBench(work: Work, sink: RunSink, signal: AbortSignal): Promise<void> {
  const { spec, bench, model, context, gpus } = work
  const { steps } = bench
  sink.progress({ phase: 'reading the machine', pointsDone: 0, pointsTotal: steps.length })
  let passport: Passport = benchPassport({
    spec,
    plan: bench.plan,
    model,
    app: context.app,
    host: await hostFacts(gpuFacts),
    runtimes: Object.fromEntries(
      spec.runtimes
        .filter(({ id }) => steps.some(step => step.runtimeId === id))
        .map(choice => [choice.id, runtimeFacts(choice, context.runtimes)]),
    ),
    startedAt: new Date().toISOString(),
  })
  passport = { ...passport, gpu: { ...passport.gpu, ...gpus.facts } }
  sink.passport(passport)
  for (const notice of bench.plan.notices) sink.notice(notice)

  const clock = new RunClock(steps.length)
  const points: Point[] = []
  for (const [index, step] of steps.entries()) {
    await sink.gate(signal)
    const say = (phase: string, live?: { iterations: number; meanMs: number }) => {
      gpus.said(phase)
      sink.progress({
        ...clock.progress(index),
        phase: `${stepTitle(step, spec)}: ${phase}`,
        pointsTotal: steps.length,
        pointsDone: index,
        ...(live === undefined ? {} : { live: { batch: step.batch, runtime: step.runtimeId, ...live } }),
      })
    }
    clock.startPoint()
    const measured = await measurePoint(
      {
        step,
        index,
        earlier: points,
        model,
        spec,
        ...pointChild(step, {
          spec,
          inputs: bench.plan.inputs,
          model,
          runtimes: context.runtimes,
          batches: bench.plan.batches,
          folder: dirname(sink.sessionPath),
          toolPaths: context.toolPaths(),
        }),
      },
      { say, log: (stream, text) => sink.log(stream, text) },
      signal,
    )
    clock.endPoint()
    const point = gpus.judged(measured.point, measured.samples)
    points.push(point)
    sink.point(point, measured.samples)
    if (measured.layers !== undefined) sink.attach('layers', point.id, measured.layers)
    if (measured.runtimeFacts !== undefined) {
      passport = withMeasuredFacts(passport, step.runtimeId, measured.runtimeFacts, {
        endedAt: new Date().toISOString(),
      })
      sink.passport(passport)
    }
  }
  sink.findings(context.judge(points.filter(point => point.status === 'done')))
  if (spec.profile === true) await profile(context, sink)
  const failed = points.filter(point => point.status === 'failed')
  const [first] = failed
  if (first?.error !== undefined && failed.length === points.length) {
    const { code, message, ...data } = first.error
    throw new EngineError(code, points.length === 1 ? message : `No point could be measured. ${message}`, data)
  }
}

/** The points are measured and kept: what keeps them from being profiled is said and fails nothing. */
async function profile(context: BenchContext, sink: RunSink): Promise<void> {
  try {
    await context.profilePoints(sink)
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown
    sink.notice({ level: 'warning', text: `The points were not profiled: ${thrown.message}` })
  }
}

interface PointParts {
  spec: BenchSpec
  inputs: BenchPlan['plan']['inputs']
  model: Model
  runtimes: readonly Runtime[]
  batches?: readonly number[]
  folder?: string
  toolPaths?: Readonly<Record<string, string>>
}

/** Where a planned point runs and what measures it. */
export function pointChild(
  step: BenchStep,
  { spec, inputs, model, runtimes, batches, folder, toolPaths }: PointParts,
): { device: string; child: PointChild } {
  const runtime = runtimes.find(known => known.id === step.runtimeId)
  if (runtime === undefined) throw new Error(`runtime ${step.runtimeId} was planned but is not there`)
  const { repeat, batch, precision, shapes } = step
  const task: PointTask = {
    modelPath: model.path,
    modelSha256: model.sha256,
    precision,
    batch,
    repeat,
    shapes,
    batchAxes: Object.fromEntries(inputs.map(input => [input.name, input.batchAxis])),
    data: Object.fromEntries(
      model.inputs.map(({ name }) => [name, spec.data[name] ?? spec.data['*'] ?? { source: 'random', seed: 0 }]),
    ),
    warmup: spec.warmup,
    minIterations: spec.minIterations,
    minDurationMs: spec.minDurationMs,
    maxDurationMs: spec.maxDurationMs,
    ...(batches === undefined ? {} : { batches }),
    ...(folder === undefined ? {} : { folder }),
    ...(toolPaths === undefined ? {} : { toolPaths }),
  }
  const given = spec.runtimes.find(choice => choice.id === step.runtimeId)?.options ?? {}
  return { device: runtime.device, child: runtime.child(task, runtime.options.parse(given)) }
}

/** Identity, options with their defaults, and what one latency covers. */
function runtimeFacts(choice: BenchSpec['runtimes'][number], runtimes: readonly Runtime[]): Facts {
  const runtime = runtimes.find(known => known.id === choice.id)
  if (runtime === undefined) return {}
  const options = Object.entries(runtime.options.parse(choice.options)).map(
    ([name, value]) => `${name}=${String(value)}`,
  )
  return { title: runtime.title, device: runtime.device, includes: [...runtime.includes], options }
}

function stepTitle(step: BenchStep, spec: BenchSpec): string {
  const parts = [`batch ${step.batch}`]
  const precisions = new Set(spec.runtimes.flatMap(choice => choice.precisions ?? spec.precisions))
  if (precisions.size > 1) parts.unshift(step.precision)
  if (spec.runtimes.length > 1) parts.unshift(step.runtimeId)
  if (spec.repeat > 1) parts.push(`repeat ${step.repeat} of ${spec.repeat}`)
  return parts.join(', ')
}
