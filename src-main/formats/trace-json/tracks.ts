import type { TraceSink, TrackSpec } from '#domain/trace-feed.ts'
import type { EventScanner } from './event-scanner.ts'
import { NUMBER, TEXT } from './fields.ts'
import { plainText } from './json-string.ts'

/** Kinds of tracks of a device. */
const DEVICE_KINDS = { stream: '', 'gpu-annotation': ': ranges', 'gpu-sync': ': waits' } as const
export type DeviceKind = keyof typeof DEVICE_KINDS

/** Beyond, a file is no trace of a program but an attack on memory. */
const MAX_TRACKS = 20_000

/** What is no ordinal of a device is taken for the only one: ONNX Runtime writes its process or -1. */
const MAX_DEVICES = 4096

/** Ids below this pair up in one exact double. */
const PAIRABLE = 2 ** 26

/** Two ids as one key of a map; NaN where they do not fit. */
function pairKey(first: number, second: number): number {
  return first >= 0 && second >= 0 && first < PAIRABLE && second < PAIRABLE ? first * PAIRABLE + second : Number.NaN
}

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
  /** Tracks by pair of ids: what most events need is found without making a text. */
  readonly #threads = new Map<number, number>()
  readonly #ofDevice: Readonly<Record<DeviceKind, Map<number, number>>> = {
    stream: new Map(),
    'gpu-annotation': new Map(),
    'gpu-sync': new Map(),
  }
  #isStale = false
  hasTooMany = false

  constructor(sink: TraceSink) {
    this.#sink = sink
  }

  /** The thread of the event. */
  thread(event: EventScanner): number {
    const key = pairKey(event.numbers[NUMBER.pid] ?? Number.NaN, event.numbers[NUMBER.tid] ?? Number.NaN)
    const known = this.#threads.get(key)
    if (known !== undefined) return known
    const track = this.threadOf(idText(event, TEXT.pid), idText(event, TEXT.tid))
    if (!Number.isNaN(key)) this.#threads.set(key, track)
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
    if (!(device >= 0 && device < MAX_DEVICES)) device = 0
    let stream = numbers[NUMBER.stream] ?? Number.NaN
    if (Number.isNaN(stream)) stream = numbers[NUMBER.tid] ?? Number.NaN
    const key = pairKey(device, stream)
    const known = this.#ofDevice[kind].get(key)
    if (known !== undefined) return known
    const track = this.#deviceTrack(kind, device, streamText(event))
    if (!Number.isNaN(key)) this.#ofDevice[kind].set(key, track)
    return track
  }

  #deviceTrack(kind: DeviceKind, device: number, stream: string): number {
    const title = isNoStream(stream) ? 'all streams' : /^\d/.test(stream) ? `stream ${stream}` : stream || 'stream'
    return this.#track(`${kind} ${device}\n${stream}`, () => ({
      kind,
      title: `${title}${DEVICE_KINDS[kind]}`,
      group: this.#device(device),
      device,
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
