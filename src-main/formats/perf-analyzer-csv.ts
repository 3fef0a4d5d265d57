import { EngineError } from '#domain/errors.ts'
import { type CsvRow, misfit } from './csv-text.ts'
import { defineFormat, type ImportedPoint, type PointsContent } from './define.ts'
import {
  isPerfHeader,
  meanInFlight,
  type PerfRow,
  perfRow,
  pointFigures,
  unknownColumns,
  unreadableCells,
} from './perf-analyzer-columns.ts'
import { readTable, startsWithTitles } from './table-rows.ts'

/**
 * perf_analyzer `-f out.csv`, plain, `--verbose-csv` and with `--collect-metrics`: a row per load level, times in
 * whole µs, a blank cell where nothing was measured, the header again wherever a script appended. It has no batch.
 * Also the files it writes for the models of an ensemble, which have no percentiles.
 * Source: perf_analyzer src/report_writer.cc, 2.38 to 2.60.
 */
export const perfAnalyzerCsv = defineFormat({
  id: 'perf-analyzer-csv',
  title: 'perf_analyzer report (CSV)',
  gives: 'points',
  extensions: ['.csv'],
  sniff: head => startsWithTitles(head.text, [/^(?:Concurrency|Request Rate)$/, /^Inferences\/Second$/]),
  async read(source, signal) {
    const { rows, notices } = await readTable(source, signal)
    const content: PointsContent = {
      tool: 'perf_analyzer',
      points: [],
      batchUnknown: { throughputCounts: 'items' },
      facts: { times: 'whole microseconds, cut off', percentiles: 'nearest rank over the last three windows' },
      notices: [],
      skipped: [],
    }
    let titles: string[] | undefined
    for (const row of rows) {
      if (isPerfHeader(row.cells)) {
        if (titles === undefined) content.notices.push(...headerNotices(row.cells))
        titles = row.cells
      } else if (titles === undefined) content.skipped.push({ where: `line ${row.no}`, why: 'before any header' })
      else addRow(content, titles, row)
    }
    if (titles === undefined) {
      throw new EngineError('FORMAT_BROKEN', 'No header of a perf_analyzer report', {
        where: `${source.name}, line 1`,
        hint: 'Empty or cut: did the sweep finish?',
      })
    }
    if (content.points.some(point => point.requestRate !== undefined)) {
      content.notices.push('Concurrency of a request rate is the mean number in flight: throughput × mean latency.')
    }
    content.notices.push(...notices)
    return content
  },
})

function headerNotices(titles: readonly string[]): string[] {
  const notices = unknownColumns(titles).map(title => `Column "${title}" is not known and was left out.`)
  if (titles.includes('Server Compute')) {
    notices.push('The old single column Server Compute is shown as Compute Infer: input and output are inside it.')
  }
  if (!titles.includes('Server Queue')) notices.push('The server told no statistics: there are no server columns.')
  const hasLatency = titles.some(title => / latency$/.test(title))
  if (hasLatency && !titles.some(title => /^avg latency$/i.test(title))) {
    notices.push('There is no column Avg latency: avg is the sum of the parts.')
  }
  if (!hasLatency) {
    notices.push('No latencies: this is the file of a model inside an ensemble, whose network part is its overhead.')
  }
  return notices
}

function addRow(content: PointsContent, titles: readonly string[], { no, cells }: CsvRow): void {
  const where = `line ${no}`
  const why = misfit(titles, cells)
  if (why !== undefined) {
    content.skipped.push({ where, why })
    return
  }
  const row = perfRow(titles, cells)
  if (row.inferPerSec === undefined || (row.concurrency === undefined && row.requestRate === undefined)) {
    content.skipped.push({ where, why: row.inferPerSec === undefined ? 'no throughput' : 'no concurrency' })
    return
  }
  content.skipped.push(...unreadableCells(titles, { no, cells }))
  if (Object.keys(row.latency).length > 0) row.latency.mean ??= sumOfParts(row)
  const figures = pointFigures(row, 'µs')
  const latencyMs = figures.latencyMs?.mean ?? figures.latencyMs?.p50
  content.points.push({
    runtime: 'triton',
    batch: 1,
    concurrency: row.concurrency ?? meanInFlight(row.inferPerSec, 1, latencyMs),
    ...figures,
    flags: csvFlags(figures),
  })
}

/**
 * The network part is what the others leave of the mean, so they add up to it (±7 µs of cut-off digits), unless it was
 * capped at 0 or a cache answered.
 */
function sumOfParts({ parts }: PerfRow): number | undefined {
  const { network, cacheHit = 0, cacheMiss = 0 } = parts
  if (!network || cacheHit + cacheMiss > 0) return undefined
  return Object.values(parts).reduce<number>((sum, value) => sum + (value ?? 0), 0)
}

/** What a row itself gives away: without statistics no server parts; with hits the parts do not add up. */
function csvFlags({ partsMs }: Partial<ImportedPoint>): string[] {
  const flags = partsMs?.queue === undefined ? ['no-statistics'] : []
  if ((partsMs?.cacheHit ?? 0) > 0) flags.push('cache-parts')
  return flags
}
