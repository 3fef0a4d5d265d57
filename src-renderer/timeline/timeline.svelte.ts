import { SvelteSet } from 'svelte/reactivity'
import type { SliceDetail, TraceTrack } from '#domain/trace.ts'
import { GapStore } from './gap-store.ts'
import { NameStore } from './name-store.ts'
import { readable } from './name-text.ts'
import { groupKey, layRows, type Row, trackKey } from './rows.ts'
import { type FetchCells, TileStore } from './tiles.ts'
import { between, fitted, inside, pan, reveal, spanNs, type Viewport, wholeTrace, zoom } from './viewport.ts'

/** When a device had nothing to do; `reason` is a position in IDLE_REASONS. */
export interface Gaps {
  startNs: Float64Array
  endNs: Float64Array
  reason: Uint8Array
}

/** Where a timeline gets what it draws: the engine, or a test. */
export interface TimelineSource {
  cells: FetchCells
  names(ids: number[]): Promise<string[]>
  gaps(request: Viewport & { device: number; leastNs: number }, signal: AbortSignal): Promise<Gaps>
  slice(slice: number): Promise<SliceDetail>
  at(lane: number, atNs: number): Promise<number | undefined>
  beside(slice: number, direction: 'next' | 'previous'): Promise<number | undefined>
}

const ZOOM_STEP = 0.6
const PAN_STEP = 0.15
const MOVE_MS = 140
/** Tracks deeper than this leave no room for others. */
const DEEP_LANES = 10
const MOST_PINNED = 4
/** Keys pressed faster than the engine answers; those beyond are dropped. */
const MOST_WAITING = 8
/** More groups than this start folded, so that the first picture is a picture. */
const OPEN_GROUPS = 12

/** What a timeline shows and what is chosen in it; knows no canvas. */
export class TimelineState {
  readonly #source: TimelineSource
  readonly store: TileStore
  readonly names: NameStore
  readonly gaps: GapStore
  readonly trace: Viewport
  readonly tracks: readonly TraceTrack[]
  readonly collapsed = new SvelteSet<string>()
  readonly pinned = new SvelteSet<string>()
  /** Tracks drawn to their full depth. */
  readonly wide = new SvelteSet<string>()

  filter = $state('')
  view = $state.raw<Viewport>({ startNs: 0, endNs: 1 })
  /** Counts up when something arrived that must be drawn. */
  arrived = $state(0)
  error = $state.raw<unknown>()
  /** The chosen slice, with all that is known of it once it has come. */
  slice = $state<number>()
  detail = $state.raw<SliceDetail>()
  /** A stretch of time that figures are asked for. */
  range = $state.raw<Viewport>()
  marks = $state.raw<readonly Viewport[]>([])
  /** Under the pointer. */
  hoverNs = $state<number>()
  /** Slices of this name are drawn as they are, the others faded. */
  highlight = $state<string>()
  /** Where searched slices start, in order. */
  hits = $state.raw<Float64Array>(new Float64Array())
  /** Of the canvases; set by who draws them. */
  widthPx = $state(0)

  readonly rows = $derived.by(() =>
    layRows(this.tracks, {
      collapsed: this.collapsed,
      pinned: this.pinned,
      wide: this.wide,
      filter: this.filter.trim().toLowerCase(),
    }),
  )

  #target: Viewport | undefined
  #moves: Promise<void> = Promise.resolve()
  #waiting = 0
  #frame = 0

  constructor(source: TimelineSource, trace: Viewport, tracks: readonly TraceTrack[]) {
    this.#source = source
    this.trace = trace
    this.tracks = tracks.map(track => ({ ...track, title: readable(track.title), group: readable(track.group) }))
    const arrived = () => void this.arrived++
    const failed = (thrown: unknown) => {
      this.error = thrown
    }
    this.store = new TileStore((request, signal) => source.cells(request, signal), arrived, failed)
    this.names = new NameStore(ids => source.names(ids), arrived, failed)
    this.gaps = new GapStore((request, signal) => source.gaps(request, signal), arrived, failed)
    this.view = wholeTrace(trace)
    const groups = [...new Set(this.tracks.map(({ group }) => group))]
    for (const group of groups.slice(OPEN_GROUPS)) this.collapsed.add(groupKey(group))
    if (this.tracks.some(({ lanes }) => lanes.length > DEEP_LANES)) this.#pinDevices()
  }

