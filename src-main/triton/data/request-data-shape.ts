import { formatShape } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'

/** What an input takes: its shape with −1 where free, whether the first dimension is the batch, the batch asked for. */
export interface WantedShape {
  name: string
  shape: readonly number[]
  isBatched: boolean
  /** 1: as many items as the data hold. */
  batch: number
}

/** Whole shape, and how many items of `itemElements` elements the data hold; they are repeated to fill the batch. */
export interface FittedShape {
  shape: number[]
  items: number
  itemElements: number
}

/**
 * Free sizes from the data. Data with a shape of its own fit when it is the input's, batch in front or one item without;
 * flat data (raw bytes, lines) are cut into items, or fill the one free size.
 * @param got the data's shape; one dimension counts as flat   @throws EngineError SHAPE_MISMATCH
 */
export function fitShape(wanted: WantedShape, got: readonly number[], where: string): FittedShape {
  const item = wanted.isBatched ? wanted.shape.slice(1) : wanted.shape
  const fit = wholeItems(wanted, item, got) ?? flat(item, got, wanted.isBatched)
  if (fit === undefined) {
    throw new EngineError(
      'SHAPE_MISMATCH',
      `Input ${wanted.name} takes ${shown(wanted.shape)}, the data have ${formatShape(got)}`,
      {
        where,
        hint: `Where several sizes are free, give the shape: ${wanted.name}:${wanted.shape.map(dim => (dim < 0 ? 'N' : dim)).join(',')}.`,
      },
    )
  }
  const { items, itemShape } = fit
  const itemElements = elements(itemShape)
  if (!wanted.isBatched) return { shape: itemShape, items: 1, itemElements }
  return { shape: [wanted.batch === 1 ? items : wanted.batch, ...itemShape], items, itemElements }
}

/** A shape told by the user must be the input's and hold exactly the data. @throws EngineError SHAPE_MISMATCH */
export function checkShape(wanted: WantedShape, told: readonly number[], where: string): void {
  const { name, shape } = wanted
  if (told.length === shape.length && shape.every((dim, axis) => dim < 0 || dim === told[axis])) return
  throw new EngineError('SHAPE_MISMATCH', `Input ${name} takes ${shown(shape)}, not ${formatShape(told)}`, { where })
}

/** The input's shape where there are no data to tell free sizes: each is 1. */
export function smallestShape({ shape, isBatched, batch }: WantedShape): number[] {
  return shape.map((dim, axis) => (axis === 0 && isBatched ? batch : dim < 0 ? 1 : dim))
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1)
}

function wholeItems(wanted: WantedShape, item: readonly number[], got: readonly number[]) {
  if (wanted.isBatched && got.length === item.length + 1 && fits(item, got.slice(1)) && (got[0] ?? 0) > 0) {
    return { items: got[0] ?? 1, itemShape: got.slice(1) }
  }
  return fits(item, got) ? { items: 1, itemShape: [...got] } : undefined
}

function flat(item: readonly number[], got: readonly number[], isBatched: boolean) {
  const [count = 1] = got
  if (got.length > 1 || count < 1) return undefined
  const fixed = elements(item.filter(dim => dim >= 0))
  const free = item.filter(dim => dim < 0).length
  if (fixed === 0 || !Number.isInteger(count / fixed)) return undefined
  if (free === 0 && !isBatched && count !== fixed) return undefined
  if (free === 0) return { items: count / fixed, itemShape: [...item] }
  return free === 1 ? { items: 1, itemShape: item.map(dim => (dim < 0 ? count / fixed : dim)) } : undefined
}

function fits(wanted: readonly number[], got: readonly number[]): boolean {
  return wanted.length === got.length && wanted.every((dim, axis) => dim < 0 || dim === got[axis])
}

function shown(shape: readonly number[]): string {
  return formatShape(shape.map(dim => (dim < 0 ? '?' : dim)))
}
