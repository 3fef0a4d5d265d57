import { ABSENT, formatBytes, formatPercent, formatSignificant, groupThousands } from './display.ts'
import type { CopyRow, CpuNs, DeviceRow, DurationStats, IdleNs, TraceSummary } from './trace.ts'
import type { OverviewDevice, TraceOverview } from './trace-overview.ts'

/** A trace's figures in words and plain tables: for the terminal and Markdown. Names are hostile text as they come. */

/** 812 ns, 4.2 µs, 12.3 ms, 1.23 s. */
export function formatNs(ns: number | undefined): string {
  if (ns === undefined || !Number.isFinite(ns)) return ABSENT
  const size = Math.abs(ns)
  if (size < 1000) return `${formatSignificant(ns)} ns`
  if (size < 1e5) return `${formatSignificant(ns / 1e3)} µs`
  return size < 1e9 ? `${formatSignificant(ns / 1e6)} ms` : `${formatSignificant(ns / 1e9)} s`
}

export interface TextTable {
  title: string
  header: string[]
  /** Numbers stand at the right. */
  right: boolean[]
  rows: string[][]
  /** Rows left out. */
  more: number
}

const count = (value: number) => groupThousands(String(value))
const share = (part: number, whole: number) => formatPercent(whole > 0 ? (100 * part) / whole : undefined)

/** What was read, and where the time of each device and of the CPU went: a sentence each. */
export function traceOverview(trace: TraceSummary): string[] {
  const { source, spanNs, counts, devices, cpu } = trace
  const tool = [source.tool, source.toolVersion].filter(Boolean).join(' ')
  const unread = counts.unread === 0 ? '' : `, ${count(counts.unread)} not read`
  return [
    `${tool}: ${formatNs(spanNs)}, ${count(counts.slices)} slices of ${count(counts.events)} events${unread}${trace.partial ? ', partial' : ''}`,
    ...devices.map(device => deviceText(device)),
    ...cpuText(cpu),
  ]
}

const MOST_DEVICES = 8

/** What is known early, a sentence each for the first devices; undefined where no device did anything. */
export function overviewText({ devices }: TraceOverview): string | undefined {
  if (devices.length === 0) return undefined
  const more = devices.length - MOST_DEVICES
  const others = more > 0 ? [`${more} more devices`] : []
  return [...devices.slice(0, MOST_DEVICES).map(overviewDeviceText), ...others].join('; ')
}

function overviewDeviceText({ id, startNs, endNs, busyNs, kernels, copies, fills, graphs }: OverviewDevice): string {
  const kinds = [
    ['kernels', kernels],
    ['graphs', graphs],
    ['copies and fills', copies + fills],
  ] as const
  const [work] = kinds.filter(([, many]) => many > 0).map(([what, many]) => `, ${count(many)} ${what}`)
  const spanNs = endNs - startNs
  return `GPU ${id}: busy ${share(busyNs, spanNs)} of ${formatNs(spanNs)} from its first to its last work${work ?? ''}`
}

function deviceText(device: DeviceRow): string {
  const { id, name, busyNs, idleNs, kernelNs, communicationNs, memcpyNs, memsetNs, graphNs } = device
  const windowNs = busyNs + idleNs
  const kinds = [
    ['kernels', kernelNs],
    ['communication', communicationNs],
    ['copies', memcpyNs],
    ['fills', memsetNs],
    ['graphs', graphNs],
  ] as const
  const parts = kinds.filter(([, ns]) => ns > 0).map(([what, ns]) => `${what} ${formatNs(ns)}`)
  const named = name === undefined ? '' : ` (${name})`
  return [
    `GPU ${id}${named}: busy ${share(busyNs, windowNs)} of ${formatNs(windowNs)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`,
    `idle ${formatNs(idleNs)}${device.idle === undefined ? '' : idleText(device.idle)}`,
  ].join('; ')
}

