import { NUMBER, printedNumber } from './log-line.ts'
import type { PrintedStatistics, SummaryRow, TraceAverage, TrtexecSummary } from './types.ts'

const ROWS: Readonly<Record<string, SummaryRow>> = {
  Latency: 'latency',
  'End-to-End Host Latency': 'endToEnd',
  'Enqueue Time': 'enqueue',
  'H2D Latency': 'h2d',
  'GPU Compute Time': 'gpuCompute',
  'D2H Latency': 'd2h',
}
/** Up to 7.2 each row is a heading with a line a figure. */
const OLD_ROWS: Readonly<Record<string, SummaryRow>> = {
  'Host Latency': 'latency',
  'Enqueue Time': 'enqueue',
  'GPU Compute': 'gpuCompute',
}
const FIELDS = { min: 'minMs', max: 'maxMs', mean: 'meanMs', median: 'medianMs' } as const

const ROW = /^([A-Z][\w -]*): ((?:min|max|mean|median|percentile\([^)]*\)) = .*)$/
const STATISTIC = new RegExp(String.raw`\b(min|max|mean|median|percentile\(([\d.]+)%\)) = (${NUMBER}) ms`, 'g')
const TOTAL = new RegExp(
  `^(Throughput|throughput|Total Host Walltime|walltime|Total GPU Compute Time|total compute time): (${NUMBER}) (?:qps|s)$`,
)
const OLD_STATISTIC = new RegExp(
  String.raw`^(min|max|mean|median|percentile): (${NUMBER}) ms(?: at ([\d.]+)%)?(?: \(end to end (${NUMBER}) ms(?: at [\d.]+%)?\))?$`,
)
const AVERAGE = new RegExp(
  String.raw`^Average on \d+ runs - GPU latency: (${NUMBER}) ms - Host latency: (${NUMBER}) ms \(.*?(?:enqueue (${NUMBER}) ms)?\)$`,
)

/** "Performance summary" of 8.0 and later, and of 7.x; trace averages. */
export class SummaryReader {
  summary: TrtexecSummary | undefined
  #oldRow: SummaryRow | undefined

  get hasThroughput(): boolean {
    return this.summary?.queriesPerSec !== undefined
  }

  average(text: string): TraceAverage | undefined {
    const [, gpu, host, enqueue] = AVERAGE.exec(text) ?? []
    const [gpuMs, hostMs, enqueueMs] = [printedNumber(gpu), printedNumber(host), printedNumber(enqueue)]
    if (gpuMs === undefined || hostMs === undefined) return undefined
    return { gpuMs, hostMs, ...(enqueueMs === undefined ? {} : { enqueueMs }) }
  }

  /** @returns figures by name that the line completes */
  line(text: string): [name: string, value: number][] {
    const oldRow = OLD_ROWS[text]
    if (oldRow !== undefined) {
      this.#oldRow = oldRow
      return []
    }
    const [, title = '', body = ''] = ROW.exec(text) ?? []
    const row = ROWS[title]
    if (row !== undefined) return this.#row(row, body)
    return this.#total(text) ?? this.#oldLine(text)
  }

  #row(row: SummaryRow, body: string): [string, number][] {
    for (const [, field = '', percentile, number] of body.matchAll(STATISTIC))
      set(this.#statistics(row), field, percentile, number)
    const median = this.summary?.rows[row]?.medianMs
    return median === undefined ? [] : [[`${row}MedianMs`, median]]
  }

  #total(text: string): [string, number][] | undefined {
    const [, title, number] = TOTAL.exec(text) ?? []
    if (title === undefined) return undefined
    const value = printedNumber(number)
    const name = /throughput/i.test(title)
      ? 'queriesPerSec'
      : /walltime/i.test(title)
        ? 'hostWallSeconds'
        : 'gpuComputeSeconds'
    const summary = this.#made()
    if (value === undefined || summary[name] !== undefined) return []
    summary[name] = value
    return [[name, value]]
  }

  #oldLine(text: string): [string, number][] {
    const row = this.#oldRow
    const [, field, number, percentile, endToEnd] = OLD_STATISTIC.exec(text) ?? []
    if (row === undefined || field === undefined) return []
    set(this.#statistics(row), field, percentile, number)
    if (endToEnd !== undefined) set(this.#statistics('endToEnd'), field, percentile, endToEnd)
    return []
  }

  #made(): TrtexecSummary {
    this.summary ??= { rows: {} }
    return this.summary
  }

  #statistics(row: SummaryRow): PrintedStatistics {
    const { rows } = this.#made()
    const statistics = rows[row] ?? { percentilesMs: {} }
    rows[row] = statistics
    return statistics
  }
}

function set(statistics: PrintedStatistics, field: string, percentile: string | undefined, number: string | undefined) {
  const value = printedNumber(number)
  if (value === undefined) return
  if (percentile !== undefined) statistics.percentilesMs[percentile] = value
  else if (field === 'min' || field === 'max' || field === 'mean' || field === 'median')
    statistics[FIELDS[field]] = value
}
