import { benchKey } from '#domain/bench-keys.ts'
import { type BenchSpec, DEFAULT_BATCHES } from '#domain/bench-spec.ts'
import { formatBytes } from '#domain/display.ts'
import type { Failure } from '#domain/errors.ts'
import type { RuntimeInfo } from '#domain/machine.ts'
import type { Model } from '#domain/model.ts'
import type { PlanCell, RunPlan } from '#domain/plan.ts'
import type { Notice } from '#domain/run.ts'
import { benchCommand } from './command.ts'
import { failure, type InputShapes, planInputs, shapesForBatch } from './input-shapes.ts'
import { type AskRuntime, judgedMatrix, type MatrixCell, matrixOf, reason } from './matrix.ts'
import { measuringOrder } from './order.ts'

/** One point to measure: which runtime, at which batch, in which fresh process. */
export interface BenchStep {
  runtimeId: string
  /** As asked. */
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
 * @param ask what a runtime itself says of a precision; without it their lists count
 */
export function planBench(
  spec: BenchSpec,
  model: Model,
  runtimes: readonly RuntimeInfo[],
  ask: AskRuntime = () => undefined,
): BenchPlan {
  const shapes = planInputs(model, spec)
  const cells = matrixOf(spec, model, runtimes, ask)
  const matrix = judgedMatrix(cells, runtimes)
  const problems = [
    ...resumeProblems(spec, model),
    ...shapes.problems,
    ...matrix.problems,
    ...dataProblems(spec, model),
  ]
  const notices = [...resumeNotices(spec), ...matrix.notices]
  const batches = chooseBatches(spec, shapes, notices, problems)
  const steps = problems.length === 0 ? stepsOf(spec, shapes, batches, matrix.possible) : []
  if (problems.length === 0) problems.push(...stepProblems(spec, steps, shapes))
  const pointCount = problems.length === 0 ? steps.length : batches.length * cells.length * spec.repeat
  const pointMs = Math.min(spec.minDurationMs, spec.maxDurationMs) + START_MS
  const measured = matrix.possible.length > 0 ? matrix.possible : cells
  const titles = [...new Set(measured.map(({ title }) => title))]
  return {
    plan: {
      kind: 'bench',
      title: model.name,
      subtitle: `${titles.join(', ')} · ${batches.length} ${batches.length === 1 ? 'batch' : 'batches'}${spec.repeat > 1 ? ` × ${spec.repeat}` : ''}`,
      command: benchCommand(spec),
      pointCount,
      estimateMs: pointCount * pointMs,
      notices,
      problems,
      inputs: shapes.inputs,
      batches,
      ...(shapes.fixedBatch === undefined ? {} : { fixedBatch: shapes.fixedBatch }),
      cells: cells.map(cell => planCell(cell, steps, pointMs)),
    },
    steps: problems.length === 0 ? steps : [],
  }
}

function planCell(cell: MatrixCell, steps: readonly BenchStep[], pointMs: number): PlanCell {
  const { runtime, title, precision, runs, problem } = cell
  const own = steps.filter(step => step.runtimeId === runtime && step.precision === precision)
  return {
    runtime,
    title,
    precision,
    ...(runs === undefined ? {} : { runs }),
    pointCount: own.length,
    ...(own.length === 0 ? {} : { estimateMs: own.length * pointMs }),
    ...(problem === undefined ? {} : { why: reason(title, problem) }),
    ...(problem?.hint === undefined ? {} : { hint: problem.hint }),
  }
}

function resumeNotices({ resume }: BenchSpec): Notice[] {
  return resume === undefined ? [] : [{ level: 'info', text: `Goes on with what run ${resume.runId} left unmeasured.` }]
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

function stepsOf(
  spec: BenchSpec,
  shapes: InputShapes,
  batches: readonly number[],
  cells: readonly MatrixCell[],
): BenchStep[] {
  const measured = new Set(spec.resume?.measured)
  return measuringOrder(cells, batches, spec.repeat)
    .filter(({ cell, batch, repeat }) => !measured.has(benchKey({ ...cell, batch, repeat })))
    .map(({ cell: { runtime, precision }, batch, repeat }) => ({
      runtimeId: runtime,
      precision,
      batch,
      repeat,
      shapes: shapesForBatch(shapes.inputs, batch),
    }))
}

function resumeProblems({ resume }: BenchSpec, model: Model): Failure[] {
  const { runId, modelSha256 = model.sha256 } = resume ?? {}
  if (modelSha256 === model.sha256) return []
  return [
    failure('MODEL_CHANGED', `The model is not the one that run ${runId} measured`, {
      where: model.path,
      hint: 'Measure it in a run of its own: figures of two models do not belong in one table.',
    }),
  ]
}

function stepProblems({ resume }: BenchSpec, steps: readonly BenchStep[], shapes: InputShapes): Failure[] {
  const problems: Failure[] = []
  if (steps.length === 0 && resume !== undefined) {
    problems.push(
      failure('SPEC_INVALID', `Run ${resume.runId} has measured every point`, { hint: 'Nothing is left to resume.' }),
    )
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
  return problems
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
