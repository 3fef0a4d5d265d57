import type { TrackSpec } from '#domain/trace-feed.ts'

/** How busy a track is over time, while the trace is still being read: enough for a first picture. */
export interface TracePreview {
  startNs: number
  bucketNs: number
  tracks: { kind: string; title: string; group: string; device?: number; slices: number; busy: Float32Array }[]
}

const BUCKETS = 512
const FIRST_BUCKET_NS = 1000
/** Beyond this a picture shows no more tracks anyway. */
const MOST_TRACKS = 1000

/** Busy time of every track in buckets that double in width as the trace grows. */
export class PreviewDensity {
  #originNs: number | undefined
  #bucketNs = FIRST_BUCKET_NS
  readonly #busyNs: (Float32Array | undefined)[] = []
  readonly #slices: number[] = []

  add(track: number, startNs: number, durationNs: number): void {
    if (track >= MOST_TRACKS) return
    if (this.#originNs === undefined) this.#originNs = startNs
    const endNs = startNs + durationNs
    while (startNs < this.#originNs) {
      this.#originNs -= this.#bucketNs * BUCKETS
      this.#fold(BUCKETS / 2)
    }
    while (endNs >= this.#originNs + this.#bucketNs * BUCKETS) this.#fold(0)
    let busy = this.#busyNs[track]
    if (busy === undefined) {
      busy = new Float32Array(BUCKETS)
      this.#busyNs[track] = busy
    }
    this.#slices[track] = (this.#slices[track] ?? 0) + 1
    const first = Math.floor((startNs - this.#originNs) / this.#bucketNs)
    const last = Math.floor((endNs - this.#originNs) / this.#bucketNs)
    if (first === last) {
      busy[first] = (busy[first] ?? 0) + durationNs
      return
    }
    for (let bucket = first; bucket <= last; bucket++) {
      const fromNs = Math.max(startNs, this.#originNs + bucket * this.#bucketNs)
      const toNs = Math.min(endNs, this.#originNs + (bucket + 1) * this.#bucketNs)
      busy[bucket] = (busy[bucket] ?? 0) + toNs - fromNs
    }
  }

  /** Shares 0..1; nested slices count more than once, so 1 is "busy", not "once". */
  picture(specs: readonly TrackSpec[]): TracePreview {
    const tracks: TracePreview['tracks'] = []
    specs.forEach(({ kind, title, group, device }, track) => {
      const busyNs = this.#busyNs[track]
      if (busyNs === undefined) return
      const busy = busyNs.map(ns => Math.min(1, ns / this.#bucketNs))
      const slices = this.#slices[track] ?? 0
      tracks.push({ kind, title, group, ...(device === undefined ? {} : { device }), slices, busy })
    })
    return { startNs: this.#originNs ?? 0, bucketNs: this.#bucketNs, tracks }
  }

  /** Twice the width: pairs of buckets become one, from bucket `into` on. */
  #fold(into: number): void {
    for (const busy of this.#busyNs) {
      if (busy === undefined) continue
      const folded = new Float32Array(BUCKETS)
      for (let bucket = 0; bucket < BUCKETS / 2; bucket++)
        folded[into + bucket] = (busy[bucket * 2] ?? 0) + (busy[bucket * 2 + 1] ?? 0)
      busy.set(folded)
    }
    this.#bucketNs *= 2
  }
}
