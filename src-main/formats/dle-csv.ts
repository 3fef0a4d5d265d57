import { EngineError } from '#domain/errors.ts'
import { type CsvRow, misfit } from './csv-text.ts'
import { defineFormat, type PointsContent } from './define.ts'
import {
  isPerfHeader,
  perfRow,
  pointFigures,
  splitUnit,
  type TimeUnit,
  unknownColumns,
  unreadableCells,
} from './perf-analyzer-columns.ts'
import { fittingUnit } from './row-check.ts'
import { readTable, startsWithTitles } from './table-rows.ts'

/**
 * Tables of NVIDIA's Deep Learning Examples: perf_analyzer's columns with `Batch` in front and `avg latency`, the sum
 * of the parts, at the end. Written in µs by its runner, printed in ms in its READMEs; the header says which, or the
 * figures do: throughput × latency is batch × concurrency. Source: DeepLearningExamples run_performance_on_triton.py.
 */
export const dleCsv = defineFormat({
  id: 'dle-csv',
  title: 'Deep Learning Examples table (CSV)',
  gives: 'points',
  extensions: ['.csv'],
  sniff: head => startsWithTitles(head.text, [/^Batch$/, /^Concurrency$/, /^Inferences\/Second\b/]),
  async read(source, signal) {
    const { rows, notices } = await readTable(source, signal)
    const content: PointsContent = {
      tool: 'Deep Learning Examples',
      points: [],
      facts: { mean: 'sum of the part columns', percentiles: 'nearest rank (perf_analyzer)' },
      notices: [],
      skipped: [],
    }
    const titles = rows.find(row => isPerfHeader(row.cells))?.cells
    if (titles === undefined) {
      throw new EngineError('FORMAT_BROKEN', 'No header of a Deep Learning Examples table', {
        where: `${source.name}, line 1`,
        hint: 'Empty or cut: copy the table again, first line included.',
      })
    }
    const data = rows.filter(row => !isPerfHeader(row.cells))
    const unit = unitOf(titles, data, content)
    for (const row of data) addRow(content, titles, row, unit)
    const headers = rows.length - data.length
    if (headers > 1) content.notices.push(`The header stands ${headers} times: several runs were appended.`)
    content.notices.push(...unknownColumns(titles).map(title => `Column "${title}" is not known and was left out.`))
    content.notices.push(...notices)
    return content
  },
})

/** The unit the header states, else the one most rows fit, else µs as the tool writes; each is said. */
function unitOf(titles: readonly string[], rows: readonly CsvRow[], content: PointsContent): TimeUnit {
  const stated = titles.map(title => splitUnit(title).unit).find(unit => unit !== undefined)
  const fits = rows.flatMap(row => fittingUnit(perfRow(titles, row.cells)) ?? [])
  const votes = (unit: TimeUnit) => fits.filter(fit => fit === unit).length
  const [best] = (['µs', 'ms', 's'] as const).toSorted((a, b) => votes(b) - votes(a))
  const told = best === undefined || votes(best) * 2 <= rows.length ? undefined : best
  content.facts.unit = stated ?? told ?? 'µs'
  if (stated === undefined && told === undefined) {
    content.notices.push(
      'The header names no unit and the figures fit none: times are taken as µs, as the tool writes.',
    )
  } else if (stated === undefined) {
    content.notices.push(`The header names no unit: throughput × latency says ${told}.`)
  } else if (told !== undefined && told !== stated) {
    content.notices.push(
      `The header says ${stated}, but throughput × latency says ${told}. Taken as ${stated}, rows are flagged.`,
    )
  }
  return stated ?? told ?? 'µs'
}

function addRow(content: PointsContent, titles: readonly string[], { no, cells }: CsvRow, unit: TimeUnit): void {
  const where = `line ${no}`
  const row = perfRow(titles, cells)
  const { batch, concurrency, inferPerSec } = row
  const why = misfit(titles, cells)
  if (why !== undefined) {
    content.skipped.push({ where, why })
  } else if (batch === undefined || concurrency === undefined || inferPerSec === undefined) {
    content.skipped.push({ where, why: 'no batch, concurrency or throughput' })
  } else {
    content.skipped.push(...unreadableCells(titles, { no, cells }))
    content.points.push({ runtime: 'triton', batch, concurrency, ...pointFigures(row, unit), flags: [] })
  }
}
