import type { DeviceRow, IdleNs, IdleReason } from '#domain/trace.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import type { Lane, TraceIndex } from './define.ts'
import { type DeviceListener, type Work, walkDevice } from './device-walk.ts'
import type { GapReasons } from './gaps.ts'
import { Union } from './intervals.ts'
import type { LaneReader, Stretch } from './slice-reader.ts'

const { kernel: KERNEL, communication: COMMUNICATION, memcpy: MEMCPY, memset: MEMSET, graph: GRAPH } = CATEGORY

/** Which field of idle time a reason adds to. */
export const IDLE_FIELD = {
  host: 'hostNs',
  sync: 'syncNs',
  dataLoading: 'dataLoadingNs',
  queue: 'queueNs',
  unknown: 'unknownNs',
} as const satisfies Record<IdleReason, keyof IdleNs>

export const noIdle = (): IdleNs => ({ hostNs: 0, syncNs: 0, dataLoadingNs: 0, queueNs: 0, unknownNs: 0 })

/** Adds up one device over one stretch; told of its work in order of start. */
export class DeviceSums implements DeviceListener {
  readonly #stretch: Stretch
  readonly #reasons: GapReasons | undefined
  readonly #busy = new Union()
  /** By category. */
  readonly #kinds: readonly Union[]
  readonly #notCommunication: Union | undefined
  readonly #notCopy: Union | undefined
  readonly #counts = new Float64Array(256)
  readonly #idle = noIdle()
  readonly #addIdle = (startNs: number, endNs: number, reason: IdleReason): void => {
    this.#idle[IDLE_FIELD[reason]] += endNs - startNs
  }
  #sumNs = 0
  #firstNs = Number.POSITIVE_INFINITY
  #lastNs = Number.NEGATIVE_INFINITY
  #withoutLaunch = 0

  /** @param reasons absent: no launch is in the trace, so why the device was idle cannot be told */
  constructor({ manifest: { byCategory } }: TraceIndex, stretch: Stretch, reasons: GapReasons | undefined) {
    this.#stretch = stretch
    this.#reasons = reasons
    this.#kinds = byCategory.map(() => new Union())
    // Where nothing of a kind is in the trace, what ran without it need not be followed.
    this.#notCommunication = byCategory[COMMUNICATION] ? new Union() : undefined
    this.#notCopy = byCategory[MEMCPY] ? new Union() : undefined
  }

  work(reader: LaneReader, startNs: number, endNs: number): void {
    const category = reader.category[reader.i] ?? 0
    this.#busy.add(startNs, endNs)
    this.#kinds[category]?.add(startNs, endNs)
    if (category !== COMMUNICATION) this.#notCommunication?.add(startNs, endNs)
    if (category !== MEMCPY) this.#notCopy?.add(startNs, endNs)
    this.#counts[category] = (this.#counts[category] ?? 0) + 1
    this.#sumNs += endNs - startNs
    if (startNs < this.#firstNs) this.#firstNs = startNs
    if (endNs > this.#lastNs) this.#lastNs = endNs
    if (reader.link[reader.i] === 0) this.#withoutLaunch++
  }

  idle(startNs: number, endNs: number, before: Work | undefined, after: Work | undefined): void {
    this.#reasons?.explain(startNs, endNs, before, after, this.#addIdle)
  }

  row(id: number, name: string | undefined): DeviceRow {
    const { startNs, endNs } = this.#stretch
    const union = (category: number) => this.#kinds[category]?.totalNs ?? 0
    const count = (category: number) => this.#counts[category] ?? 0
    const busyNs = this.#busy.totalNs
    const any = this.#firstNs <= this.#lastNs
    return {
      id,
      ...(name !== undefined && name !== '' && { name }),
      startNs: any ? this.#firstNs : startNs,
      endNs: any ? this.#lastNs : startNs,
      busyNs,
      idleNs: endNs - startNs - busyNs,
      kernelNs: union(KERNEL),
      communicationNs: union(COMMUNICATION),
      memcpyNs: union(MEMCPY),
      memsetNs: union(MEMSET),
      graphNs: union(GRAPH),
      ...(this.#notCommunication &&
        count(COMMUNICATION) > 0 && { exposedCommunicationNs: busyNs - this.#notCommunication.totalNs }),
      ...(this.#notCopy && count(MEMCPY) > 0 && { exposedCopyNs: busyNs - this.#notCopy.totalNs }),
      sumNs: this.#sumNs,
      kernels: count(KERNEL) + count(COMMUNICATION),
      copies: count(MEMCPY),
      fills: count(MEMSET),
      graphs: count(GRAPH),
      withoutLaunch: this.#withoutLaunch,
      ...(this.#reasons && { idle: this.#idle }),
    }
  }
}

/**
 * One device over one stretch of time, all its streams as one. Work that crosses the edge counts with the part inside.
 * `kernels` counts communication kernels too; `kernelNs` leaves them out. Exposed: busy minus the union of all other
 * kinds, so that it is what the device would have been idle without them.
 */
export function deviceFigures(
  index: TraceIndex,
  id: number,
  lanes: readonly Lane[],
  stretch: Stretch,
  reasons: GapReasons | undefined,
): DeviceRow {
  const sums = new DeviceSums(index, stretch, reasons)
  walkDevice(index, lanes, stretch, sums)
  return sums.row(id, deviceName(index, id))
}

export function deviceName({ manifest }: TraceIndex, id: number): string | undefined {
  return manifest.devices.find(device => device.id === id)?.name
}
