import type { DeviceSpec, TraceSink, TrackSpec } from '#domain/trace-feed.ts'
import { known } from './feed.ts'

const PIDS = 2 ** 24
const MAX_TRACKS = 5000

export interface ProcessNames {
  /** By process scope (globalPid >> 24). */
  processes: ReadonlyMap<number, string>
  /** By scope, then thread id. */
  threads: ReadonlyMap<number, ReadonlyMap<number, string>>
}

/** Makes tracks as rows need them; a track is looked up by numbers, without building its key. */
export class Tracks {
  readonly #sink: TraceSink
  readonly #names: ProcessNames
  readonly #devices: ReadonlyMap<number, DeviceSpec>
  readonly #toldDevices = new Set<number>()
  readonly #threads = new Map<string, Map<number, Map<number, number>>>()
  readonly #streams = new Map<number, StreamTrack[]>()
  /** Rows of one thread mostly follow each other. */
  #lastThread = { kind: '', scope: Number.NaN, thread: Number.NaN, prefix: '', track: 0 }
  #made = 0

  constructor(sink: TraceSink, names: ProcessNames, devices: ReadonlyMap<number, DeviceSpec>) {
    this.#sink = sink
    this.#names = names
    this.#devices = devices
  }

  /** "python (4242)"; before 2022 processes have no names of their own, their main threads do. */
  processTitle(scope: number): string {
    const pid = scope % PIDS
    const name = this.#names.processes.get(scope) ?? this.#names.threads.get(scope)?.get(pid)
    return name === undefined ? `process ${pid}` : `${name.slice(name.lastIndexOf('/') + 1)} (${pid})`
  }

  /** What a thread does of one kind: its calls, its NVTX ranges, its system calls. NaN: the trace does not tell. */
  ofThread(kind: string, scope: number, thread: number, prefix = ''): number {
    const last = this.#lastThread
    if (last.thread === thread && last.scope === scope && last.kind === kind && last.prefix === prefix)
      return last.track
    const variant = prefix === '' ? kind : `${kind}/${prefix}`
    const byScope = known(this.#threads, variant, () => new Map<number, Map<number, number>>())
    const byThread = known(byScope, scope, () => new Map<number, number>())
    const track = known(byThread, thread, () => {
      if (++this.#made > MAX_TRACKS) return this.#crowd(kind)
      return this.#sink.track(`${variant}/${scope}/${thread}`, this.#threadSpec(kind, scope, thread, prefix))
    })
    this.#lastThread = { kind, scope, thread, prefix, track }
    return track
  }

  /** Work of a device in a stream; `kind` 'stream' or 'gpu-sync'. */
  ofStream(kind: string, scope: number, device: number, context: number, stream: number): number {
    const same = this.#streams.get(stream)
    if (same !== undefined) {
      for (const track of same) {
        if (
          Object.is(track.device, device) &&
          Object.is(track.scope, scope) &&
          Object.is(track.context, context) &&
          track.kind === kind
        ) {
          return track.track
        }
      }
    }
    if (++this.#made > MAX_TRACKS) return this.#crowd(kind)
    const made: StreamTrack = { kind, scope, device, context, stream, track: 0 }
    made.track = this.#tellStream(made, '')
    if (same === undefined) this.#streams.set(stream, [made])
    else same.push(made)
    return made.track
  }

  /** A counter of a device or process. */
  counter(key: string, title: string, group: string, unit: string | undefined, device?: number): number {
    if (device !== undefined) this.#tellDevice(device)
    return this.#sink.track(key, {
      kind: 'counter',
      title,
      group,
      ...(unit === undefined ? {} : { unit }),
      ...(device === undefined ? {} : { device }),
    })
  }

  /** Titles that needed to know all tracks: streams of several processes or contexts on one device. */
  finish(): void {
    const all = [...this.#streams.values()].flat()
    for (const track of all) {
      const onDevice = all.filter(other => other.device === track.device && other.kind === track.kind)
      const manyProcesses = onDevice.some(other => !Object.is(other.scope, track.scope))
      const twins = onDevice.some(
        other => other !== track && other.stream === track.stream && Object.is(other.scope, track.scope),
      )
      const suffix = [
        twins ? `context ${track.context}` : '',
        manyProcesses ? this.processTitle(track.scope) : '',
      ].filter(Boolean)
      if (suffix.length > 0) this.#tellStream(track, ` · ${suffix.join(' · ')}`)
    }
  }

  /** No program has that many threads and streams: ids are damaged, and their events still want a place. */
  #crowd(kind: string): number {
    return this.#sink.track(`${kind}/crowd`, { kind, title: `more than ${MAX_TRACKS} tracks`, group: 'unknown' })
  }

  #threadSpec(kind: string, scope: number, thread: number, prefix: string): TrackSpec {
    const name = this.#names.threads.get(scope)?.get(thread)
    const title = Number.isNaN(thread) ? 'unknown thread' : `${name ?? 'thread'} ${thread}`
    return {
      kind,
      title: prefix === '' ? title : `${prefix} · ${title}`,
      group: Number.isNaN(scope) ? 'unknown process' : this.processTitle(scope),
      ...(Number.isNaN(scope) ? {} : { processId: String(scope % PIDS) }),
      ...(Number.isNaN(thread) ? {} : { threadId: String(thread) }),
      linkScope: String(scope),
    }
  }

  #tellStream({ kind, scope, device, context, stream }: StreamTrack, suffix: string): number {
    const hasDevice = Number.isSafeInteger(device) && device >= 0
    if (hasDevice) this.#tellDevice(device)
    // 2^32 − 1 and 0 with synchronisation: of the whole context, not of one stream.
    const isWhole = Number.isNaN(stream) || (kind === 'gpu-sync' && (stream === 4_294_967_295 || stream === 0))
    const what = isWhole ? 'all streams' : `stream ${stream}`
    return this.#sink.track(`${kind}/${scope}/${device}/${context}/${stream}`, {
      kind,
      title: (kind === 'gpu-sync' ? `synchronisation, ${what}` : what) + suffix,
      group: hasDevice ? `GPU ${device}` : 'unknown GPU',
      ...(Number.isNaN(scope) ? {} : { processId: String(scope % PIDS) }),
      ...(hasDevice ? { device } : {}),
      ...(isWhole ? {} : { stream: String(stream) }),
      linkScope: String(scope),
    })
  }

  #tellDevice(id: number): void {
    if (this.#toldDevices.has(id)) return
    this.#toldDevices.add(id)
    this.#sink.device(this.#devices.get(id) ?? { id })
  }
}

interface StreamTrack {
  kind: string
  scope: number
  device: number
  context: number
  stream: number
  track: number
}
