import type { ResultDocument } from '#domain/document.ts'
import { PART_TITLES } from '#domain/part-titles.ts'
import type { PartName, Point } from '#domain/point.ts'
import type { GpuMetrics } from '#domain/server.ts'
import { isServerPoint } from '#domain/server-table.ts'
import { csvField } from './csv-field.ts'

type Cell = (point: Point) => number | string | undefined
type Column = readonly [title: string, cell: Cell]

/** perf_analyzer's words for the parts. Source: src/report_writer.cc, 2.51 and 2.60. */
const PART_HEADERS: Readonly<Record<PartName, string>> = {
  clientSend: 'Client Send',
  network: 'Network+Server Send/Recv',
  queue: 'Server Queue',
  computeInput: 'Server Compute Input',
  computeInfer: 'Server Compute Infer',
  computeOutput: 'Server Compute Output',
  cacheHit: 'Server Cache Hit',
  cacheMiss: 'Server Cache Miss',
  clientRecv: 'Client Recv',
}
const GPU_HEADERS = {
  'Avg GPU Utilization': 'utilization',
  'Avg GPU Power Usage': 'powerW',
  'Max GPU Memory Usage': 'memoryUsedBytes',
  'Total GPU Memory': 'memoryTotalBytes',
} as const satisfies Record<string, keyof GpuMetrics>

/**
 * Points at a server as perf_analyzer writes them (`-f`, with `verbose` as `--verbose-csv`): its header word by word,
 * whole µs cut off, throughput with six digits. In measured order, where perf_analyzer sorts by throughput; unstable
 * points are in it, failed ones are not. Its table has no batch: points of several batches get the column `Batch` in
 * front, as NVIDIA's Deep Learning Examples do. Closed and open loop have a header each.
 */
export function toPerfAnalyzerCsv(document: ResultDocument, { verbose }: { verbose: boolean }): string {
  const points = document.runs
    .flatMap(run => run.points)
    .filter(point => isServerPoint(point) && point.status === 'done' && point.inferPerSec !== undefined)
  const closed = points.filter(point => point.requestRate === undefined)
  const open = points.filter(point => point.requestRate !== undefined)
  return [closed, open]
    .filter(section => section.length > 0)
    .map(section => table(section, columnsOf(section, verbose)))
    .join('')
}

function table(points: readonly Point[], columns: readonly Column[]): string {
  const header = columns.map(([title]) => title).join(',')
  const rows = points.map(point => columns.map(([, cell]) => csvField(cell(point))).join(','))
  return [header, ...rows].map(line => `${line}\n`).join('')
}

function columnsOf(points: readonly Point[], verbose: boolean): Column[] {
  const any = (cell: Cell) => points.some(point => cell(point) !== undefined)
  const isRate = points.some(point => point.requestRate !== undefined)
  const severalBatches = new Set(points.map(point => point.batch)).size > 1
  const mean: Column = [severalBatches ? 'avg latency' : 'Avg latency', point => wholeUs(point.latencyMs?.mean)]
  const columns: Column[] = [
    ...(severalBatches ? [['Batch', (point: Point) => point.batch] as const] : []),
    isRate ? ['Request Rate', point => sixDigits(point.requestRate)] : ['Concurrency', point => point.concurrency],
    ['Inferences/Second', point => sixDigits(point.inferPerSec)],
  ]
  const responses: Cell = point => sixDigits(point.responsesPerSec)
  if (any(responses)) columns.push(['Response Throughput', responses])
  for (const { name } of PART_TITLES) {
    const cell: Cell = point => wholeUs(point.partsMs?.[name])
    if (any(cell)) columns.push([PART_HEADERS[name], cell])
  }
  columns.push(...percentileColumns(points))
  if ((verbose || severalBatches) && any(mean[1])) columns.push(mean)
  if (verbose && !severalBatches) columns.push(...verboseColumns(points))
  return columns
}

/** The fixed four, and others in their numeric place. */
function percentileColumns(points: readonly Point[]): Column[] {
  const others = points.flatMap(point => Object.keys(point.otherPercentilesMs ?? {}))
  const rank = (name: string) => Number(name.slice(1))
  const names = [...new Set(['p50', 'p90', 'p95', 'p99', ...others])].toSorted((a, b) => rank(a) - rank(b))
  return names.map((name): Column => {
    const values = (point: Point): Record<string, number | undefined> => ({
      ...point.otherPercentilesMs,
      ...point.latencyMs,
    })
    return [`${name} latency`, point => wholeUs(values(point)[name])]
  })
}

function verboseColumns(points: readonly Point[]): Column[] {
  const ends = ({ partsMs }: Point) => (partsMs?.clientSend ?? 0) + (partsMs?.clientRecv ?? 0)
  const columns: Column[] = [
    ['request/response', point => wholeUs(point.partsMs === undefined ? undefined : ends(point))],
    [
      'response wait',
      point => {
        const mean = point.latencyMs?.mean
        return wholeUs(mean === undefined ? undefined : Math.max(0, mean - ends(point)))
      },
    ],
  ]
  if (points.every(point => point.gpus === undefined)) return columns
  for (const [title, field] of Object.entries(GPU_HEADERS)) {
    columns.push([title, point => gpuCell(point.gpus ?? [], field)])
  }
  return columns
}

/** `UUID:value;UUID:value;`. */
function gpuCell(gpus: readonly GpuMetrics[], field: Exclude<keyof GpuMetrics, 'uuid'>): string {
  return gpus
    .filter(gpu => gpu[field] !== undefined)
    .map(gpu => `${gpu.uuid}:${field.endsWith('Bytes') ? gpu[field] : sixDigits(gpu[field])};`)
    .join('')
}

/** A nanosecond: 5.592 ms is 5591.999… µs as a binary number and must not lose its last digit. */
const NANOSECOND_US = 0.001

function wholeUs(timeMs: number | undefined): number | undefined {
  return timeMs === undefined ? undefined : Math.floor(timeMs * 1000 + NANOSECOND_US / 2)
}

/** C++'s `%g`: six significant digits without trailing zeros, an exponent of two digits outside 1e-4 to 1e6. */
export function sixDigits(value: number | undefined): string | undefined {
  if (value === undefined) return undefined
  if (value === 0) return '0'
  const [mantissa = '', exponent = '0'] = value.toExponential(5).split('e')
  const power = Number(exponent)
  const withoutZeros = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
  if (power >= -4 && power < 6) return withoutZeros(value.toFixed(5 - power))
  return `${withoutZeros(mantissa)}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}
