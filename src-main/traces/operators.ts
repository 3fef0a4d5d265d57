import type { OperatorRow } from '#domain/trace.ts'
import { CATEGORY, type SliceCategory } from '#domain/trace-category.ts'
import type { TraceIndex } from './define.ts'
import { IS_DEVICE_WORK } from './device-walk.ts'
import { insideNs } from './duration-groups.ts'
import { categorySet, hasAny } from './duration-rows.ts'
import { lanesHaving } from './lane-categories.ts'
import { type NameTraits, nameTraits } from './name-traits.ts'
import { limited, moreNames } from './row-limit.ts'
import { eachSlice, type LaneReader, mergeSlices, openLanes, pastOf, type Stretch } from './slice-reader.ts'
import { SparseSums } from './sparse-sums.ts'
import { deviceLanesOf, type Thread, threadsOf } from './threads.ts'

/** What takes part in the nesting, and what of it gets a row. */
export interface OperatorRule {
  nests: Uint8Array
  rows: Uint8Array
  /** Rows of one name apart by input shapes. */
  byShape?: boolean
}

const ROWS: SliceCategory[] = ['op', 'annotation', 'data-loading']

/** As torch does: calls of the runtime nest too, but have a table of their own; frames of Python only nest. */
export const TORCH_RULE: OperatorRule = {
  nests: categorySet(...ROWS, 'python', 'runtime', 'sync'),
  rows: categorySet(...ROWS),
}

/** Rows of one name (and shapes): sums over its calls. */
interface Totals {
  name: number
  shapes: number
  count: number
  selfCpuNs: number
  totalCpuNs: number
  selfDeviceNs: number
  totalDeviceNs: number
}

/**
 * Operators as torch's `key_averages()` counts them (torch 2.15, `torch.autograd.profiler_util`; checked against its
 * own tables):
 * - On each thread what contains another is its parent; partial overlap makes no parent.
 * - An only child with its parent's name is folded into it, again and again: `aten::div_` in `aten::div_` counts once.
 * - Total is the length, self the length less that of direct children. No row adds up overlapping streams or threads.
 * - Device self is the sum of the work done for the call (its innermost operator at launch), device total also that of
 *   all it contains. Folding keeps the work of both, where torch keeps the child's alone.
 * - `ProfilerStep#N` is one row, `ProfilerStep*`. Names torch hides take no part at all.
 * In a stretch, calls that touch it count, with the part of their length inside; their device work counts whole.
 */
export function operatorRows(
  index: TraceIndex,
  stretch: Stretch | undefined,
  rule: OperatorRule = TORCH_RULE,
  tracks?: ReadonlySet<number>,
): OperatorRow[] {
  if (!hasAny(index, rule.rows)) return []
  const deviceNs = deviceTimeByOperator(index, tracks)
  const sums = new OperatorSums(index, rule, stretch, deviceNs)
  for (const thread of threadsOf(index, tracks).all) sums.addThread(thread)
  const rows = sums.all().sort((a, b) => b.totalCpuNs - a.totalCpuNs || b.selfCpuNs - a.selfCpuNs || a.name - b.name)
  const toRow = (name: string, sum: Totals): OperatorRow => ({
    name,
    ...(rule.byShape && sum.shapes !== 0 && { shapes: index.name(sum.shapes) }),
    count: sum.count,
    selfCpuNs: sum.selfCpuNs,
    totalCpuNs: sum.totalCpuNs,
    ...(deviceNs && { selfDeviceNs: sum.selfDeviceNs, totalDeviceNs: sum.totalDeviceNs }),
  })
  return limited(
    rows,
    sum => toRow(sums.isStep(sum.name) ? 'ProfilerStep*' : index.name(sum.name), sum),
    rest => toRow(moreNames(rest.length), rest.reduce(added)),
  )
}

const added = (a: Totals, b: Totals): Totals => ({
  ...a,
  shapes: 0,
  count: a.count + b.count,
  selfCpuNs: a.selfCpuNs + b.selfCpuNs,
  totalCpuNs: a.totalCpuNs + b.totalCpuNs,
  selfDeviceNs: a.selfDeviceNs + b.selfDeviceNs,
  totalDeviceNs: a.totalDeviceNs + b.totalDeviceNs,
})

/** Undefined where the trace has no device work: then no row tells of it. */
function deviceTimeByOperator(index: TraceIndex, tracks: ReadonlySet<number> | undefined): SparseSums | undefined {
  if (!hasAny(index, IS_DEVICE_WORK)) return undefined
  const sums = new SparseSums()
  for (const lanes of deviceLanesOf(index, tracks).values())
    eachSlice(index, lanes, undefined, ['detail'], ({ category, duration, detail, i }) => {
      const operator = detail[i] ?? 0
      if (operator !== 0 && IS_DEVICE_WORK[category[i] ?? 0] === 1) sums.add(operator - 1, duration[i] ?? 0)
    })
  return sums
}

/** A call that is open while its children are read. */
interface Frame {
  name: number
  category: number
  shapes: number
  endNs: number
  /** Inside the stretch. */
  lengthNs: number
  childrenNs: number
  selfDeviceNs: number
  childrenDeviceNs: number
  children: number
  /** Its only child so far, of its own name: not counted yet, for it may be folded. */
  folding: Frame | undefined
}