  /** Times are shown from the start of the trace: its own base lies anywhere. */
  fromStart(ns: number): number {
    return ns - this.trace.startNs
  }

  /** Where a smooth way leads, else where the view is: what is worth asking for. */
  get destination(): Viewport {
    return this.#target ?? this.view
  }

  // Moving. Every way is smooth unless the user asked for less motion; the next key goes on from the last target.

  zoomBy(factor: number, atNs?: number): void {
    const from = this.#target ?? this.view
    this.#moveTo(zoom(from, factor, atNs ?? this.#anchor(from), this.trace))
  }

  zoomIn(): void {
    this.zoomBy(ZOOM_STEP)
  }

  zoomOut(): void {
    this.zoomBy(1 / ZOOM_STEP)
  }

  panBy(share: number): void {
    this.#moveTo(pan(this.#target ?? this.view, share, this.trace))
  }

  panLeft(): void {
    this.panBy(-PAN_STEP)
  }

  panRight(): void {
    this.panBy(PAN_STEP)
  }

  /** At once: follows a pointer or wheel. */
  jumpTo(view: Viewport): void {
    this.stop()
    this.view = inside(view, this.trace)
  }

  showAll(): void {
    this.#moveTo(wholeTrace(this.trace))
  }

  /** Fits the chosen slice, else the range, else everything. */
  focus(): void {
    const what = this.chosenSpan
    if (what === undefined) this.showAll()
    else this.#moveTo(fitted(what, this.trace))
  }

  stop(): void {
    cancelAnimationFrame(this.#frame)
    this.#target = undefined
  }

  /** Nothing is asked for any more. */
  close(): void {
    this.stop()
    this.store.clear()
    this.gaps.stop()
  }

  // Choosing.

  /** @param show also brings it into view */
  async choose(slice: number, { show = false, zoomTo = false } = {}): Promise<void> {
    this.slice = slice
    await this.#trying(async () => {
      const detail = readableDetail(await this.#source.slice(slice))
      if (this.slice !== slice) return // another was chosen meanwhile
      this.detail = detail
      if (show || zoomTo) this.#bring(detail, zoomTo)
    })
  }

