import type { Fact, Passport } from './passport.ts'
import type { Point } from './point.ts'
import type { LeftOut, Notice } from './run.ts'

/** What a reader must know before comparing a column with the base. */
export interface ColumnBadge {
  id: 'other-scope' | 'other-precision' | 'one-process' | 'throttled'
  title: string
  means: string
}

/** A runtime in a precision: a group of columns of the table. No zod. */
export interface RuntimeColumn {
  /** `ort-cpu model`: the runtime and what was asked of it. */
  id: string
  runtime: string
  title: string
  /** What ran; of a column that was left out, what was asked, and nothing where that was the model's own. */
  precision: string
  asked: string
  /** What one latency covers; absent where the passport does not tell. */
  includes?: readonly string[]
  /** Why nothing stands here. */
  leftOut?: LeftOut
  /** In the order they were measured. */
  points: readonly Point[]
}

/** What the columns of a run are made of. */
export interface ColumnSource {
  points: readonly Point[]
  notices?: readonly Notice[] | undefined
  passport?: Passport | undefined
}

/** Columns as they were asked for: measured ones as they come, what was left out at its place among them. */
export function runtimeColumns({ points, notices = [], passport }: ColumnSource): RuntimeColumn[] {
  const byId = Map.groupBy(points, point => columnId(point.runtime, askedOf(point)))
  const columns = [...byId].map(([id, own]) => measuredColumn(id, own, passport))
  const out = notices.flatMap(({ leftOut }) => leftOut ?? [])
  for (const leftOut of out.toSorted((a, b) => placeOf(a) - placeOf(b))) {
    const { runtime, title = runtime, precision = 'model' } = leftOut
    const id = columnId(runtime, precision)
    if (byId.has(id)) continue
    const shown = precision === 'model' ? '' : precision
    columns.splice(placeOf(leftOut), 0, { id, runtime, title, precision: shown, asked: precision, leftOut, points: [] })
  }
  return columns
}

function measuredColumn(id: string, points: readonly Point[], passport: Passport | undefined): RuntimeColumn {
  const [first] = points
  const runtime = first?.runtime ?? ''
  const ran = new Set(points.filter(({ status }) => status === 'done').map(({ precision }) => precision))
  const [only] = ran
  const title = passport?.runtime[`${runtime}.title`]
  const includes = words(passport?.runtime[`${runtime}.includes`])
  return {
    id,
    runtime,
    title: typeof title === 'string' ? title : runtime,
    precision: ran.size > 1 ? 'several' : (only ?? first?.precision ?? ''),
    asked: first === undefined ? '' : askedOf(first),
    ...(includes === undefined ? {} : { includes }),
    points,
  }
}

/** "ort-cpu fp32", in full "ONNX Runtime · CPU fp32". */
export function columnName({ runtime, title, precision }: RuntimeColumn, how: 'short' | 'full'): string {
  return `${how === 'short' ? runtime : title} ${precision}`.trimEnd()
}

/** What a column has that the base has not, or not said. */
export function columnBadges(column: RuntimeColumn, base: RuntimeColumn | undefined): ColumnBadge[] {
  const badges: ColumnBadge[] = []
  const { includes, asked, precision, points } = column
  if (column.leftOut !== undefined) return badges
  if (includes !== undefined && base?.includes !== undefined && !isSameSet(includes, base.includes)) {
    const means = `One latency here covers ${includes.join(', ')}; the base's covers ${base.includes.join(', ')}. They are not the same thing.`
    badges.push({ id: 'other-scope', title: 'other scope', means })
  }
  if (asked !== 'model' && precision !== asked && precision !== 'unknown') {
    const means = `Asked for ${asked}; what ran says ${precision}.`
    badges.push({ id: 'other-precision', title: `asked ${asked}`, means })
  }
  if (points.length > 0 && points.every(({ repeat }) => repeat === 1)) {
    const means = 'From samples of one process: repeat to see how far a fresh one lands elsewhere.'
    badges.push({ id: 'one-process', title: 'one process', means })
  }
  if (points.some(({ throttledShare = 0 }) => throttledShare > THROTTLED_SHARE)) {
    const means = "The GPU's clocks were held down for a part of the measured time."
    badges.push({ id: 'throttled', title: 'throttled', means })
  }
  return badges
}

const THROTTLED_SHARE = 0.05 // a moment at the start of a point moves no median

function columnId(runtime: string, asked: string): string {
  return `${runtime} ${asked}`
}

/** Imported points do not say what was asked: it was what ran. */
function askedOf({ precisionAsked, precision }: Point): string {
  return precisionAsked ?? precision
}

function placeOf({ place = Number.MAX_SAFE_INTEGER }: LeftOut): number {
  return place
}

function words(fact: Fact | undefined): string[] | undefined {
  return Array.isArray(fact) ? fact.map(String) : undefined
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.every(word => b.includes(word)) && b.every(word => a.includes(word))
}
