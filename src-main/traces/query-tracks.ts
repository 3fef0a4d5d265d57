import type { TraceTrack } from '#domain/trace.ts'
import { counterLanes, type WindowSource } from './query-source.ts'

/** The rows of the timeline; a counter has one lane, numbered after all others (`counterLanes`). */
export function timelineTracks(source: Pick<WindowSource, 'tracks' | 'lanes'>): TraceTrack[] {
  const counters = new Map(counterLanes(source).map(lane => [lane.track, lane]))
  return source.tracks.map(({ index, kind, title, group, device, slices, lanes, unit }) => {
    const counter = counters.get(index)
    const own = lanes.map(lane => ({ index: lane, slices: source.lanes[lane]?.count ?? 0 }))
    if (counter !== undefined) own.push({ index: counter.index, slices: counter.count })
    return {
      index,
      kind,
      title,
      group,
      ...(device === undefined ? {} : { device }),
      slices,
      lanes: own,
      ...(unit === undefined ? {} : { unit }),
      ...(counter === undefined ? {} : { maxValue: counter.scale }),
    }
  })
}
