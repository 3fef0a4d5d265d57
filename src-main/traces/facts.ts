import type { DeviceRow, KernelRow, OperatorRow } from '#domain/trace.ts'
import { CATEGORY, type SliceCategory } from '#domain/trace-category.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { compileFacts } from './compile-facts.ts'
import { cpuFigures } from './cpu-figures.ts'
import type { Lane, TraceIndex } from './define.ts'
import { DeviceSums, deviceName } from './device-figures.ts'
import { categorySet, hasAny } from './duration-rows.ts'
import { CourseFacts, WorkFacts } from './facts-device.ts'
import { hostFacts } from './facts-host.ts'
import { memoryFacts, stepFacts } from './facts-steps.ts'
import { factsWindow } from './facts-window.ts'
import { GapReasons } from './gaps.ts'
import { hiddenFacts, mayHide } from './hidden-facts.ts'
import { saysLowPrecision } from './kernel-names.ts'
import { kernelRows } from './kernel-rows.ts'
import { operatorRows } from './operators.ts'
import type { Stretch } from './slice-reader.ts'
import { deviceLanesOf } from './threads.ts'
import { stepWindows } from './windows.ts'

const TOP_KERNELS = 20
const TOP_OPERATORS = 10
const WITH_NODES = {
  nests: categorySet('op', 'node', 'annotation', 'data-loading', 'python', 'runtime', 'sync'),
  rows: categorySet('op', 'node'),
}

/** What rules judge a trace by; each field is explained in `domain/trace-facts.ts`. */
export function traceFacts(index: TraceIndex): TraceFacts {
  const { manifest } = index
  const steps = stepWindows(index)
  const window = factsWindow(index, steps)
  const stretch: Stretch = { startNs: window.startNs, endNs: window.endNs }
  const lanesOf = deviceLanesOf(index)
  const reasons = manifest.linked > 0 ? new GapReasons(index, stretch) : undefined
  const work = new WorkFacts(index, stretch)
  const courses = [...lanesOf]
    .map(([id, lanes]) => courseOf(index, id, lanes, stretch, reasons, work))
    .toSorted((a, b) => b.device.busyNs - a.device.busyNs)
  const [{ device: busiest, course } = { device: undefined, course: new CourseFacts(index, stretch) }] = courses
  const operators = topOperators(index, stretch)
  return {
    tool: manifest.origin.tool,
    recorded: recordedOf(index, work),
    window,
    devices: courses.map(({ device }) => device),
    cpu: cpuFigures(index, stretch),
    ...(operators.length > 0 && { operators }),
    busyByTenth: busiest ? course.busyByTenth() : [],
    kernels: kernelFacts(index, stretch, work, busiest),
    launches: launchFacts(work),
    copies: course.copies(),
    ...hostFacts(index, stretch, busiest && lanesOf.get(busiest.id)),
    ...communicationFacts(busiest),
    ...(busiest &&
      reasons &&
      mayHide(busiest) && { hidden: hiddenFacts(index, lanesOf.get(busiest.id) ?? [], stretch, reasons) }),
    backlog: work.backlog,
    compile: compileFacts(index, stretch),
    memory: memoryFacts(index, window, steps),
    ...stepFacts(steps),
  }
}

/** Everything that one walk over a device's work tells. */
function courseOf(
  index: TraceIndex,
  id: number,
  lanes: readonly Lane[],
  stretch: Stretch,
  reasons: GapReasons | undefined,
  work: WorkFacts,
): { device: DeviceRow; course: CourseFacts } {
  const sums = new DeviceSums(index, stretch, reasons)
  const course = new CourseFacts(index, stretch)
  work.addDevice(lanes, {
    work: (reader, startNs, endNs) => {
      sums.work(reader, startNs, endNs)
      course.work(reader, startNs, endNs)
    },
    idle: (startNs, endNs, before, after) => sums.idle(startNs, endNs, before, after),
  })
  return { device: sums.row(id, deviceName(index, id)), course }
}