  /** The slice at a place that the tiles draw too coarsely to know it. */
  async chooseAt(lane: number, atNs: number): Promise<void> {
    await this.#trying(async () => {
      const slice = await this.#source.at(lane, atNs)
      if (slice === undefined) this.drop()
      else await this.choose(slice)
    })
  }

  /** Moves from slice to slice happen one after the other: the next key goes on from where the last one led. */
  async inTurn(move: () => Promise<void>): Promise<void> {
    if (this.#waiting >= MOST_WAITING) return
    this.#waiting++
    this.#moves = this.#moves.then(move).finally(() => void this.#waiting--)
    await this.#moves
  }

  async step(direction: 'next' | 'previous'): Promise<void> {
    await this.inTurn(async () => {
      const from = this.slice
      if (from === undefined) return
      await this.#trying(async () => {
        const slice = await this.#source.beside(from, direction)
        if (slice !== undefined) await this.choose(slice, { show: true })
      })
    })
  }

  /** Along the arrows: to what the slice launched or belongs to, or back. */
  async follow(direction: 'next' | 'previous'): Promise<void> {
    await this.inTurn(async () => {
      const { detail } = this
      if (detail === undefined) return
      const later = direction === 'next'
      const links = detail.links.filter(link =>
        later ? link.startNs >= detail.startNs : link.startNs <= detail.startNs,
      )
      const link = links.toSorted((a, b) => (later ? a.startNs - b.startNs : b.startNs - a.startNs))[0]
      if (link) await this.choose(link.slice, { show: true })
    })
  }

  select(range: Viewport): void {
    const [startNs, endNs] = [Math.min(range.startNs, range.endNs), Math.max(range.startNs, range.endNs)]
    this.range = { startNs: Math.max(startNs, this.trace.startNs), endNs: Math.min(endNs, this.trace.endNs) }
    this.slice = undefined
    this.detail = undefined
  }

  /** Span of the chosen slice, else the range. */
  get chosenSpan(): Viewport | undefined {
    return this.detail ? spanOf(this.detail) : this.range
  }

  /** Keeps the span of the chosen slice, or the range, drawn over all tracks. */
  mark(): void {
    const what = this.chosenSpan
    if (what === undefined) return
    const same = (each: Viewport) => each.startNs === what.startNs && each.endNs === what.endNs
    this.marks = this.marks.some(same) ? this.marks.filter(each => !same(each)) : [...this.marks, what]
  }

  /** One thing at a time: the chosen slice, then the highlighted name, then the range. */
  clear(): void {
    if (this.slice !== undefined) this.drop()
    else if (this.highlight !== undefined) this.highlight = undefined
    else this.range = undefined
  }

  /** No slice is chosen any more. */
  drop(): void {
    this.slice = undefined
    this.detail = undefined
  }

  toggle(row: Pick<Row, 'key'>): void {
    if (!this.collapsed.delete(row.key)) this.collapsed.add(row.key)
  }

  togglePin(row: Pick<Row, 'key'>): void {
    if (!this.pinned.delete(row.key)) this.pinned.add(row.key)
  }

  // What is behind it.

  /** A deep stack of Python would push the devices out of sight: the busiest stream of each stays above it. */
  #pinDevices(): void {
    const streams = this.tracks.filter(({ kind, slices }) => kind === 'stream' && slices > 0)
    const byDevice = [...Map.groupBy(streams, ({ device }) => device).values()].slice(0, MOST_PINNED)
    for (const own of byDevice) {
      const [busiest] = own.toSorted((a, b) => b.slices - a.slices)
      if (busiest) this.pinned.add(trackKey(busiest))
    }
  }

  #bring(detail: SliceDetail, zoomTo: boolean): void {
    const track = this.tracks[detail.track]
    if (track) {
      this.filter = ''
      this.collapsed.delete(groupKey(track.group))
      this.collapsed.delete(trackKey(track))
      const isDrawn = [...this.rows.pinned, ...this.rows.main].some(({ lanes }) => lanes.includes(detail.lane))
      if (!isDrawn) this.wide.add(trackKey(track))
    }
    const from = this.#target ?? this.view
    const span = spanOf(detail)
    // So small that it would be a hair, or so large that it would be all: then it is fitted.
    const tooSmall = spanNs(span) < spanNs(from) / 400
    this.#moveTo(zoomTo || tooSmall ? fitted(span, this.trace, 2) : reveal(from, span, this.trace))
  }

  #anchor(view: Viewport): number {
    const { hoverNs } = this
    return hoverNs !== undefined && hoverNs >= view.startNs && hoverNs <= view.endNs
      ? hoverNs
      : (view.startNs + view.endNs) / 2
  }

  #moveTo(target: Viewport): void {
    cancelAnimationFrame(this.#frame)
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.view = target
      return
    }
    this.#target = target
    const from = this.view
    let began: number | undefined
    const step = (nowMs: number) => {
      began ??= nowMs
      const share = Math.min(1, (nowMs - began) / MOVE_MS)
      this.view = between(from, target, 1 - (1 - share) ** 3)
      if (share < 1) this.#frame = requestAnimationFrame(step)
      else this.#target = undefined
    }
    this.#frame = requestAnimationFrame(step)
  }

  async #trying(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.error = undefined
    } catch (thrown) {
      this.error = thrown
    }
  }
}

/** Every text of it comes from a file. */
function readableDetail(detail: SliceDetail): SliceDetail {
  return {
    ...detail,
    name: readable(detail.name),
    ...(detail.arguments && {
      arguments: detail.arguments.map(([name, value]): [string, string] => [readable(name), readable(value)]),
    }),
    links: detail.links.map(link => ({ ...link, name: readable(link.name) })),
  }
}

function spanOf({ startNs, durationNs }: Pick<SliceDetail, 'startNs' | 'durationNs'>): Viewport {
  return { startNs, endNs: startNs + durationNs }
}
