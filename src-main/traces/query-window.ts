import { type Lane, LEAF_FANOUT, TREE_FANOUT } from './define.ts'
import { drawCounter } from './query-counter.ts'
import { type WindowColumns, WindowRows } from './query-rows.ts'
import { type CounterLane, counterLanes, type WindowSource } from './query-source.ts'
import { Nodes } from './tree.ts'

/** Rows that room is made for at once. */
const MOST_EXPECTED = 1 << 16

export interface WindowQuery {
  startNs: number
  endNs: number
  widthPx: number
  /** Indices of lanes; those of counters follow all others. One that is none is passed over. */
  lanes: readonly number[]
}

/**
 * What to draw of some lanes in a window: slices wider than a pixel as they are, narrower ones that lie within one
 * pixel's width as one row. At most two rows a pixel and lane, in as many steps, however many slices there are.
 * @returns the columns of contract `traces.window`, rows by lane (as asked), then start
 */
export function windowOf(source: WindowSource, { startNs, endNs, widthPx, lanes }: WindowQuery): WindowColumns {
  const expected = lanes.reduce((sum, lane) => sum + Math.min(widthPx, source.lanes[lane]?.count ?? widthPx), 0)
  const rows = new WindowRows(Math.min(MOST_EXPECTED, expected))
  const drawer = new LaneDrawer(source, rows, { startNs, endNs, pixelNs: (endNs - startNs) / widthPx })
  for (const lane of lanes) drawer.draw(lane)
  return rows.columns()
}

/** A window and how much time one row may merge; with a negative `pixelNs` nothing is merged. */
export interface Scale {
  startNs: number
  endNs: number
  pixelNs: number
}

/** Adds the rows of lanes and counter lanes, one after the other. */
export class LaneDrawer {
  readonly #source: WindowSource
  readonly #counters: readonly CounterLane[]
  readonly #scale: Scale
  readonly #rows: WindowRows
  readonly #startNs: number
  readonly #endNs: number
  readonly #pixelNs: number
  // The row that is being put together.
  #lane = 0
  #from = 0
  #to = 0
  #busyNs = 0
  #count = 0
  #longestNs = 0
  #longest = 0
  #name = 0
  #category = 0

  constructor(source: WindowSource, rows: WindowRows, scale: Scale) {
    this.#source = source
    this.#counters = counterLanes(source)
    this.#rows = rows
    this.#scale = scale
    this.#startNs = scale.startNs
    this.#endNs = scale.endNs
    this.#pixelNs = scale.pixelNs
  }

  /** Nothing for an index that is none. */
  draw(index: number): void {
    if (!(this.#endNs > this.#startNs)) return
    const lane = this.#source.lanes[index]
    const counter = this.#counters[index - this.#source.lanes.length]
    if (lane !== undefined) this.#drawSlices(lane)
    else if (counter !== undefined) drawCounter(this.#source, counter, this.#rows, this.#scale)
  }

  #drawSlices(lane: Lane): void {
    const top = lane.levels.length - 1
    if (top < 0) return
    this.#lane = lane.index
    this.#descend(lane, top, 0, lane.levels[top]?.nodes ?? 0)
    this.#flush()
  }

  /** Nodes [first, end) of a level, −1 for the slices. Runs of nodes too wide for one row are opened together. */
  #descend(lane: Lane, level: number, first: number, end: number): void {
    const nodes = this.#read(lane, level, first, end - first)
    const canOpen = level > 0 || (level === 0 && this.#source.hasSlices(lane))
    let wideFrom = -1
    for (let at = 0; at < end - first; at++) {
      const [fromNs, toNs] = [nodes.startNs(at), nodes.endNs(at)]
      // It ends where the window begins: a slice without duration may be there.
      const endsAtStart = toNs === this.#startNs && fromNs < toNs
      const outside = fromNs >= this.#endNs || toNs < this.#startNs || (endsAtStart && !canOpen)
      if (canOpen && !outside && (toNs - fromNs > this.#pixelNs || endsAtStart)) {
        if (wideFrom < 0) wideFrom = at
        continue
      }
      if (wideFrom >= 0) this.#open(lane, level, first + wideFrom, first + at)
      wideFrom = -1
      if (!outside) this.#add(nodes, at, fromNs, toNs)
    }
    if (wideFrom >= 0) this.#open(lane, level, first + wideFrom, end)
  }

  #open(lane: Lane, level: number, first: number, end: number): void {
    const below = level === 0 ? lane.count : (lane.levels[level - 1]?.nodes ?? 0)
    const fanout = level === 0 ? LEAF_FANOUT : TREE_FANOUT
    this.#descend(lane, level - 1, first * fanout, Math.min(below, end * fanout))
  }

  #read(lane: Lane, level: number, first: number, count: number): Nodes {
    let nodes = this.#source.buffers[level + 1]
    if (nodes === undefined) {
      nodes = new Nodes(count)
      this.#source.buffers[level + 1] = nodes
    }
    if (level < 0) this.#source.readSlices(nodes, lane.first + first, count)
    else this.#source.readNodes(nodes, (lane.levels[level]?.firstNode ?? 0) + first, count)
    return nodes
  }

  #add(nodes: Nodes, at: number, fromNs: number, toNs: number): void {
    const longestNs = nodes.longestNs(at)
    const joins = this.#count > 0 && toNs - this.#from <= this.#pixelNs
    if (!joins) {
      this.#flush()
      this.#from = fromNs
      this.#busyNs = 0
    }
    if (!joins || longestNs > this.#longestNs) {
      this.#longestNs = longestNs
      this.#longest = nodes.longest(at)
      this.#name = nodes.name(at)
      this.#category = nodes.category(at)
    }
    this.#to = toNs
    this.#busyNs += nodes.busyNs(at)
    this.#count += nodes.count(at)
  }

  #flush(): void {
    if (this.#count === 0) return
    const spanNs = this.#to - this.#from
    const busy = spanNs > 0 ? this.#busyNs / spanNs : 1
    this.#rows.push(this.#lane, this.#from, this.#to, this.#name, this.#category, this.#count, busy, this.#longest)
    this.#count = 0
  }
}
