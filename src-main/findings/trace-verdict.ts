import type { Evidence } from '#domain/finding.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { cannotTell, type Judgement, type Rule } from './define.ts'
import { traceColdStart } from './trace-cold-start.ts'
import { traceCommunicationBound } from './trace-communication-bound.ts'
import { traceCompile } from './trace-compile.ts'
import { traceCopyBound } from './trace-copy-bound.ts'
import { cpuTotalNs, isCpuOnly, traceCpuOnly } from './trace-cpu-only.ts'
import { traceDataLoading } from './trace-data-loading.ts'
import { GPU_BOUND_SHARE, isGpuBound, traceGpuBound } from './trace-gpu-bound.ts'
import { traceHostBound } from './trace-host-bound.ts'
import { NEXT } from './trace-next.ts'
import { BOUND_SHARE } from './trace-part.ts'
import { traceRule } from './trace-rule.ts'
import { startUpOf } from './trace-start-up.ts'
import { traceSyncBound } from './trace-sync-bound.ts'
import {
  confidenceAt,
  type DeviceTime,
  PARTS,
  type Part,
  percentRow,
  shareText,
  timeOf,
  timeRow,
  timeText,
  whyNoTime,
  windowRows,
  windowText,
} from './trace-time.ts'

/** Label of the evidence row that names the rule. */
export const EXPLAINED_BY = 'Explained by'

/** A loss must be more than all others together to be the one to remove first. */
const DOMINANT = 0.5
/** With more unexplained time, nothing else can be called the cause or ruled out. */
const MAX_UNKNOWN_SHARE = 0.2

interface Loss {
  part: Part
  word: string
  rule: Rule<'trace'>
  /** What happened meanwhile; a share follows. */
  phrase: string
}

/** Losses, each with its word and the rule that explains it. */
const LOSSES: readonly Loss[] = [
  { part: 'host', word: 'Host-bound', rule: traceHostBound, phrase: 'it waited for launches' },
  {
    part: 'sync',
    word: 'Synchronisation-bound',
    rule: traceSyncBound,
    phrase: 'it was idle while the host synchronised',
  },
  { part: 'dataLoading', word: 'Data-loading-bound', rule: traceDataLoading, phrase: 'it waited for data' },
  { part: 'copy', word: 'Copy-bound', rule: traceCopyBound, phrase: 'kernels waited for copies' },
  {
    part: 'communication',
    word: 'Communication-bound',
    rule: traceCommunicationBound,
    phrase: 'kernels waited for communication',
  },
]

const LABELS: Readonly<Record<Part, string>> = {
  compute: 'Kernels',
  communication: 'Kernels wait for communication',
  copy: 'Kernels wait for copies',
  host: 'Idle, waits for launches',
  sync: 'Idle, host synchronises',
  dataLoading: 'Idle, waits for data',
  queue: 'Idle, between queued work',
  hidden: 'Copies or communication beside each other or a late host',
  unknown: 'Idle, unexplained',
}

/**
 * The one line: where the time goes. A single cause or none: parts of the window are disjoint, the named one is at
 * least BOUND_SHARE of it and more than all other losses together; its rule says 'yes' to the same figures.
 */
export const traceVerdict = traceRule({
  id: 'trace-verdict',
  title: 'Where the time goes',
  source: 'Window of the busiest device split into disjoint parts, as TraceLens and HolisticTraceAnalysis split it',
  judge({ trace }) {
    const time = timeOf(trace)
    return time === undefined ? onCpu(trace) : onDevice(trace, time)
  },
})