function recordedOf(index: TraceIndex, work: WorkFacts): TraceFacts['recorded'] {
  const { byCategory, linked, unlinked, origin } = index.manifest
  const has = (...categories: SliceCategory[]) => categories.some(category => (byCategory[CATEGORY[category]] ?? 0) > 0)
  const apiCalls = has('runtime', 'sync')
  const deviceWork = has('kernel', 'communication', 'memcpy', 'memset', 'graph')
  const cudaGraphs = has('graph') ? 'graph' : work.graphKernels > 0 ? 'node' : undefined
  // torch records calls of the runtime only where device activity was asked for.
  const isAsked = !deviceWork && (origin.facts.deviceWorkAsked === true || apiCalls)
  return {
    ops: has('op'),
    apiCalls,
    deviceWork,
    ranges: has('nvtx', 'annotation'),
    python: has('python'),
    linkedShare: linked + unlinked > 0 ? linked / (linked + unlinked) : 0,
    ...(cudaGraphs && { cudaGraphs }),
    ...(isAsked && { deviceWorkAsked: true }),
  }
}

function topOperators(index: TraceIndex, stretch: Stretch): OperatorRow[] {
  return operatorRows(index, stretch, WITH_NODES)
    .toSorted((a, b) => b.selfCpuNs - a.selfCpuNs)
    .slice(0, TOP_OPERATORS)
}

function kernelFacts(
  index: TraceIndex,
  stretch: Stretch,
  work: WorkFacts,
  busiest: DeviceRow | undefined,
): TraceFacts['kernels'] {
  const lanes = [...deviceLanesOf(index).values()].flat()
  const rows = hasAny(index, KERNELS) ? kernelRows(index, lanes, stretch) : []
  const duration = work.kernels.spread()
  const occupancy = weightedMean(rows, ({ occupancy }) => occupancy)
  const smallGridShare = smallGridShareOf(index, busiest?.id)
  return {
    ...(duration && { duration }),
    tiny: work.tiny,
    shorterThanLaunch: work.shorterThanLaunch,
    top: rows.slice(0, TOP_KERNELS),
    ...(occupancy !== undefined && { occupancy }),
    ...(smallGridShare !== undefined && { smallGridShare }),
    ...tensorCoreFacts(rows),
  }
}

const KERNELS = categorySet('kernel', 'communication')

/** Shares of the time of kernels that compute; absent where no name tells. */
function tensorCoreFacts(
  rows: readonly KernelRow[],
): Pick<TraceFacts['kernels'], 'tensorCoreShare' | 'lowPrecisionWithoutTensorCoresShare'> {
  const computing = rows.filter(({ communication }) => !communication)
  const timeOf = (of: readonly KernelRow[]) => of.reduce((sum, { totalNs }) => sum + totalNs, 0)
  const totalNs = timeOf(computing)
  if (totalNs === 0 || computing.every(({ tensorCores }) => tensorCores === undefined)) return {}
  const without = computing.filter(({ tensorCores, name }) => tensorCores === false && saysLowPrecision(name))
  return {
    tensorCoreShare: timeOf(computing.filter(({ tensorCores }) => tensorCores)) / totalNs,
    lowPrecisionWithoutTensorCoresShare: timeOf(without) / totalNs,
  }
}

/** Over the whole trace: launches tell their blocks by name, not by moment. */
function smallGridShareOf({ manifest }: TraceIndex, device: number | undefined): number | undefined {
  const multiprocessors = manifest.devices.find(({ id }) => id === device)?.multiprocessors
  const byBlocks = manifest.kernelNsByBlocks
  const totalNs = byBlocks.reduce((sum, ns) => sum + ns, 0)
  if (multiprocessors === undefined || totalNs === 0) return undefined
  return byBlocks.slice(0, multiprocessors).reduce((sum, ns) => sum + ns, 0) / totalNs
}

function weightedMean(rows: readonly KernelRow[], of: (row: KernelRow) => number | undefined): number | undefined {
  let sum = 0
  let weight = 0
  for (const row of rows) {
    const value = of(row)
    if (value === undefined) continue
    sum += value * row.totalNs
    weight += row.totalNs
  }
  return weight > 0 ? sum / weight : undefined
}

function launchFacts(work: WorkFacts): TraceFacts['launches'] {
  const call = work.calls.spread()
  const delay = work.delays.spread()
  return {
    count: work.launches,
    ...(call && { call }),
    ...(delay && { delay }),
    graphs: work.graphLaunches,
    ...(work.linked > 0 && { starvedShare: work.starved / work.linked }),
  }
}

function communicationFacts(busiest: DeviceRow | undefined): Pick<TraceFacts, 'communication'> {
  if (!busiest || busiest.communicationNs === 0) return {}
  const { communicationNs: totalNs, exposedCommunicationNs: exposedNs = 0 } = busiest
  return { communication: { totalNs, exposedNs, overlapShare: 1 - exposedNs / totalNs } }
}
