import type { BuildSpec } from '#domain/build-spec.ts'
import type { Model, TensorSpec } from '#domain/model.ts'
import type { ArgumentList, Refusal } from './trtexec-arguments.ts'

type Shapes = Readonly<Record<string, readonly number[]>>
type Asked = Pick<BuildSpec, 'minShapes' | 'optShapes' | 'maxShapes'>
const ENDS = ['min', 'opt', 'max'] as const
type Profile = Record<(typeof ENDS)[number], readonly number[]>

/**
 * `--minShapes --optShapes --maxShapes` of one profile. All three are written: trtexec would take `opt` alone for all,
 * with a warning, and would silently make 1 of every size that nobody gave.
 */
export function addShapes(list: ArgumentList, spec: Asked, model: Model): void {
  const named = new Set(ENDS.flatMap(end => Object.keys(spec[`${end}Shapes`])))
  const refusals = [
    ...unknownNames(named, model),
    ...(hasFreeSizes(model) ? [] : staticModel(named, spec, model)),
    ...missing(named, model),
  ]
  const profiles = new Map<string, Profile>()
  for (const input of model.inputs.filter(({ name }) => named.has(name))) {
    const profile = profileOf(input.name, spec, refusals)
    if (profile === undefined) continue
    if (hasFreeSizes(model)) refusals.push(...misfits(input, profile))
    if (isFree(input) || isShapeValues(input, profile)) profiles.set(input.name, profile)
    if (isShapeValues(input, profile)) {
      list.notice(`Input ${input.name} is static: its sizes are understood as the values of a shape tensor.`)
    }
  }
  for (const refusal of refusals) list.refuse({ ...refusal, code: 'SHAPE_MISMATCH' })
  if (profiles.size === 0) return
  for (const end of ENDS) {
    const shapes = Object.fromEntries([...profiles].map(([name, profile]) => [name, profile[end]]))
    list.set(`--${end}Shapes`, shapesText(list, shapes))
  }
}

/** `x:1x3x224x224,'Input:0':8`; a shape without dimensions is `scalar`. Names that trtexec cannot read are refused. */
export function shapesText(list: ArgumentList, shapes: Shapes): string {
  return Object.entries(shapes)
    .map(([name, dims]) => {
      if (/[,'*]/.test(name)) {
        list.refuse({
          why: `trtexec cannot be told of input ${name}: it reads commas, quotes and asterisks as its own`,
          hint: 'Rename the input in the model.',
          where: name,
        })
      }
      return `${name.includes(':') ? `'${name}'` : name}:${dims.length === 0 ? 'scalar' : dims.join('x')}`
    })
    .join(',')
}

/** A dimension is free in at least one input, or nothing is known of its shape. */
function hasFreeSizes(model: Pick<Model, 'inputs'>): boolean {
  return model.inputs.some(isFree)
}

function isFree({ shape }: TensorSpec): boolean {
  return shape === undefined || shape.some(dim => typeof dim === 'string')
}

function unknownNames(named: ReadonlySet<string>, model: Model): Refusal[] {
  const known = model.inputs.map(({ name }) => name)
  return [...named]
    .filter(name => !known.includes(name))
    .map(name => ({
      why: `The model has no input ${name}`,
      hint: `Its inputs: ${known.join(', ') || 'none'}`,
      where: name,
    }))
}

/** trtexec refuses shapes for a model whose inputs are all fixed, unless they are values of a shape tensor. */
function staticModel(named: ReadonlySet<string>, spec: Asked, model: Model): Refusal[] {
  const given = model.inputs.filter(({ name }) => named.has(name))
  const values = given.filter(input => {
    const opt = spec.optShapes[input.name]
    return opt !== undefined && isShapeValues(input, { min: opt, opt, max: opt })
  })
  return values.length === given.length
    ? []
    : [
        {
          why: `${model.name} has fixed shapes: it takes no others`,
          hint: 'Leave the shapes out, or export the model with dynamic dimensions.',
          where: given.map(({ name }) => name).join(', '),
        },
      ]
}

function missing(named: ReadonlySet<string>, model: Model): Refusal[] {
  return model.inputs
    .filter(input => isFree(input) && !named.has(input.name))
    .map(({ name, shape }) => ({
      why: `Input ${name} needs sizes${shape === undefined ? '' : ` for ${freeNames(shape).join(', ')}`}`,
      hint: `For example --opt-shape ${name}:${(shape ?? []).map(dim => (typeof dim === 'string' ? 'N' : dim)).join('x') || 'N'}, batch included; with --min-shape and --max-shape for a range.`,
      where: name,
    }))
}

function freeNames(shape: readonly (number | string)[]): string[] {
  return shape.flatMap((dim, axis) => (typeof dim === 'string' ? [dim || `dimension ${axis}`] : []))
}

/** `opt` alone stands for all three. */
function profileOf(name: string, spec: Asked, refusals: Refusal[]): Profile | undefined {
  const { [name]: min } = spec.minShapes
  const { [name]: opt } = spec.optShapes
  const { [name]: max } = spec.maxShapes
  if (opt !== undefined && min === undefined && max === undefined) return { min: opt, opt, max: opt }
  if (opt !== undefined && min !== undefined && max !== undefined) return { min, opt, max }
  const absent = [min === undefined ? 'min' : '', opt === undefined ? 'opt' : '', max === undefined ? 'max' : '']
  refusals.push({
    why: `Input ${name} has no ${absent.filter(Boolean).join(' and ')} shape`,
    hint: 'Give --opt-shape alone, or all of --min-shape, --opt-shape and --max-shape.',
    where: name,
  })
  return undefined
}

function misfits(input: TensorSpec, profile: Profile): Refusal[] {
  const { name, shape } = input
  const refusals: Refusal[] = []
  const isValues = isShapeValues(input, profile)
  for (const given of new Set(ENDS.map(end => profile[end]))) {
    if (!isValues && shape !== undefined && !fits(given, shape)) {
      refusals.push({
        why: `Shape ${text(given)} does not fit input ${name}: it is ${text(shape, ' x ')}`,
        hint: 'Sizes go with the batch, as many as the input has dimensions; a fixed one stays as it is.',
        where: name,
      })
    }
  }
  const { min, opt, max } = profile
  const isOrdered =
    min.length === opt.length &&
    opt.length === max.length &&
    opt.every((size, axis) => (min[axis] ?? size) <= size && size <= (max[axis] ?? size))
  if (!isOrdered) {
    refusals.push({
      why: `The shapes of input ${name} must grow: min ${text(min)}, opt ${text(opt)}, max ${text(max)}`,
      hint: 'In every dimension min ≤ opt ≤ max.',
      where: name,
    })
  }
  return refusals
}

function fits(given: readonly number[], shape: readonly (number | string)[]): boolean {
  return given.length === shape.length && shape.every((dim, axis) => typeof dim === 'string' || dim === given[axis])
}

/** A fixed list of integers may be a shape tensor, for which TensorRT wants the values: one a element. */
function isShapeValues({ dtype, shape }: TensorSpec, { opt }: Profile): boolean {
  if ((dtype !== 'int64' && dtype !== 'int32') || shape === undefined || shape.length > 1) return false
  const [count = 1] = shape
  return opt.length === count && !fits(opt, shape)
}

function text(shape: readonly (number | string)[], by = 'x'): string {
  return shape.map(dim => (dim === '' ? '?' : dim)).join(by) || 'scalar'
}
