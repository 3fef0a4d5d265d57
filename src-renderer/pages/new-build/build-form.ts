import type { BuildPrecision, BuildSpecInput } from '#domain/build-spec.ts'
import type { TensorSpec } from '#domain/model.ts'

export const SHAPE_KINDS = ['min', 'opt', 'max'] as const
export type ShapeKind = (typeof SHAPE_KINDS)[number]

/** What is typed; an empty text is TensorRT's own default. */
export interface BuildForm {
  modelPath: string
  precision: BuildPrecision
  /** Sizes of open dimensions by `sizeKey`. */
  sizes: Readonly<Record<string, string>>
  inputFormats: string
  outputFormats: string
  workspaceMiB: string
  level: string
  timingCache: 'kept' | 'file' | 'none'
  timingCacheFile: string
  sparsity: NonNullable<BuildSpecInput['sparsity']>
  refit: boolean
  verbosity: NonNullable<BuildSpecInput['profilingVerbosity']>
  versionCompatible: boolean
  calibrationCache: string
  outputFolder: string
  trtexec: string
  timeoutMin: string
}

export const NEW_FORM: BuildForm = {
  modelPath: '',
  precision: 'tf32',
  sizes: {},
  inputFormats: '',
  outputFormats: '',
  workspaceMiB: '',
  level: '',
  timingCache: 'kept',
  timingCacheFile: '',
  sparsity: 'disable',
  refit: false,
  verbosity: 'detailed',
  versionCompatible: false,
  calibrationCache: '',
  outputFolder: '',
  trtexec: '',
  timeoutMin: '',
}

export interface Reading {
  spec: BuildSpecInput
  /** What is typed and cannot be used, by field or `sizeKey`. */
  problems: Readonly<Record<string, string>>
}

/** Dimensions that a profile must give sizes for; empty for a static input. */
export function openAxes({ shape }: TensorSpec): { axis: number; name: string }[] {
  return (shape ?? []).flatMap((dim, axis) =>
    typeof dim === 'string' ? [{ axis, name: dim === '' ? `dimension ${axis}` : dim }] : [],
  )
}

export function sizeKey(input: string, axis: number, kind: ShapeKind): string {
  return JSON.stringify([input, axis, kind])
}

/** The spec that a form asks for. @param inputs of the model */
export function readForm(form: BuildForm, inputs: readonly TensorSpec[]): Reading {
  const problems: Record<string, string> = {}
  const workspaceMiB = readNumber(form.workspaceMiB, 'workspaceMiB', problems, 1)
  const timeoutMin = readNumber(form.timeoutMin, 'timeoutMin', problems, 1)
  if (form.timingCache === 'file' && form.timingCacheFile.trim() === '') problems.timingCacheFile = 'Name the file'
  const spec: BuildSpecInput = {
    modelPath: form.modelPath,
    precision: form.precision,
    ...readShapes(form, inputs, problems),
    ...list('inputFormats', form.inputFormats),
    ...list('outputFormats', form.outputFormats),
    ...(workspaceMiB === undefined ? {} : { workspaceMiB }),
    ...(form.level === '' ? {} : { builderOptimizationLevel: Number(form.level) }),
    ...(form.timingCache === 'none' ? { timingCache: false } : {}),
    ...(form.timingCache === 'file' ? text('timingCache', form.timingCacheFile) : {}),
    ...(form.sparsity === 'disable' ? {} : { sparsity: form.sparsity }),
    ...(form.refit ? { refit: true } : {}),
    ...(form.verbosity === 'detailed' ? {} : { profilingVerbosity: form.verbosity }),
    ...(form.versionCompatible ? { versionCompatible: true } : {}),
    ...text('calibrationCache', form.calibrationCache),
    ...text('outputFolder', form.outputFolder),
    ...text('trtexec', form.trtexec),
    ...(timeoutMin === undefined ? {} : { timeoutMs: timeoutMin * 60_000 }),
  }
  return { spec, problems }
}

/** A profile of an input is given whole or not at all; only `opt`: the one shape of the engine. */
function readShapes(form: BuildForm, inputs: readonly TensorSpec[], problems: Record<string, string>) {
  const shapes: Record<ShapeKind, Record<string, number[]>> = { min: {}, opt: {}, max: {} }
  for (const input of inputs) {
    if (openAxes(input).length === 0) continue
    for (const kind of SHAPE_KINDS) {
      const shape = (input.shape ?? []).map((dim, axis) =>
        typeof dim === 'number' ? dim : readSize(form, sizeKey(input.name, axis, kind), problems),
      )
      const known = shape.filter(size => size !== undefined)
      if (known.length === shape.length) shapes[kind][input.name] = known
    }
    checkOrder(form, input, problems)
  }
  return {
    ...(Object.keys(shapes.min).length > 0 ? { minShapes: shapes.min } : {}),
    ...(Object.keys(shapes.opt).length > 0 ? { optShapes: shapes.opt } : {}),
    ...(Object.keys(shapes.max).length > 0 ? { maxShapes: shapes.max } : {}),
  }
}

function readSize(form: BuildForm, key: string, problems: Record<string, string>): number | undefined {
  const typed = (form.sizes[key] ?? '').trim()
  if (typed === '') return undefined
  const size = Number(typed)
  if (Number.isInteger(size) && size >= 0) return size
  problems[key] = 'A whole number'
  return undefined
}

/** min ≤ opt ≤ max along every open dimension; with min or max there is an opt, and each of a profile is whole. */
function checkOrder(form: BuildForm, input: TensorSpec, problems: Record<string, string>): void {
  const axes = openAxes(input)
  const sizes = (kind: ShapeKind) => axes.map(({ axis }) => (form.sizes[sizeKey(input.name, axis, kind)] ?? '').trim())
  for (const kind of SHAPE_KINDS) {
    const typed = sizes(kind)
    const missing = typed.indexOf('')
    const axis = axes[missing]?.axis
    const wanted =
      typed.some(size => size !== '') || (kind === 'opt' && [...sizes('min'), ...sizes('max')].some(Boolean))
    if (axis !== undefined && wanted) problems[sizeKey(input.name, axis, kind)] ??= `A size for ${kind} is missing`
  }
  for (const { axis } of axes) {
    const [min, opt, max] = SHAPE_KINDS.map(kind => (form.sizes[sizeKey(input.name, axis, kind)] ?? '').trim())
    if (min && opt && Number(min) > Number(opt)) problems[sizeKey(input.name, axis, 'min')] ??= `More than opt, ${opt}`
    if (max && opt && Number(max) < Number(opt)) problems[sizeKey(input.name, axis, 'max')] ??= `Less than opt, ${opt}`
  }
}

function readNumber(
  typed: string,
  field: keyof BuildForm,
  problems: Record<string, string>,
  min: number,
): number | undefined {
  if (typed.trim() === '') return undefined
  const value = Number(typed)
  if (Number.isFinite(value) && value >= min) return value
  problems[field] = `A number from ${min}`
  return undefined
}

/** Words in trtexec's order, parted by blanks; a comma belongs to no format. */
function list<Name extends 'inputFormats' | 'outputFormats'>(
  name: Name,
  typed: string,
): Partial<Record<Name, string[]>> {
  const words = typed.split(/[\s,]+/).filter(word => word !== '')
  const given: Partial<Record<Name, string[]>> = {}
  if (words.length > 0) given[name] = words
  return given
}

function text<Name extends keyof BuildSpecInput>(name: Name, typed: string): Partial<Record<Name, string>> {
  const given: Partial<Record<Name, string>> = {}
  if (typed.trim() !== '') given[name] = typed.trim()
  return given
}
