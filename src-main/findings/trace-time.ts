import { formatDuration, formatLatency, formatPercent, groupThousands } from '#domain/display.ts'
import type { Evidence } from '#domain/finding.ts'
import type { DeviceRow } from '#domain/trace.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { cannotTell, type Judgement } from './define.ts'
import { NEXT } from './trace-next.ts'

/**
 * How the busiest device spent its window. Parts never overlap and add up to the window, so that no two rules claim
 * the same time: each of the rules host-, sync-, copy-, communication-, GPU-bound and data loading owns one part.
 */
export const PARTS = [
  'compute',
  'communication',
  'copy',
  'host',
  'sync',
  'dataLoading',
  'queue',
  'hidden',
  'unknown',
] as const
export type Part = (typeof PARTS)[number]

/** Shorter windows hold a few launches: chance, not a course. */
const MIN_WINDOW_NS = 1e6

export interface DeviceTime {
  device: DeviceRow
  windowNs: number
  busyShare: number
  idleShare: number
  /** Of the share `sync`: idle while the host was late because it had waited. */
  lateShare: number
  /** Share of the window, 0..1; they add up to 1. */
  shares: Record<Part, number>
}

/**
 * Time in which the host waited although the device worked is time it could have launched ahead: as much idle time as
 * that would fill is saved without the waiting, all of the host's idle time with a host that takes none. It belongs to
 * the waiting where that saves as much; else to the host, whole, as where blocking copies would make it wait all the
 * same.
 * @returns undefined where there is no device or no window to speak of: then `whyNoTime` says why
 */
export function timeOf({ devices, communication, copies, syncs, hidden }: TraceFacts): DeviceTime | undefined {
  const [device] = devices
  if (device === undefined) return undefined
  const { busyNs, idleNs, idle } = device
  const windowNs = busyNs + idleNs
  if (windowNs < MIN_WINDOW_NS || busyNs === 0) return undefined
  const { kernelNs, graphNs, memsetNs } = device
  const communicationAloneNs = device.exposedCommunicationNs ?? communication?.exposedNs ?? 0
  // Without the figure: what is busy beyond the other kinds can only be copies. A lower bound.
  const copyAloneNs = device.exposedCopyNs ?? Math.max(0, busyNs - kernelNs - device.communicationNs - graphNs)
  const aloneNs = communicationAloneNs + copyAloneNs
  // Copies beside collectives and no kernel: neither is alone, both are no computing.
  const bothNs = Math.max(0, busyNs - kernelNs - graphNs - memsetNs - aloneNs)
  const communicationNs = Math.max(0, communicationAloneNs - (hidden?.communicationNs ?? 0))
  const copyNs = Math.max(0, copyAloneNs - (hidden?.copyNs ?? 0))
  const { hostNs = 0, syncNs = 0, dataLoadingNs = 0, queueNs = 0 } = idle ?? {}
  const fillsNs = Math.min(hostNs, busyNs, Math.max(0, syncs.totalNs - syncs.idleNs))
  const blocksAnyway = (copies.pageable?.count ?? 0) > 0
  const lateNs = syncNs + fillsNs >= hostNs && !blocksAnyway ? fillsNs : 0
  const share = (ns: number) => ns / windowNs
  return {
    device,
    windowNs,
    busyShare: share(busyNs),
    idleShare: share(idleNs),
    lateShare: share(lateNs),
    shares: {
      compute: share(Math.max(0, busyNs - aloneNs - bothNs)),
      communication: share(communicationNs),
      copy: share(copyNs),
      host: share(hostNs - lateNs),
      sync: share(syncNs + lateNs),
      dataLoading: share(dataLoadingNs),
      queue: share(queueNs),
      hidden: share(aloneNs + bothNs - communicationNs - copyNs),
      unknown: share(Math.max(0, idleNs - hostNs - syncNs - dataLoadingNs - queueNs)),
    },
  }
}

/** Why a device's time cannot be judged, and which command would tell. */
export function whyNoTime(trace: TraceFacts): Judgement {
  const { recorded, devices } = trace
  const [device] = devices
  if (device !== undefined && device.busyNs > 0) {
    const windowNs = device.busyNs + device.idleNs
    return cannotTell(`The device's work covers only ${timeText(windowNs)}: too short to judge`, {
      next: [NEXT.torchLonger, NEXT.nsys],
    })
  }
  if (recorded.deviceWorkAsked === true && !recorded.apiCalls) {
    return cannotTell(
      'Device activity was asked for, but no record of it came: the machine may have no GPU or driver, else the GPU may have been busy',
      { next: [NEXT.doctor, NEXT.nsys] },
    )
  }
  if (recorded.deviceWorkAsked === true) {
    return cannotTell('Device activity was asked for, but no record of it came: the GPU may have been busy', {
      next: [NEXT.nsys],
    })
  }
  if (recorded.apiCalls) {
    return cannotTell('GPU calls were recorded, but not the work they started: the GPU may have been busy', {
      next: [NEXT.nsys],
    })
  }
  return cannotTell('The trace has no device work', { next: [NEXT.nsys] })
}

/** 812 ms, 13 s, 4 min 2 s. */
export function timeText(ns: number): string {
  return ns < 10e9 ? formatLatency(ns / 1e6) : formatDuration(ns / 1e6)
}

/** "the 19.2 ms from first to last GPU work", "the 812 ms of 3 steps": figures of the whole file are others. */
export function windowText({ window }: Pick<TraceFacts, 'window'>, windowNs: number): string {
  const time = timeText(windowNs)
  if (window.kind === 'gpu') return `the ${time} from first to last GPU work`
  return window.kind === 'steps' ? `the ${time} of ${countText(window.steps, 'step')}` : time
}

/** "1 launch", "12 launches", "1,204 copies". */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${groupThousands(String(count))} ${count === 1 ? one : many}`
}

/** "24.1 %". Four digits after the point are no information. */
export function shareText(share: number): string {
  return share > 0 && share < 0.0001 ? 'less than 0.01 %' : formatPercent(100 * share)
}

export function percentRow(label: string, share: number): Evidence {
  return { label, value: round(100 * share), unit: '%' }
}

export function timeRow(label: string, ns: number): Evidence {
  return ns < 0.1e6 ? { label, value: round(ns / 1e3), unit: 'µs' } : { label, value: round(ns / 1e6), unit: 'ms' }
}

/** Window and busy share: every rule on a device shows them first. */
export function windowRows({ windowNs, busyShare }: DeviceTime): Evidence[] {
  return [timeRow('Window', windowNs), percentRow('GPU busy', busyShare)]
}

/** Nearer to the threshold less sure, 0.5 at it; never certain: a window is a sample of a run. */
export function confidenceAt(share: number, threshold: number, unknownShare = 0): number {
  const distance = share < threshold ? (threshold - share) / threshold : (share - threshold) / (1 - threshold)
  return round(Math.max(0.3, Math.min(0.95, 0.5 + 0.75 * distance) - unknownShare / 2))
}

/** Three digits are more than any of these figures is worth. */
function round(value: number): number {
  return Number(value.toPrecision(3))
}

/** "The GPU was busy 24.1 % of 812 ms; for 71 % of the idle time the next work had not been launched yet". */
export function idleSentence(part: Part, why: string): (time: DeviceTime, share: number) => string {
  return ({ busyShare, idleShare, windowNs, shares }) => {
    const ofIdle = idleShare === 0 ? 0 : Math.min(1, shares[part] / idleShare)
    return `The GPU was busy ${shareText(busyShare)} of ${timeText(windowNs)}; for ${shareText(ofIdle)} of the idle time ${why}`
  }
}
