import { CATEGORY, SLICE_CATEGORIES, type SliceCategory } from '../../src-main/domain/trace-category.ts'
import type { DeviceSpec, TrackSpec } from '../../src-main/domain/trace-feed.ts'
import type {
  ColumnOf,
  IndexManifest,
  Lane,
  LaunchFacts,
  SliceColumn,
  TraceIndex,
} from '../../src-main/traces/define.ts'

export interface TimelineSlice {
  track: number
  startNs: number
  endNs: number
  category: SliceCategory
  name: string
  /** The call that launched it. */
  launchedBy?: TimelineSlice
  /** The op it was done for. */
  op?: TimelineSlice
  shapes?: string
  bytes?: number
  id: number
}

/** A trace drawn by hand, as an index in memory: small, plain and made apart from the builder it stands in for. */
export class Timeline {
  readonly tracks: TrackSpec[] = []
  readonly devices: DeviceSpec[] = []
  readonly slices: TimelineSlice[] = []
  readonly launchFacts: (Omit<LaunchFacts, 'name'> & { name: string })[] = []
  kernelNsByBlocks: number[] = []
  readonly samples = new Map<number, number[]>()

  track(spec: Partial<TrackSpec> & { kind: string }): number {
    return this.tracks.push({ title: spec.kind, group: '', ...spec }) - 1
  }

  thread(threadId = '1'): number {
    return this.track({ kind: 'thread', processId: '1', threadId })
  }

  stream(device = 0, stream = '7'): number {
    return this.track({ kind: 'stream', device, stream })
  }

  add(
    track: number,
    category: SliceCategory,
    name: string,
    startNs: number,
    endNs: number,
    more: Partial<TimelineSlice> = {},
  ): TimelineSlice {
    const slice = { track, category, name, startNs, endNs, id: -1, ...more }
    this.slices.push(slice)
    return slice
  }

  index(): TraceIndex {
    const names = ['']
    const nameId = (text: string): number => {
      const known = names.indexOf(text)
      return known > 0 ? known : names.push(text) - 1
    }
    const lanes: Lane[] = []
    const order: TimelineSlice[] = []
    const lanesOfTrack = this.tracks.map((_, track) => {
      const open: TimelineSlice[][] = []
      const sorted = this.slices
        .filter(slice => slice.track === track)
        .sort((a, b) => a.startNs - b.startNs || b.endNs - a.endNs)
      for (const slice of sorted) {
        // Below everything that is still open, so that what nests lies deeper.
        let depth = open.length
        while (depth > 0 && (open[depth - 1]?.at(-1)?.endNs ?? 0) <= slice.startNs) depth--
        const lane = open[depth] ?? []
        open[depth] = lane
        lane.push(slice)
      }
      return open.map((slices, depth) => {
        lanes.push({
          index: lanes.length,
          track,
          depth,
          first: order.length,
          count: slices.length,
          startNs: Math.min(...slices.map(s => s.startNs)),
          endNs: Math.max(...slices.map(s => s.endNs)),
          levels: [],
        })
        for (const slice of slices) slice.id = order.push(slice) - 1
        return lanes.length - 1
      })
    })
    const work = order.filter(slice => CATEGORY[slice.category] >= CATEGORY.kernel && slice.category !== 'gpu-sync')
    const measured = order.filter(slice => slice.category !== 'overhead')
    const columns: { [C in SliceColumn]: ColumnOf<C> } = {
      start: Float64Array.from(order, s => s.startNs),
      duration: Float64Array.from(order, s => s.endNs - s.startNs),
      name: Uint32Array.from(order, s => nameId(s.name)),
      category: Uint8Array.from(order, s => CATEGORY[s.category]),
      link: Uint32Array.from(order, s => (s.launchedBy ? s.launchedBy.id + 1 : 0)),
      detail: Uint32Array.from(order, s => (s.op ? s.op.id + 1 : s.shapes === undefined ? 0 : nameId(s.shapes))),
      source: Float64Array.from(order, () => 0),
    }
    const manifest: IndexManifest = {
      version: 1,
      origin: { tool: 'torch.profiler', facts: {} },
      devices: this.devices,
      tracks: this.tracks.map((spec, index) => ({
        ...spec,
        index,
        lanes: lanesOfTrack[index] ?? [],
        slices: order.filter(slice => slice.track === index).length,
      })),
      lanes,
      slices: order.length,
      names: names.length - 1,
      nodes: 0,
      events: order.length,
      byCategory: SLICE_CATEGORIES.map(category => order.filter(slice => slice.category === category).length),
      linked: work.filter(slice => slice.launchedBy).length,
      unlinked: work.filter(slice => !slice.launchedBy).length,
      unread: [],
      notices: [],
      launchFacts: this.launchFacts.map(facts => ({ ...facts, name: nameId(facts.name) })),
      kernelNsByBlocks: this.kernelNsByBlocks,
      copies: order.filter(slice => slice.bytes !== undefined).length,
      startNs: Math.min(...measured.map(slice => slice.startNs)),
      endNs: Math.max(...measured.map(slice => slice.endNs)),
      partial: false,
    }
    const laneOf = (slice: number): Lane => {
      const lane = lanes.find(({ first, count }) => slice >= first && slice < first + count)
      if (!lane) throw new RangeError(`no slice ${slice}`)
      return lane
    }
    return {
      manifest,
      name: id => names[id] ?? '',
      namesWhere: matches => names.flatMap((name, id) => (id > 0 && matches(name) ? [id] : [])),
      read: <C extends SliceColumn>(column: C, first: number, count: number): ColumnOf<C> =>
        columns[column].slice(first, first + count) as ColumnOf<C>,
      readInto: <C extends SliceColumn>(column: C, first: number, count: number, into: ColumnOf<C>) =>
        into.set(columns[column].subarray(first, first + count)),
      at: (column, slice) => columns[column][slice] ?? 0,
      laneOf,
      within: (lane, startNs, endNs) => {
        const of = order.slice(lane.first, lane.first + lane.count)
        const from = of.findIndex(slice => slice.endNs > startNs || slice.startNs >= startNs)
        if (from < 0) return { from: lane.first + lane.count, to: lane.first + lane.count }
        const past = of.findIndex(slice => slice.startNs >= endNs)
        return { from: lane.first + from, to: lane.first + Math.max(past < 0 ? lane.count : past, from) }
      },
      launchedBy: call => order.filter(slice => slice.launchedBy?.id === call).map(slice => slice.id),
      bytesOf: slice => order[slice]?.bytes ?? Number.NaN,
      samplesOf: track => Float64Array.from(this.samples.get(track) ?? []),
    }
  }
}