const emptyFrame = (): Frame => ({
  name: 0,
  category: 0,
  shapes: 0,
  endNs: 0,
  lengthNs: 0,
  childrenNs: 0,
  selfDeviceNs: 0,
  childrenDeviceNs: 0,
  children: 0,
  folding: undefined,
})

class OperatorSums {
  readonly #index: TraceIndex
  readonly #rule: OperatorRule
  readonly #stretch: Stretch | undefined
  readonly #deviceNs: SparseSums | undefined
  readonly #traits: NameTraits
  /** By shapes, then by name; torch keeps a range and an operator of one name apart. */
  readonly #totals = new Map<number, Map<number, Totals>>()
  #stepName = 0
  /** Frames to use again: millions of calls, few open at once. */
  readonly #free: Frame[] = []

  constructor(index: TraceIndex, rule: OperatorRule, stretch: Stretch | undefined, deviceNs: SparseSums | undefined) {
    this.#index = index
    this.#rule = rule
    this.#stretch = stretch
    this.#deviceNs = deviceNs
    this.#traits = nameTraits(index)
  }

  isStep(name: number): boolean {
    return name !== 0 && name === this.#stepName
  }

  all(): Totals[] {
    return [...this.#totals.values()].flatMap(rows => [...rows.values()])
  }

  addThread({ lanes }: Thread): void {
    const open: Frame[] = []
    const stretch = this.#stretch ?? { startNs: 0, endNs: 0, whole: true }
    mergeSlices(
      openLanes(this.#index, lanesHaving(this.#index, lanes, this.#rule.nests), stretch, ['name', 'detail']),
      reader => {
        const frame = this.#frameOf(reader, stretch)
        if (frame === undefined) return
        const { startNs } = reader
        for (let top = open.at(-1); top && (startNs >= top.endNs || frame.endNs > top.endNs); top = open.at(-1))
          this.#close(open)
        open.push(frame)
      },
    )
    while (open.length > 0) this.#close(open)
  }

  #frameOf(reader: LaneReader, stretch: Stretch): Frame | undefined {
    const { i } = reader
    const category = reader.category[i] ?? 0
    let name = reader.name[i] ?? 0
    if (this.#rule.nests[category] === 0 || this.#traits.isHidden(name)) return undefined
    const { startNs } = reader
    if (startNs >= pastOf(stretch)) return undefined
    const lengthNs = insideNs(reader, stretch)
    if (Number.isNaN(lengthNs)) return undefined
    if (this.#traits.isStep(name)) {
      if (this.#stepName === 0) this.#stepName = name
      name = this.#stepName
    }
    const frame = this.#free.pop() ?? emptyFrame()
    frame.name = name
    frame.category = category
    frame.shapes = this.#rule.byShape && category === CATEGORY.op ? (reader.detail[i] ?? 0) : 0
    frame.endNs = reader.endNs
    frame.lengthNs = lengthNs
    frame.childrenNs = 0
    frame.selfDeviceNs = this.#deviceNs?.at(reader.slice) ?? 0
    frame.childrenDeviceNs = 0
    frame.children = 0
    frame.folding = undefined
    return frame
  }

  #close(open: Frame[]): void {
    const frame = open.pop()
    if (frame === undefined) return
    const { folding } = frame
    if (folding) {
      frame.childrenNs = folding.childrenNs
      frame.selfDeviceNs += folding.selfDeviceNs
      frame.childrenDeviceNs = folding.childrenDeviceNs
      this.#free.push(folding)
    }
    const parent = open.at(-1)
    if (parent === undefined) {
      this.#count(frame)
      return
    }
    parent.children++
    parent.childrenNs += frame.lengthNs
    parent.childrenDeviceNs += frame.selfDeviceNs + frame.childrenDeviceNs
    if (parent.folding) {
      this.#count(parent.folding)
      parent.folding = undefined
    }
    if (parent.children === 1 && parent.name === frame.name) parent.folding = frame
    else this.#count(frame)
  }

  /** Adds a call to its row; the frame is over. */
  #count(frame: Frame): void {
    this.#free.push(frame)
    if (this.#rule.rows[frame.category] === 0) return
    const sum = this.#totalsOf(frame)
    sum.count++
    sum.selfCpuNs += frame.lengthNs - frame.childrenNs
    sum.totalCpuNs += frame.lengthNs
    sum.selfDeviceNs += frame.selfDeviceNs
    sum.totalDeviceNs += frame.selfDeviceNs + frame.childrenDeviceNs
  }

  #totalsOf({ name, shapes, category }: Frame): Totals {
    const isAnnotation = category !== CATEGORY.op
    let rows = this.#totals.get(shapes)
    if (rows === undefined) {
      rows = new Map()
      this.#totals.set(shapes, rows)
    }
    const key = name * 2 + (isAnnotation ? 1 : 0)
    const known = rows.get(key)
    if (known) return known
    const sum: Totals = { name, shapes, count: 0, selfCpuNs: 0, totalCpuNs: 0, selfDeviceNs: 0, totalDeviceNs: 0 }
    rows.set(key, sum)
    return sum
  }
}
