import { type Lane, LEAF_FANOUT, TREE_FANOUT } from './define.ts'
import { drawCounter } from './query-counter.ts'
import type { WindowColumns, WindowRows } from './query-rows.ts'
import { type CounterLane, counterLanes, type WindowSource } from './query-source.ts'
import { Nodes } from './tree.ts'

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
  const { rows } = source.buffers
  rows.clear()
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

  /** Nodes [first, end) of a level. Runs of nodes too wide for one row are opened together. */
  #descend(lane: Lane, level: number, first: number, end: number): void {
    const nodes = this.#read(lane, level, first, end - first)
    const canOpen = level > 0 || this.#source.hasSlices(lane)
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
      if (!outside) this.#addNode(nodes, at, fromNs, toNs)
    }
    if (wideFrom >= 0) this.#open(lane, level, first + wideFrom, end)
  }

  #open(lane: Lane, level: number, first: number, end: number): void {
    const below = level === 0 ? lane.count : (lane.levels[level - 1]?.nodes ?? 0)
    const fanout = level === 0 ? LEAF_FANOUT : TREE_FANOUT
    const [from, to] = [first * fanout, Math.min(below, end * fanout)]
    if (level === 0) this.#addSlices(lane.first + from, to - from)
    else this.#descend(lane, level - 1, from, to)
  }

  /** Those that touch the window. */
  #addSlices(first: number, count: number): void {
    const { leaves } = this.#source.buffers
    this.#source.readSlices(leaves, first, count)
    for (let at = 0; at < count; at++) {
      const fromNs = leaves.startNs(at)
      if (fromNs >= this.#endNs) return
      const durationNs = leaves.durationNs(at)
      const toNs = fromNs + durationNs
      if (toNs < this.#startNs || (toNs === this.#startNs && fromNs < toNs)) continue
      this.#add(fromNs, toNs, durationNs, 1, durationNs, first + at, leaves.name(at), leaves.category(at))
    }
  }

  #read(lane: Lane, level: number, first: number, count: number): Nodes {
    const buffers = this.#source.buffers.nodes
    let nodes = buffers[level]
    if (nodes === undefined) {
      nodes = new Nodes(count)
      buffers[level] = nodes
    }
    this.#source.readNodes(nodes, (lane.levels[level]?.firstNode ?? 0) + first, count)
    return nodes
  }

  #addNode(nodes: Nodes, at: number, fromNs: number, toNs: number): void {
    this.#add(
      fromNs,
      toNs,
      nodes.busyNs(at),
      nodes.count(at),
      nodes.longestNs(at),
      nodes.longest(at),
      nodes.name(at),
      nodes.category(at),
    )
  }

  #add(
    fromNs: number,
    toNs: number,
    busyNs: number,
    count: number,
    longestNs: number,
    longest: number,
    name: number,
    category: number,
  ): void {
    const joins = this.#count > 0 && toNs - this.#from <= this.#pixelNs
    if (!joins) {
      this.#flush()
      this.#from = fromNs
      this.#busyNs = 0
    }
    if (!joins || longestNs > this.#longestNs) {
      this.#longestNs = longestNs
      this.#longest = longest
      this.#name = name
      this.#category = category
    }
    this.#to = toNs
    this.#busyNs += busyNs
    this.#count += count
  }

  #flush(): void {
    if (this.#count === 0) return
    const spanNs = this.#to - this.#from
    const busy = spanNs > 0 ? this.#busyNs / spanNs : 1
    this.#rows.push(this.#lane, this.#from, this.#to, this.#name, this.#category, this.#count, busy, this.#longest)
    this.#count = 0
  }
}
