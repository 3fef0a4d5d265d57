import { BENCH_DEFAULTS, DEFAULT_BATCHES } from '#domain/bench-defaults.ts'
import type { BenchSpecInput, InputData } from '#domain/bench-spec.ts'
import type { TensorSpec } from '#domain/model.ts'
import type { RunPlan } from '#domain/plan.ts'
import { readBatches } from './batch-list.ts'
import { type OptionField, readOption } from './option-fields.ts'

/** Everything the user chose, as typed. Texts stay texts until `benchSpec` reads them, so that no keystroke is lost. */
export interface BenchForm {
  modelPath: string
  inputs: Readonly<Record<string, InputForm>>
  /** Chips that are on. */
  batches: readonly number[]
  /** More batches, typed. */
  customBatches: string
  runtimeIds: readonly string[]
  /** Chosen ones by runtime id; absent: the runtime's usual ones. */
  precisions: Readonly<Record<string, readonly string[]>>
  /** Typed texts by runtime id, then option name; absent or empty: the runtime's default. */
  options: Readonly<Record<string, Readonly<Record<string, string>>>>
  limits: Readonly<Record<LimitName, string>>
  /** Look into each point afterwards with its runtime's profiler. */
  profile: boolean
}

export interface InputForm {
  /** Absent: found by the engine's rule. -1: the input has no batch dimension. */
  batchAxis?: number
  /** Typed sizes of named dimensions, by position in the model's shape. */
  sizes: Readonly<Record<number, string>>
  source: InputData['source']
  seed: string
  filePath: string
}

export type LimitName = keyof typeof BENCH_DEFAULTS

export interface LimitField {
  name: LimitName
  label: string
  unit: string
  help: string
  integer: boolean
  min: number
  max: number
}

/** Bounds are those of BenchSpec; the engine checks again. */
export const LIMIT_FIELDS: readonly LimitField[] = [
  {
    name: 'minIterations',
    label: 'Iterations, at least',
    unit: 'calls',
    help: 'p99 with a 95 % bound needs 299.',
    integer: true,
    min: 1,
    max: 10_000_000,
  },
  {
    name: 'minDurationMs',
    label: 'Time, at least',
    unit: 'ms',
    help: 'Both minimums are reached before a point stops.',
    integer: false,
    min: 0,
    max: 86_400_000,
  },
  {
    name: 'maxDurationMs',
    label: 'Time, at most',
    unit: 'ms',
    help: 'A point stops here in any case.',
    integer: false,
    min: 1,
    max: 86_400_000,
  },
  {
    name: 'warmup',
    label: 'Warm-up',
    unit: 'calls',
    help: 'Never counted. More are cut where the start was different.',
    integer: true,
    min: 0,
    max: 100_000,
  },
  {
    name: 'repeat',
    label: 'Repeats',
    unit: 'fresh processes',
    help: 'Each configuration again in a new process.',
    integer: true,
    min: 1,
    max: 100,
  },
]

export const NEW_INPUT: InputForm = { sizes: {}, source: 'random', seed: '0', filePath: '' }

export function newForm(modelPath: string): BenchForm {
  return {
    modelPath,
    inputs: {},
    batches: DEFAULT_BATCHES,
    customBatches: '',
    runtimeIds: ['ort-cpu'],
    precisions: {},
    options: {},
    limits: {
      minIterations: String(BENCH_DEFAULTS.minIterations),
      minDurationMs: String(BENCH_DEFAULTS.minDurationMs),
      maxDurationMs: String(BENCH_DEFAULTS.maxDurationMs),
      warmup: String(BENCH_DEFAULTS.warmup),
      repeat: String(BENCH_DEFAULTS.repeat),
    },
    profile: false,
  }
}

/** What stands in the way before the engine is asked: field name → sentence. */
export type FieldProblems = Readonly<Record<string, string>>

export interface FormReading {
  spec: BenchSpecInput
  /** Keys: `batches`, `runtimes`, a limit's name, `size:INPUT:AXIS`, `seed:INPUT`, `file:INPUT`, `option:RUNTIME:NAME`. */
  problems: FieldProblems
}

/** What is known besides the form: from the last plan and the runtimes' schemas. */
export interface FormHints {
  /** How the engine understands the inputs, for the batch axis where the user chose none. */
  inputs: RunPlan['inputs']
  /** The only batch the model takes. */
  fixedBatch: number | undefined
  optionFields: ReadonlyMap<string, readonly OptionField[]>
  /** Precisions of a runtime for which none are chosen; absent: as the model. */
  usual?: ReadonlyMap<string, readonly string[]>
}

/** Precisions a runtime is asked for. */
export function precisionsOf(form: BenchForm, id: string, usual: FormHints['usual']): readonly string[] {
  return form.precisions[id] ?? usual?.get(id) ?? ['model']
}

