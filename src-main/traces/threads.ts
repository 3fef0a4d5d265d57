import type { IndexedTrack, Lane, TraceIndex } from './define.ts'

/** A thread of the traced program: every track that shows what it did (calls, NVTX ranges, OS calls). */
export interface Thread {
  tracks: IndexedTrack[]
  lanes: Lane[]
}

const NOT_A_THREAD = new Set(['counter', 'async'])

export interface Threads {
  all: Thread[]
  /** By track index; none for tracks of a device. */
  ofTrack: ReadonlyMap<number, Thread>
}

/** @param tracks only these; absent: all */
export function threadsOf({ manifest }: TraceIndex, tracks?: ReadonlySet<number>): Threads {
  const byKey = new Map<string, Thread>()
  const ofTrack = new Map<number, Thread>()
  for (const track of manifest.tracks) {
    if (track.device !== undefined || NOT_A_THREAD.has(track.kind) || !(tracks?.has(track.index) ?? true)) continue
    const key =
      track.threadId === undefined ? `track ${track.index}` : JSON.stringify([track.processId ?? '', track.threadId])
    const thread = byKey.get(key) ?? { tracks: [], lanes: [] }
    byKey.set(key, thread)
    thread.tracks.push(track)
    for (const lane of track.lanes) {
      const found = manifest.lanes[lane]
      if (found) thread.lanes.push(found)
    }
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
    const lanes = byDevice.get(track.device) ?? []
    byDevice.set(track.device, lanes)
    for (const lane of track.lanes) {
      const found = manifest.lanes[lane]
      if (found) lanes.push(found)
    }
  }
  return new Map([...byDevice].toSorted(([a], [b]) => a - b))
}