function idleText({ hostNs, syncNs, dataLoadingNs, queueNs, unknownNs }: IdleNs): string {
  const reasons = [
    ['host late', hostNs],
    ['host in a synchronising call', syncNs],
    ['data loading', dataLoadingNs],
    ['launched, not started', queueNs],
    ['unknown', unknownNs],
  ] as const
  const told = reasons.filter(([, ns]) => ns > 0).map(([what, ns]) => `${what} ${formatNs(ns)}`)
  return told.length === 0 ? '' : ` (${told.join(', ')})`
}

const CPU_WORDS: Record<keyof CpuNs, string> = {
  opNs: 'operators',
  nodeNs: 'graph nodes',
  annotationNs: 'annotations',
  pythonNs: 'Python',
  dataLoadingNs: 'data loading',
  runtimeNs: 'runtime calls',
  syncNs: 'waiting calls',
  libraryNs: 'libraries',
  osrtNs: 'system calls',
  overheadNs: 'the profiler',
  otherNs: 'other',
}

function cpuText(cpu: CpuNs): string[] {
  const parts = (Object.keys(CPU_WORDS) as (keyof CpuNs)[])
    .filter(key => cpu[key] > 0)
    .toSorted((a, b) => cpu[b] - cpu[a])
    .map(key => `${CPU_WORDS[key]} ${formatNs(cpu[key])}`)
  return parts.length === 0 ? [] : [`CPU self time: ${parts.join(', ')}`]
}

const STATS_HEADER = ['Count', 'Total', '% of total', 'Mean', 'Median', 'Min', 'Max']

/** Every table that has rows, the largest totals first, at most `most` rows each. */
export function traceTables(trace: TraceSummary, most: number): TextTable[] {
  const { kernels, operators, apiCalls, copies, ranges, nodes, syncs, osCalls, graphs } = trace
  const tables = [
    statsTable('Kernels', kernels, most),
    operatorTable(operators, most),
    statsTable('API calls', apiCalls, most),
    copyTable(copies, most),
    statsTable('CUDA graphs', graphs, most),
    statsTable('Ranges', ranges, most),
    statsTable('Graph nodes', nodes, most),
    statsTable('Synchronisations', syncs, most),
    statsTable('System calls', osCalls, most),
  ]
  return tables.filter(({ rows }) => rows.length > 0)
}

function statsCells(row: DurationStats, totalNs: number): string[] {
  const times = [row.avgNs, row.medianNs, row.minNs, row.maxNs].map(formatNs)
  return [count(row.count), formatNs(row.totalNs), share(row.totalNs, totalNs), ...times]
}

const sumOf = (rows: readonly { totalNs: number }[]) => rows.reduce((sum, { totalNs }) => sum + totalNs, 0)

function statsTable(title: string, rows: readonly DurationStats[], most: number): TextTable {
  const totalNs = sumOf(rows)
  return {
    title,
    header: ['Name', ...STATS_HEADER],
    right: [false, ...STATS_HEADER.map(() => true)],
    rows: rows.slice(0, most).map(row => [row.name, ...statsCells(row, totalNs)]),
    more: Math.max(0, rows.length - most),
  }
}

function copyTable(rows: readonly CopyRow[], most: number): TextTable {
  const plain = statsTable('Copies and fills', rows, most)
  return {
    ...plain,
    header: [...plain.header, 'Bytes'],
    right: [...plain.right, true],
    rows: plain.rows.map((cells, at) => [...cells, bytesText(rows[at]?.totalBytes)]),
  }
}

function bytesText(bytes: number | undefined): string {
  return bytes === undefined ? ABSENT : formatBytes(bytes)
}

function operatorTable(rows: TraceSummary['operators'], most: number): TextTable {
  return {
    title: 'Operators',
    header: ['Name', 'Count', 'CPU self', 'CPU total', 'GPU self', 'GPU total'],
    right: [false, true, true, true, true, true],
    rows: rows
      .slice(0, most)
      .map(({ name, count: calls, selfCpuNs, totalCpuNs, selfDeviceNs, totalDeviceNs }) => [
        name,
        count(calls),
        ...[selfCpuNs, totalCpuNs, selfDeviceNs, totalDeviceNs].map(formatNs),
      ]),
    more: Math.max(0, rows.length - most),
  }
}
