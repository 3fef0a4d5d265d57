import type { IndexedTrack, IndexManifest, Lane, TraceIndex } from './define.ts'

/** A thread of the traced program: every track that shows what it did (calls, NVTX ranges, OS calls). */
export interface Thread {
  tracks: IndexedTrack[]
  lanes: Lane[]
  /** Of ranges that the thread began and that follow no nesting: NVTX start/end. */
  asyncLanes: Lane[]
}

export interface Threads {
  all: Thread[]
  /** By track index; none for tracks of a device. */
  ofTrack: ReadonlyMap<number, Thread>
}

function lanesOf(manifest: IndexManifest, track: IndexedTrack): Lane[] {
  return track.lanes.flatMap(lane => manifest.lanes[lane] ?? [])
}

/** Lanes of all tracks, or of some. */
export function lanesOfTracks({ manifest }: TraceIndex, tracks?: ReadonlySet<number>): Lane[] {
  return manifest.lanes.filter(lane => tracks?.has(lane.track) ?? true)
}

/** @param tracks only these; absent: all */
export function threadsOf({ manifest }: TraceIndex, tracks?: ReadonlySet<number>): Threads {
  const byKey = new Map<string, Thread>()
  const ofTrack = new Map<number, Thread>()
  for (const track of manifest.tracks) {
    if (track.device !== undefined || track.kind === 'counter' || !(tracks?.has(track.index) ?? true)) continue
    const key =
      track.threadId === undefined ? `track ${track.index}` : JSON.stringify([track.processId ?? '', track.threadId])
    const thread = byKey.get(key) ?? { tracks: [], lanes: [], asyncLanes: [] }
    byKey.set(key, thread)
    thread.tracks.push(track)
    ;(track.kind === 'async' ? thread.asyncLanes : thread.lanes).push(...lanesOf(manifest, track))
    ofTrack.set(track.index, thread)
  }
  return { all: [...byKey.values()], ofTrack }
}

const DEVICE_ANNOTATIONS = new Set(['gpu-annotation', 'gpu-sync', 'counter', 'async'])

/** Lanes with work of each device, by its id. */
export function deviceLanesOf({ manifest }: TraceIndex, tracks?: ReadonlySet<number>): Map<number, Lane[]> {
  const byDevice = new Map<number, Lane[]>()
  for (const track of manifest.tracks) {
    if (track.device === undefined || DEVICE_ANNOTATIONS.has(track.kind) || !(tracks?.has(track.index) ?? true))
      continue
    if (track.lanes.length === 0) continue
    const lanes = byDevice.get(track.device) ?? []
    byDevice.set(track.device, lanes)
    lanes.push(...lanesOf(manifest, track))
  }
  return new Map([...byDevice].toSorted(([a], [b]) => a - b))
}