/** The form as a spec. Fields that can't be read are left out of the spec and named in `problems`. */
export function readForm(form: BenchForm, inputs: readonly TensorSpec[], hints: FormHints): FormReading {
  const problems: Record<string, string> = {}
  const spec: BenchSpecInput = {
    modelPath: form.modelPath,
    runtimes: form.runtimeIds.map(id => {
      const precisions = precisionsOf(form, id, hints.usual)
      const own = precisions.join() === 'model' ? {} : { precisions: [...precisions] }
      return { id, options: readOptions(form, id, hints, problems), ...own }
    }),
    ...readLimits(form, problems),
    ...(form.profile ? { profile: true } : {}),
  }
  if (form.runtimeIds.length === 0) problems.runtimes = 'Choose at least one runtime'
  const batches = hints.fixedBatch === undefined ? readFormBatches(form, problems) : undefined
  if (batches !== undefined) spec.batches = batches
  Object.assign(spec, readInputs(form, inputs, hints.inputs, problems))
  return { spec, problems }
}

/** Options that differ from their default, so that the equal command stays short. */
function readOptions(
  form: BenchForm,
  id: string,
  hints: FormHints,
  problems: Record<string, string>,
): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const field of hints.optionFields.get(id) ?? []) {
    const reading = readOption(field, form.options[id]?.[field.name] ?? '')
    if ('problem' in reading) problems[`option:${id}:${field.name}`] = reading.problem
    else if (reading.value !== undefined && reading.value !== field.fallback) options[field.name] = reading.value
  }
  return options
}

/** Undefined where the choice is the default list: the spec then stays open for models with a fixed batch. */
function readFormBatches(form: BenchForm, problems: Record<string, string>): number[] | undefined {
  const custom = readBatches(form.customBatches)
  if ('problem' in custom) problems.batches = custom.problem
  const typed = 'batches' in custom ? custom.batches : []
  const all = [...new Set([...form.batches, ...typed])].toSorted((a, b) => a - b)
  if (all.length === 0) {
    problems.batches ??= 'Choose at least one batch'
    return undefined
  }
  return all.join() === DEFAULT_BATCHES.join() ? undefined : all
}

function readLimits(form: BenchForm, problems: Record<string, string>): Partial<Record<LimitName, number>> {
  const limits: Partial<Record<LimitName, number>> = {}
  for (const { name, integer, min, max } of LIMIT_FIELDS) {
    const value = readNumber(form.limits[name], { integer, min, max })
    if (typeof value === 'string') problems[name] = value
    else limits[name] = value
  }
  const { minDurationMs, maxDurationMs } = limits
  if (minDurationMs !== undefined && maxDurationMs !== undefined && minDurationMs > maxDurationMs) {
    problems.maxDurationMs = `Less than the minimum of ${minDurationMs} ms`
  }
  return limits
}

function readInputs(
  form: BenchForm,
  inputs: readonly TensorSpec[],
  planned: RunPlan['inputs'],
  problems: Record<string, string>,
): Required<Pick<BenchSpecInput, 'shapes' | 'batchAxes' | 'data'>> {
  const shapes: Record<string, number[]> = {}
  const batchAxes: Record<string, number> = {}
  const data: Record<string, InputData> = {}
  for (const input of inputs) {
    const { name } = input
    const chosen = form.inputs[name] ?? NEW_INPUT
    if (chosen.batchAxis !== undefined) batchAxes[name] = chosen.batchAxis
    const axis = chosen.batchAxis ?? planned.find(one => one.name === name)?.batchAxis
    const shape = axis === undefined ? undefined : readItemShape(input, axis, chosen, problems)
    if (shape !== undefined) shapes[name] = shape
    const fed = readData(name, chosen, problems)
    if (fed !== undefined) data[name] = fed
  }
  return { shapes, batchAxes, data }
}

/** The item's shape where every named dimension has a size and there is at least one; else the engine says what is missing. */
function readItemShape(
  input: TensorSpec,
  batchAxis: number,
  chosen: InputForm,
  problems: Record<string, string>,
): number[] | undefined {
  let named = 0
  let complete = true
  const item = (input.shape ?? []).flatMap((dim, axis) => {
    if (axis === batchAxis) return []
    if (typeof dim === 'number') return [dim]
    named++
    const text = (chosen.sizes[axis] ?? '').trim()
    const size = readNumber(text, { integer: true, min: 0, max: 1_000_000_000 })
    if (typeof size === 'number') return [size]
    if (text !== '') problems[`size:${input.name}:${axis}`] = size
    complete = false
    return []
  })
  return named > 0 && complete ? item : undefined
}

function readData(name: string, chosen: InputForm, problems: Record<string, string>): InputData | undefined {
  switch (chosen.source) {
    case 'zeros':
      return { source: 'zeros' }
    case 'file':
      if (chosen.filePath.trim() === '') {
        problems[`file:${name}`] = 'Choose a .npy, .bin or .json file'
        return undefined
      }
      return { source: 'file', path: chosen.filePath.trim() }
    case 'random': {
      const seed = readNumber(chosen.seed, { integer: true, min: 0, max: Number.MAX_SAFE_INTEGER })
      if (typeof seed === 'string') {
        problems[`seed:${name}`] = seed
        return undefined
      }
      return seed === 0 ? undefined : { source: 'random', seed }
    }
  }
}

/** The number, or why it is none. */
function readNumber(
  text: string,
  { integer, min, max }: { integer: boolean; min: number; max: number },
): number | string {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) return 'A number is needed'
  if (integer && !Number.isInteger(value)) return 'A whole number is needed'
  if (value < min) return `At least ${min}`
  if (value > max) return `At most ${max}`
  return value
}
