import type { TraceSink, TrackSpec } from '#domain/trace-feed.ts'
import type { EventScanner } from './event-scanner.ts'
import { NUMBER, TEXT } from './fields.ts'
import { plainText } from './json-string.ts'

/** Kinds of tracks of a device. */
const DEVICE_KINDS = { stream: '', 'gpu-annotation': ': ranges', 'gpu-sync': ': waits' } as const
export type DeviceKind = keyof typeof DEVICE_KINDS

/** Beyond, a file is no trace of a program but an attack on memory. */
const MAX_TRACKS = 20_000

interface Cached {
  first: number
  second: number
  track: number
}
const nothing = (): Cached => ({ first: Number.NaN, second: Number.NaN, track: -1 })

/** A stream of a driver that means none: −1, also as an unsigned number. */
const isNoStream = (stream: string) => stream === '-1' || stream === '4294967295'

/**
 * Which track an event belongs to, and what tracks are called. CPU or device is decided by category alone: in a
 * container a process may have a device's number.
 */
export class Tracks {
  readonly #sink: TraceSink
  readonly #processNames = new Map<string, string>()
  readonly #threadNames = new Map<string, string>()
  readonly #deviceNames = new Map<number, string>()
  /** Every track by key, so that names that come later can be told. */
  readonly #known = new Map<string, { track: number; spec: () => TrackSpec }>()
  readonly #lastThread = nothing()
  readonly #lastOf: Record<DeviceKind, Cached> = {
    stream: nothing(),
    'gpu-annotation': nothing(),
    'gpu-sync': nothing(),
  }

  #isStale = false
  hasTooMany = false

  constructor(sink: TraceSink) {
    this.#sink = sink
  }

  /** The thread of the event. */
  thread(event: EventScanner): number {
    const pid = event.numbers[NUMBER.pid] ?? Number.NaN
    const tid = event.numbers[NUMBER.tid] ?? Number.NaN
    const last = this.#lastThread
    if (last.first === pid && last.second === tid) return last.track
    const process = idText(event, TEXT.pid)
    const track = this.threadOf(process, idText(event, TEXT.tid))
    last.first = pid
    last.second = tid
    last.track = track
    return track
  }

  threadOf(process: string, thread: string): number {
    return this.#track(`thread ${process}\n${thread}`, () => ({
      kind: 'thread',
      title: this.#threadNames.get(`${process}\n${thread}`) ?? (thread === '' ? 'events' : `thread ${thread}`),
      group: this.#process(process),
      processId: process,
      threadId: thread,
    }))
  }

  /** What the profiler did besides recording: belongs to no thread. */
  overhead(): number {
    return this.#track('overhead', () => ({ kind: 'thread', title: 'overhead', group: 'Profiler' }))
  }

  /** Work, ranges or waits of a stream of a device. */
  device(kind: DeviceKind, event: EventScanner): number {
    const { numbers } = event
    let device = numbers[NUMBER.device] ?? Number.NaN
    if (Number.isNaN(device)) device = numbers[NUMBER.pid] ?? Number.NaN
    let stream = numbers[NUMBER.stream] ?? Number.NaN
    if (Number.isNaN(stream)) stream = numbers[NUMBER.tid] ?? Number.NaN
    const last = this.#lastOf[kind]
    if (last.first === device && last.second === stream) return last.track
    const track = this.#deviceTrack(kind, device, streamText(event))
    last.first = device
    last.second = stream
    last.track = track
    return track
  }

  #deviceTrack(kind: DeviceKind, device: number, stream: string): number {
    const isDevice = Number.isInteger(device) && device >= 0
    const title = isNoStream(stream) ? 'all streams' : /^\d/.test(stream) ? `stream ${stream}` : stream || 'stream'
    return this.#track(`${kind} ${isDevice ? device : ''}\n${stream}`, () => ({
      kind,
      title: `${title}${DEVICE_KINDS[kind]}`,
      group: isDevice ? this.#device(device) : 'GPU',
      ...(isDevice ? { device } : {}),
      stream,
    }))
  }

  /** Bytes allocated on a device, or on the host. */
  memory(deviceType: number, deviceId: number, isSum: boolean): number {
    const isHost = deviceType === 0 || !(deviceId >= 0)
    return this.#track(`memory ${isHost ? 'host' : `${deviceType}/${deviceId}`}`, () => ({
      kind: 'counter',
      title: isSum ? 'Allocated since the start' : 'Allocated',
      group: isHost ? 'CPU' : this.#device(deviceId),
      ...(isHost ? {} : { device: deviceId }),
      unit: 'bytes',
    }))
  }

  /** A counter a program wrote. */
  counter(process: string, title: string, unit?: string): number {
    return this.#track(`counter ${process}\n${title}`, () => ({
      kind: 'counter',
      title,
      group: this.#process(process),
      processId: process,
      ...(unit === undefined ? {} : { unit }),
    }))
  }

  /** Ranges that belong to no thread, by their category. */
  async(process: string, title: string): number {
    return this.#track(`async ${process}\n${title}`, () => ({
      kind: 'async',
      title,
      group: this.#process(process),
      processId: process,
    }))
  }

  nameProcess(process: string, name: string): void {
    this.#processNames.set(process, name)
    this.#tellAgain()
  }

  /** Kineto names the rows of streams as threads ("stream 7 ") of a process with the device's number. */
  nameThread(process: string, thread: string, name: string): void {
    const text = name.trim()
    if (text === '' || /^stream /.test(text)) return
    this.#threadNames.set(`${process}\n${thread}`, text)
    this.#tellAgain()
  }

  nameDevice(device: number, name: string): void {
    this.#deviceNames.set(device, name)
    this.#tellAgain()
  }

  #device(device: number): string {
    const name = this.#deviceNames.get(device) ?? ''
    return name === '' ? `GPU ${device}` : `GPU ${device} (${name})`
  }

  #process(process: string): string {
    const name = this.#processNames.get(process)
    if (name !== undefined) return process === '' ? name : `${name} (${process})`
    return process === '' ? 'process' : /^-?\d/.test(process) ? `process ${process}` : process
  }

  #track(key: string, spec: () => TrackSpec): number {
    const known = this.#known.get(key)
    if (known) return known.track
    if (this.#known.size >= MAX_TRACKS) return this.#more(spec().kind)
    const track = this.#sink.track(key, spec())
    this.#known.set(key, { track, spec })
    return track
  }

  /** One track for all that are too many. */
  #more(kind: string): number {
    this.hasTooMany = true
    return this.#sink.track(`more ${kind}`, { kind, title: 'more', group: 'More than can be shown' })
  }

  #tellAgain(): void {
    this.#isStale = this.#known.size > 0
  }

  /** Tells names that came after their tracks. */
  end(): void {
    if (!this.#isStale) return
    for (const [key, { spec }] of this.#known) this.#sink.track(key, spec())
  }
}

/** An id as text: a number as written, a word without its quotes. */
export function idText(event: EventScanner, field: number): string {
  const from = event.from[field] ?? 0
  const to = event.to[field] ?? 0
  return plainText(event.bytes, from, to).replaceAll(/^"|"$/g, '')
}

function streamText(event: EventScanner): string {
  const text = idText(event, TEXT.stream)
  return text === '' ? idText(event, TEXT.tid).replace(/^stream (\S+).*$/, '$1') : text
}