function onDevice(trace: TraceFacts, time: DeviceTime): Judgement {
  const { shares, windowNs, busyShare } = time
  const rows = [
    ...windowRows(time),
    ...PARTS.filter(part => shares[part] >= 0.001).map(part => percentRow(LABELS[part], shares[part])),
  ]
  const busy = `the GPU was busy ${shareText(busyShare)} of ${windowText(trace, windowNs)}`
  const startUp = startUpOf(trace, time)
  if (startUp !== undefined) {
    const [text, rule] =
      startUp === 'compile'
        ? [`compiling, loading and first use explain most of the rest`, traceCompile]
        : [`the first step explains most of the rest`, traceColdStart]
    return explained(trace, rule, `Start-up: ${busy}; ${text}`, 0.7, rows)
  }
  const losses = LOSSES.toSorted((a, b) => shares[b.part] - shares[a.part])
  const lossShare = losses.reduce((sum, { part }) => sum + shares[part], shares.hidden + shares.unknown)
  const [largest, second] = losses
  if (largest !== undefined && isDominant(largest.part, shares, lossShare)) {
    const share = shares[largest.part]
    const statement = `${largest.word}: ${busy}; ${largest.phrase} ${shareText(share)}`
    return explained(trace, largest.rule, statement, confidenceAt(share, BOUND_SHARE, shares.unknown), rows)
  }
  if (isGpuBound(time)) {
    const statement = `GPU-bound: kernels ran ${shareText(shares.compute)} of ${windowText(trace, windowNs)}`
    const confidence = confidenceAt(shares.compute + shares.queue, GPU_BOUND_SHARE, shares.unknown)
    return explained(trace, traceGpuBound, statement, confidence, rows)
  }
  if (shares.queue >= Math.max(BOUND_SHARE, largest === undefined ? 0 : shares[largest.part])) {
    return cannotTell(
      `${upper(busy)}; for ${shareText(shares.queue)} of that it was idle although work was queued: first use, waits between streams or the profiler, the trace does not tell which`,
      { evidence: rows, next: [NEXT.nsysLater, NEXT.torchWarm] },
    )
  }
  if (shares.unknown >= MAX_UNKNOWN_SHARE) {
    const next = [trace.recorded.apiCalls ? NEXT.torchLonger : NEXT.nsys]
    return cannotTell(
      `${upper(busy)}; for ${shareText(shares.unknown)} of that the trace does not tell why it was idle`,
      {
        evidence: rows,
        next,
      },
    )
  }
  const most = [largest, second].flatMap(loss =>
    loss === undefined ? [] : [`${loss.phrase} ${shareText(shares[loss.part])}`],
  )
  return {
    verdict: 'no',
    confidence: 0.6,
    statement: `No single cause: ${busy}; ${most.join(', ')}`,
    detail: `A cause is named from ${shareText(BOUND_SHARE)} of the window, and where it is more than all other losses together.`,
    evidence: rows,
    next: [NEXT.torchStack],
  }
}

/**
 * More than all other losses together; for what the device does itself, also that the host hardly makes it wait: else
 * the host's path is the longer one, and may be as long without the copies.
 */
function isDominant(part: Part, shares: DeviceTime['shares'], lossShare: number): boolean {
  const isDevice = part === 'copy' || part === 'communication'
  const hostSide = shares.host + shares.sync + shares.dataLoading
  return shares[part] >= Math.max(BOUND_SHARE, DOMINANT * lossShare) && !(isDevice && hostSide >= BOUND_SHARE)
}

function onCpu(trace: TraceFacts): Judgement {
  const { window, cpu, dataLoading, operators = [] } = trace
  const windowNs = window.endNs - window.startNs
  const totalNs = cpuTotalNs(cpu)
  if (!isCpuOnly(trace) || windowNs <= 0 || totalNs === 0) return whyNoTime(trace)
  const rows = [timeRow('Window', windowNs), timeRow('CPU work', totalNs)]
  const share = dataLoading?.shareOfWindow ?? 0
  if (share >= BOUND_SHARE) {
    const statement = `Data-loading-bound: ${shareText(share)} of ${timeText(windowNs)} is spent in a DataLoader`
    return explained(trace, traceDataLoading, statement, confidenceAt(share, BOUND_SHARE), [
      ...rows,
      percentRow('In the DataLoader', share),
    ])
  }
  const [top] = operators
  const most = top === undefined ? '' : `; ${top.name} took ${shareText(top.selfCpuNs / totalNs)} of it`
  const statement = `CPU-only: ${timeText(totalNs)} of CPU work in ${timeText(windowNs)}, no device work in the trace${most}`
  return explained(trace, traceCpuOnly, statement, 0.9, rows)
}

/** A verdict in the name of the rule that owns the time, with that rule's advice. */
function explained(
  trace: TraceFacts,
  rule: Rule<'trace'>,
  statement: string,
  confidence: number,
  rows: Evidence[],
): Judgement {
  return {
    verdict: 'yes',
    confidence,
    statement,
    detail: `Explained by ${rule.id}: ${rule.title}.`,
    evidence: [{ label: EXPLAINED_BY, value: rule.id }, ...rows],
    next: rule.judge({ trace }).next ?? [],
  }
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
