import type { BenchSpec } from '#domain/bench-spec.ts'
import type { Model } from '#domain/model.ts'
import { type Facts, type Passport, UNKNOWN } from '#domain/passport.ts'
import type { RunPlan } from '#domain/plan.ts'
import { benchArguments } from './command.ts'

export interface PassportSources {
  spec: BenchSpec
  plan: RunPlan
  model: Model
  app: { version: string; commit: string }
  host: { cpu: Facts; memory: Facts; gpu: Facts; os: Facts }
  /** Of each runtime: id → version, options, what its latency includes. */
  runtimes: Record<string, Facts>
  startedAt: string
}

/** The passport of a bench (DESIGN §6) as known before the first point; `withRuntimeFacts` adds what ran. */
export function benchPassport({ spec, plan, model, app, host, runtimes, startedAt }: PassportSources): Passport {
  return {
    command: { cli: plan.command, argv: ['batchscope', 'bench', ...benchArguments(spec)] },
    app: { name: 'Batchscope', version: app.version, commit: app.commit },
    model: {
      path: model.path,
      format: model.format,
      bytes: model.bytes,
      sha256: model.sha256,
      externalDataSha256: model.externalData.map(file => file.sha256),
      producer: model.producer ?? UNKNOWN,
      opsets: model.opsets.map(opset => `${opset.domain || 'ai.onnx'} ${opset.version}`),
      weights: model.weights.map(({ dtype, bytes }) => `${dtype} ${bytes} B`),
      inputs: plan.inputs.map(input => `${input.name} ${input.dtype} [${input.modelShape.join(', ')}]`),
    },
    runtime: mergeRuntimes(runtimes),
    method: {
      percentiles: 'linear interpolation between order statistics (Hyndman–Fan type 7, as numpy)',
      bounds: '95 % order-statistic bounds, distribution-free',
      warmupRule: `first ${spec.warmup} calls, and what a change point on the first half of the series cuts`,
      stopRule: `at least ${spec.minIterations} calls and ${spec.minDurationMs} ms, at most ${spec.maxDurationMs} ms`,
      process: 'a fresh process per point',
      repeats: spec.repeat,
      inputData: plan.inputs.map(({ name }) => `${name}: ${describeData(spec, name)}`),
    },
    cpu: host.cpu,
    memory: host.memory,
    gpu: host.gpu,
    os: host.os,
    time: { startedAt },
  }
}

/** Facts that only a run can tell (version and options really used, clock, load), added to the passport. */
export function withMeasuredFacts(passport: Passport, runtimeId: string, runtimeFacts: Facts, time: Facts): Passport {
  return {
    ...passport,
    runtime: { ...passport.runtime, ...prefixed(runtimeId, runtimeFacts) },
    time: { ...passport.time, ...time },
  }
}

function mergeRuntimes(runtimes: Record<string, Facts>): Facts {
  return Object.assign({}, ...Object.entries(runtimes).map(([id, facts]) => prefixed(id, facts)))
}

/** Facts of several runtimes share one section: each name carries its runtime's id. */
function prefixed(id: string, facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [`${id}.${name}`, fact]))
}

function describeData(spec: BenchSpec, inputName: string): string {
  const data = spec.data[inputName] ?? spec.data['*'] ?? { source: 'random', seed: 0 }
  switch (data.source) {
    case 'random':
      return `random, seed ${data.seed}`
    case 'zeros':
      return 'zeros'
    case 'file':
      return `file ${data.path}`
  }
}
