import type { LatencyMs, PartName, PartsMs, Point } from '#domain/point.ts'
import type { GpuMetrics } from '#domain/server.ts'
import { type CsvRow, countCell, numberCell } from './csv-text.ts'

/**
 * Columns of perf_analyzer's CSV by their verbatim header; scripts built on it add `Batch`, `avg latency` and units in
 * brackets. Source: perf_analyzer src/report_writer.cc, 2.38 to 2.60; 2019's single `Server Compute` from its history.
 */
const PARTS: Readonly<Record<string, PartName>> = {
  'Client Send': 'clientSend',
  'Network+Server Send/Recv': 'network',
  'Server Queue': 'queue',
  'Server Compute': 'computeInfer',
  'Server Compute Input': 'computeInput',
  'Server Compute Infer': 'computeInfer',
  'Server Compute Output': 'computeOutput',
  'Server Cache Hit': 'cacheHit',
  'Server Cache Miss': 'cacheMiss',
  'Client Recv': 'clientRecv',
}
const GPU_COLUMNS: Readonly<Record<string, Exclude<keyof GpuMetrics, 'uuid'>>> = {
  'Avg GPU Utilization': 'utilization',
  'Avg GPU Power Usage': 'powerW',
  'Max GPU Memory Usage': 'memoryUsedBytes',
  'Total GPU Memory': 'memoryTotalBytes',
}
/** Read by us from other columns: send + receive, and what is left of the request. */
const DERIVED = new Set(['request/response', 'response wait'])
const LOAD = new Set(['Batch', 'Concurrency', 'Request Rate', 'Inferences/Second', 'Response Throughput'])
const FIXED_PERCENTILES = ['p50', 'p90', 'p95', 'p99'] as const

/** Times in the unit of the file; `row-units.ts` says which it is. */
export interface PerfRow {
  batch?: number
  concurrency?: number
  requestRate?: number
  inferPerSec?: number
  responsesPerSec?: number
  parts: PartsMs
  latency: LatencyMs
  otherPercentiles: Record<string, number>
  gpus: GpuMetrics[]
}

export type TimeUnit = 'µs' | 'ms' | 's'

/** A header without its unit, and that unit: `p50 latency (ms)`. */
export function splitUnit(title: string): { name: string; unit?: TimeUnit } {
  const [, name = title, word] = /^(.*?)\s*\((us|usec|µs|ms|msec|s|sec)\)$/.exec(title) ?? []
  if (word === undefined) return { name }
  return { name, unit: word.startsWith('m') ? 'ms' : word.startsWith('s') ? 's' : 'µs' }
}

export function isPerfHeader(cells: readonly string[]): boolean {
  const names = cells.map(cell => splitUnit(cell).name)
  return names.includes('Inferences/Second') && (names.includes('Concurrency') || names.includes('Request Rate'))
}

export function unknownColumns(titles: readonly string[]): string[] {
  return titles.filter(title => {
    const { name } = splitUnit(title)
    const known = LOAD.has(name) || name in PARTS || name in GPU_COLUMNS || DERIVED.has(name)
    return !known && !/^(?:p[\d.]+|avg) latency$/i.test(name)
  })
}

/** Cells of a number's column with something else in it (`nan`, `-1`, `1,5`): absent from the point, and said. */
export function unreadableCells(titles: readonly string[], { no, cells }: CsvRow): { where: string; why: string }[] {
  return titles.flatMap((title, index) => {
    const { name } = splitUnit(title)
    const cell = cells[index] ?? ''
    const value = numberCell(cell)
    const isNumbers = LOAD.has(name) || name in PARTS || /^(?:p[\d.]+|avg) latency$/i.test(name)
    if (!isNumbers || cell === '' || (value !== undefined && value >= 0)) return []
    const why = value === undefined ? 'is no number' : 'is below 0'
    return [{ where: `line ${no}, ${title}`, why: `"${cell.slice(0, 20)}" ${why}` }]
  })
}

/** One data row under these titles. Blank cells are absent. */
export function perfRow(titles: readonly string[], cells: readonly string[]): PerfRow {
  const row: PerfRow = { parts: {}, latency: {}, otherPercentiles: {}, gpus: [] }
  for (const [index, title] of titles.entries()) {
    const { name } = splitUnit(title)
    const cell = cells[index]
    const gpuField = GPU_COLUMNS[name]
    if (gpuField !== undefined) addGpuCell(row.gpus, gpuField, cell ?? '')
    const value = numberCell(cell)
    if (value === undefined || value < 0) continue
    setValue(row, name, value, cell)
  }
  return row
}

function setValue(row: PerfRow, name: string, value: number, cell: string | undefined): void {
  const part = PARTS[name]
  const [, percentile] = /^(p[\d.]+) latency$/.exec(name) ?? []
  const fixed = FIXED_PERCENTILES.find(known => known === percentile)
  const count = countCell(cell)
  if (part !== undefined) row.parts[part] = value
  else if (fixed !== undefined) row.latency[fixed] = value
  else if (percentile !== undefined) row.otherPercentiles[percentile] = value
  else if (/^avg latency$/i.test(name)) row.latency.mean = value
  else if (name === 'Batch' && count !== undefined) row.batch = count
  else if (name === 'Concurrency' && count !== undefined) row.concurrency = count
  else if (name === 'Request Rate') row.requestRate = value
  else if (name === 'Inferences/Second') row.inferPerSec = value
  else if (name === 'Response Throughput') row.responsesPerSec = value
}

/** `UUID:value;UUID:value;`. */
function addGpuCell(gpus: GpuMetrics[], field: Exclude<keyof GpuMetrics, 'uuid'>, cell: string): void {
  for (const item of cell.split(';')) {
    const [, uuid, text] = /^(.+):([^:]+)$/.exec(item.trim()) ?? []
    const value = numberCell(text)
    if (uuid === undefined || value === undefined) continue
    const known = gpus.find(gpu => gpu.uuid === uuid)
    if (known === undefined) gpus.push({ uuid, [field]: value })
    else known[field] = value
  }
}

const PER_MS: Record<TimeUnit, number> = { µs: 1000, ms: 1, s: 0.001 }

/** The row's figures as a point has them. Concurrency of an open loop: the mean number in flight, by Little's law. */
export function pointFigures(row: PerfRow, unit: TimeUnit) {
  const toMs = (values: Record<string, number | undefined>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, (value ?? 0) / PER_MS[unit]]))
  const latencyMs: LatencyMs = toMs(row.latency)
  const partsMs: PartsMs = toMs(row.parts)
  const { inferPerSec, responsesPerSec, requestRate, gpus } = row
  return {
    ...(Object.keys(latencyMs).length === 0 ? {} : { latencyMs }),
    ...(Object.keys(partsMs).length === 0 ? {} : { partsMs }),
    ...(Object.keys(row.otherPercentiles).length === 0 ? {} : { otherPercentilesMs: toMs(row.otherPercentiles) }),
    ...(inferPerSec === undefined ? {} : { inferPerSec }),
    ...(responsesPerSec === undefined ? {} : { responsesPerSec }),
    ...(requestRate === undefined ? {} : { requestRate }),
    ...(gpus.length === 0 ? {} : { gpus }),
  } satisfies Partial<Point>
}

/** Requests in flight on average: throughput ÷ batch × mean latency (Little's law). At least 1. */
export function meanInFlight(inferPerSec: number | undefined, batch: number, latencyMs: number | undefined): number {
  if (inferPerSec === undefined || latencyMs === undefined) return 1
  return Math.max(1, Math.round((inferPerSec / batch) * (latencyMs / 1000)))
}
