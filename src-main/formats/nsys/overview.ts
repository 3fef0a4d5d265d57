import { isCommunicationKernel } from '#domain/device-names.ts'
import { EngineError } from '#domain/errors.ts'
import type { TableSource } from '#domain/trace-feed.ts'
import type { OverviewKernel, TraceOverview } from '#domain/trace-overview.ts'
import { at, eachBatch, isTime, readOr } from './feed.ts'
import { devicesOf } from './origin.ts'
import { DeviceTime } from './overview-device.ts'
import { StringIds } from './string-ids.ts'

/** More are damaged ids, and each takes memory. */
const MAX_DEVICES = 256
/** Ids of texts below are looked up in an array: every kernel does. */
const SMALL_IDS = 65_536

/** Of what could not be read the reading of the whole tells. */
const QUIET = { unread() {} }

/**
 * Device work alone, in one pass over the few columns that tell of it: seconds before the whole is read, and equal to
 * what comes of that. A damaged table is read as far as that goes; a row damaged behind these columns counts here alone.
 * @throws EngineError CANCELLED, FORMAT_BROKEN where ids of devices are no ids
 */
export async function nsysOverview(tables: TableSource, signal?: AbortSignal): Promise<TraceOverview> {
  const feed = { tables, sink: QUIET, ...(signal === undefined ? {} : { signal }) }
  const devices = new Devices()
  const kernels = new KernelSums(new StringIds(tables, QUIET))
  const wanted = { start: 'start', end: 'end', device: 'deviceId' } as const
  for (const kind of ['memcpy', 'memset', 'graph'] as const) {
    await eachBatch(feed, TABLES[kind], wanted, ({ start, end, device }, _, count) => {
      for (let i = 0; i < count; i++) {
        const from = at(start, i)
        const to = at(end, i)
        if (isTime(from, to)) devices.of(at(device, i))?.add(kind, from, Math.max(from, to))
      }
    })
  }
  const withNames = { ...wanted, name: ['demangledName', 'shortName', 'mangledName'] } as const
  await eachBatch(feed, TABLES.kernel, withNames, ({ start, end, device, name }, _, count) => {
    kernels.load(name, count)
    for (let i = 0; i < count; i++) {
      const from = at(start, i)
      const to = at(end, i)
      if (!isTime(from, to)) continue
      const kernel = kernels.of(at(name, i))
      const until = to > from ? to : from
      kernel.add(until - from)
      devices.of(at(device, i))?.add(kernel.communication ? 'communication' : 'kernel', from, until)
    }
  })
  const described = readOr(QUIET, () => devicesOf(tables), new Map())
  const rows = kernels.rows()
  return {
    devices: devices.all().map(([id, time]) => time.row(id, described.get(id)?.name)),
    kernels: rows,
    kernelNames: rows.length,
  }
}

const TABLES = {
  kernel: 'CUPTI_ACTIVITY_KIND_KERNEL',
  memcpy: 'CUPTI_ACTIVITY_KIND_MEMCPY',
  memset: 'CUPTI_ACTIVITY_KIND_MEMSET',
  graph: 'CUPTI_ACTIVITY_KIND_GRAPH_TRACE',
} as const

class Devices {
  readonly #byId = new Map<number, DeviceTime>()
  /** Rows of one device mostly follow each other. */
  #lastId = Number.NaN
  #last: DeviceTime | undefined
  #areTooMany = false

  /** Nothing for what is no device: such work has a place in the timeline, but none here. */
  of(id: number): DeviceTime | undefined {
    if (id === this.#lastId) return this.#last
    if (!Number.isSafeInteger(id) || id < 0) return undefined
    let device = this.#byId.get(id)
    if (device === undefined) {
      if (this.#byId.size === MAX_DEVICES) {
        this.#areTooMany = true
        return undefined
      }
      device = new DeviceTime()
      this.#byId.set(id, device)
    }
    this.#lastId = id
    this.#last = device
    return device
  }

  /** @throws EngineError FORMAT_BROKEN */
  all(): [number, DeviceTime][] {
    if (this.#areTooMany) throw new EngineError('FORMAT_BROKEN', `The database has more than ${MAX_DEVICES} devices`)
    return [...this.#byId].toSorted(([a], [b]) => a - b)
  }
}

class KernelSum {
  readonly communication: boolean
  count = 0
  totalNs = 0
  minNs = Number.POSITIVE_INFINITY
  maxNs = Number.NEGATIVE_INFINITY

  constructor(name: string) {
    this.communication = isCommunicationKernel(name)
  }

  add(ns: number): void {
    this.count++
    this.totalNs += ns
    if (ns < this.minNs) this.minNs = ns
    if (ns > this.maxNs) this.maxNs = ns
  }
}

/** Kernels by name; ids with the same text are one. */
class KernelSums {
  readonly #strings: StringIds
  readonly #small: (KernelSum | undefined)[] = Array.from({ length: SMALL_IDS })
  readonly #byId = new Map<number, KernelSum>()
  readonly #byName = new Map<string, KernelSum>()

  constructor(strings: StringIds) {
    this.#strings = strings
  }

  /** Before `of` is asked for these. */
  load(ids: Float64Array, count: number): void {
    this.#strings.load(ids, count)
  }

  of(id: number): KernelSum {
    const known = this.#small[id] ?? this.#byId.get(id)
    if (known !== undefined) return known
    const name = this.#strings.text(id)
    const sum = this.#byName.get(name) ?? new KernelSum(name)
    this.#byName.set(name, sum)
    if (id >= 0 && id < SMALL_IDS && Number.isInteger(id)) this.#small[id] = sum
    else this.#byId.set(id, sum)
    return sum
  }

  rows(): OverviewKernel[] {
    return [...this.#byName]
      .toSorted(([, a], [, b]) => b.totalNs - a.totalNs)
      .map(([name, { count, totalNs, minNs, maxNs, communication }]) => ({
        name,
        count,
        totalNs,
        avgNs: totalNs / count,
        minNs,
        maxNs,
        ...(communication && { communication }),
      }))
  }
}
