import { type BenchSpec, DEFAULT_BATCHES } from '#domain/bench-spec.ts'
import { formatBytes } from '#domain/display.ts'
import type { Failure } from '#domain/errors.ts'
import type { RuntimeInfo } from '#domain/machine.ts'
import type { Model } from '#domain/model.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Notice } from '#domain/run.ts'
import { benchCommand } from './command.ts'
import { failure, type InputShapes, planInputs, shapesForBatch } from './input-shapes.ts'

/** One point to measure: which runtime, at which batch, in which fresh process. */
export interface BenchStep {
  runtimeId: string
  precision: string
  batch: number
  /** 1-based. */
  repeat: number
  shapes: Record<string, number[]>
}

export interface BenchPlan {
  plan: RunPlan
  /** In order of measurement; empty when there are problems. */
  steps: BenchStep[]
}

const START_MS = 700 // process, library and session of a small model, per point; only for the estimate
const MAX_INPUT_BYTES = 4 * 2 ** 30 // beyond, the inputs alone are likelier to swap than to measure
const MAX_POINTS = 10_000

/**
 * Turns a spec into steps. Pure: all it knows of the world is handed in.
 * Order: repeat by repeat, so that a machine that drifts shows in the spread between repeats instead of between
 * batches; inside, runtime by runtime and batches ascending.
 */
export function planBench(spec: BenchSpec, model: Model, runtimes: readonly RuntimeInfo[]): BenchPlan {
  const shapes = planInputs(model, spec)
  const notices: Notice[] = []
  const problems = [...shapes.problems, ...runtimeProblems(spec, model, runtimes), ...dataProblems(spec, model)]
  const batches = chooseBatches(spec, shapes, notices, problems)
  const steps = problems.length === 0 ? stepsOf(spec, shapes, batches, problems) : []
  const pointCount = batches.length * spec.runtimes.length * spec.precisions.length * spec.repeat
  const titles = spec.runtimes.map(({ id }) => runtimes.find(runtime => runtime.id === id)?.title ?? id)
  return {
    plan: {
      kind: 'bench',
      title: model.name,
      subtitle: `${titles.join(', ')} · ${batches.length} ${batches.length === 1 ? 'batch' : 'batches'}${spec.repeat > 1 ? ` × ${spec.repeat}` : ''}`,
      command: benchCommand(spec),
      pointCount,
      estimateMs: pointCount * (Math.min(spec.minDurationMs, spec.maxDurationMs) + START_MS),
      notices,
      problems,
      inputs: shapes.inputs,
      batches,
      ...(shapes.fixedBatch === undefined ? {} : { fixedBatch: shapes.fixedBatch }),
    },
    steps: problems.length === 0 ? steps : [],
  }
}

/** The batches to run: asked ones the model takes, else the default list; what is left out is said. */
function chooseBatches(spec: BenchSpec, shapes: InputShapes, notices: Notice[], problems: Failure[]): number[] {
  const asked = spec.batches === undefined ? undefined : [...new Set(spec.batches)].toSorted((a, b) => a - b)
  const only = shapes.hasBatch ? shapes.fixedBatch : 1
  if (only === undefined) return asked ?? DEFAULT_BATCHES
  const why = shapes.hasBatch ? `The model has a fixed batch of ${only}` : 'No input of the model has a batch dimension'
  if (asked === undefined) {
    notices.push({ level: 'info', text: `${why}: only batch ${only} is measured.` })
    return [only]
  }
  if (!asked.includes(only)) {
    problems.push(
      failure('SHAPE_MISMATCH', `${why}, so batch ${asked.join(', ')} can't be run`, {
        hint: `Use --batch ${only}, or export the model with a dynamic batch dimension.`,
      }),
    )
    return asked
  }
  if (asked.length > 1) {
    notices.push({
      level: 'warning',
      text: `${why}: batch ${asked.filter(batch => batch !== only).join(', ')} left out.`,
    })
  }
  return [only]
}

function stepsOf(spec: BenchSpec, shapes: InputShapes, batches: readonly number[], problems: Failure[]): BenchStep[] {
  const steps: BenchStep[] = []
  for (let repeat = 1; repeat <= spec.repeat; repeat++) {
    for (const { id } of spec.runtimes) {
      for (const precision of spec.precisions) {
        for (const batch of batches) {
          steps.push({ runtimeId: id, precision, batch, repeat, shapes: shapesForBatch(shapes.inputs, batch) })
        }
      }
    }
  }
  if (steps.length > MAX_POINTS) {
    problems.push(
      failure('SPEC_INVALID', `${steps.length} points in one run; at most ${MAX_POINTS}`, { hint: 'Split the run.' }),
    )
  }
  const largest = Math.max(0, ...steps.map(step => inputBytes(step.shapes, shapes)))
  if (largest > MAX_INPUT_BYTES) {
    problems.push(
      failure('SHAPE_MISMATCH', `The inputs of the largest batch take ${formatBytes(largest)}`, {
        hint: `At most ${formatBytes(MAX_INPUT_BYTES)}: use smaller batches or shapes.`,
      }),
    )
  }
  return steps
}

function inputBytes(shapes: Record<string, number[]>, { inputs }: InputShapes): number {
  return inputs.reduce((sum, { name, dtype }) => {
    const elements = (shapes[name] ?? []).reduce((product, dim) => product * dim, 1)
    return sum + elements * (DTYPE_BYTES[dtype] ?? 1)
  }, 0)
}

const DTYPE_BYTES: Record<string, number> = {
  float32: 4,
  int32: 4,
  uint32: 4,
  float16: 2,
  bfloat16: 2,
  int16: 2,
  uint16: 2,
  float64: 8,
  int64: 8,
  uint64: 8,
  string: 16,
}

function runtimeProblems(spec: BenchSpec, model: Model, runtimes: readonly RuntimeInfo[]): Failure[] {
  return spec.runtimes.flatMap(({ id }) => {
    const runtime = runtimes.find(known => known.id === id)
    if (runtime === undefined) {
      return [
        failure('RUNTIME_UNAVAILABLE', `There is no runtime ${id}`, {
          where: id,
          hint: `Known here: ${runtimes.map(known => known.id).join(', ')}`,
        }),
      ]
    }
    if (!runtime.readiness.ready) {
      const { why = 'not available here', hint } = runtime.readiness
      return [
        failure('RUNTIME_UNAVAILABLE', `${runtime.title}: ${why}`, {
          where: id,
          ...(hint === undefined ? {} : { hint }),
        }),
      ]
    }
    return spec.precisions
      .filter(precision => !runtime.precisions.includes(precision))
      .map(precision =>
        failure('SPEC_INVALID', `${runtime.title} can't run ${model.name} in ${precision}`, {
          where: id,
          hint: `It runs: ${runtime.precisions.join(', ')}`,
        }),
      )
  })
}

function dataProblems(spec: BenchSpec, model: Model): Failure[] {
  const known = new Set(['*', ...model.inputs.map(input => input.name)])
  return Object.keys(spec.data)
    .filter(name => !known.has(name))
    .map(name =>
      failure('DATA_INVALID', `The model has no input ${name}`, {
        where: name,
        hint: `Its inputs: ${[...known].slice(1).join(', ')}`,
      }),
    )
}
