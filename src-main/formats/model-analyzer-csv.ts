import { EngineError } from '#domain/errors.ts'
import type { LatencyMs } from '#domain/point.ts'
import type { GpuMetrics } from '#domain/server.ts'
import { type CsvRow, countCell, misfit, numberCell } from './csv-text.ts'
import { defineFormat, type ImportedPoint, type PointsContent } from './define.ts'
import { meanInFlight } from './perf-analyzer-columns.ts'
import { readTable, startsWithTitles } from './table-rows.ts'

const BYTES_PER_MB = 1e6
const LOAD = /^(?:Concurrency|Request Rate)$/
/** Words that name a row, by column; all else in a row is a figure. */
const CONFIG_COLUMNS: Readonly<Record<string, string>> = {
  'Model Config Path': 'config',
  'Instance Group': 'instanceGroup',
  'Max Batch Size': 'maxBatchSize',
  'Satisfies Constraints': 'satisfiesConstraints',
}

/**
 * Model Analyzer's result tables: `metrics-model-inference.csv` (a row a measurement), `-model-gpu.csv` (a row a
 * measurement and GPU) and `metrics-server-only.csv` (the idle server). ms, MB (10^6), %, W. Cells of ensembles are
 * quoted lists. Source: model_analyzer result/result_table_manager.py, 1.40 to 1.58.
 */
export const modelAnalyzerCsv = defineFormat({
  id: 'model-analyzer-csv',
  title: 'Model Analyzer table (CSV)',
  gives: 'points',
  extensions: ['.csv'],
  sniff: head =>
    startsWithTitles(
      head.text,
      [/^Model$/, /^Batch$/, LOAD],
      [/^Model$/, /^GPU UUID$/, /^Batch$/, LOAD],
      [/^Model$/, /^GPU UUID$/, /^GPU Memory Usage/],
      [/^Model$/, /^GPU Memory Usage/],
    ),
  async read(source, signal) {
    const table = await readTable(source, signal)
    const [header, ...rows] = table.rows
    if (header === undefined || header.cells[0] !== 'Model') {
      throw new EngineError('FORMAT_BROKEN', 'No header of a Model Analyzer table', {
        where: `${source.name}, line 1`,
        hint: 'Empty or cut: look for it in export/results.',
      })
    }
    const titles = header.cells
    const content: PointsContent = {
      tool: 'Model Analyzer',
      points: [],
      facts: { times: 'ms with one decimal', measuredBy: 'perf_analyzer' },
      notices: [],
      skipped: [],
    }
    const models = new Set<string>()
    for (const row of rows) {
      const cells = Object.fromEntries(titles.map((title, index) => [title, row.cells[index]]))
      const why = misfit(titles, row.cells)
      if (why !== undefined) {
        content.skipped.push({ where: `line ${row.no}`, why })
      } else if (titles.includes('Batch')) {
        if (cells.Model) models.add(cells.Model)
        addPoint(content, row, cells)
      } else content.notices.push(idleNotice(cells))
    }
    const [only] = models
    if (only !== undefined && models.size === 1) content.modelName = only
    content.notices.push(...table.notices)
    return content
  },
})

type Cells = Record<string, string | undefined>

/** A row of a result table by its titles, as a point; the row of a further GPU goes to the point it belongs to. */
export function addPoint(content: PointsContent, { no }: CsvRow, cells: Cells): void {
  const batch = countCell(cells.Batch)
  const concurrency = countCell(cells.Concurrency)
  const requestRate = numberCell(cells['Request Rate'])
  const inferPerSec = numberCell(cells['Throughput (infer/sec)'])
  const latencyMs = latencies(cells)
  if (batch === undefined || (concurrency === undefined && requestRate === undefined)) {
    const said = `${cells.Batch} and ${cells.Concurrency ?? cells['Request Rate']}`
    content.skipped.push({ where: `line ${no}`, why: `batch and load are ${said}: several models measured at once` })
    return
  }
  const gpu = gpuOf(cells)
  const serverConfig = configOf(cells)
  const same = content.points.find(
    point =>
      gpu !== undefined &&
      point.batch === batch &&
      point.concurrency === concurrency &&
      JSON.stringify(point.serverConfig) === JSON.stringify(serverConfig),
  )
  if (same !== undefined && gpu !== undefined) same.gpus = [...(same.gpus ?? []), gpu]
  else {
    const point: ImportedPoint = {
      runtime: 'triton',
      batch,
      concurrency: concurrency ?? meanInFlight(inferPerSec, batch, latencyMs.mean),
      ...(requestRate === undefined ? {} : { requestRate }),
      ...(inferPerSec === undefined ? {} : { inferPerSec }),
      ...(Object.keys(latencyMs).length === 0 ? {} : { latencyMs }),
      ...(gpu === undefined ? {} : { gpus: [gpu] }),
      serverConfig,
      flags: [],
    }
    content.points.push(point)
  }
}

/** `p99 Latency (ms)`, `Avg Latency (ms)`: which stand there, the user's configuration says. */
function latencies(cells: Cells): LatencyMs {
  const named = { mean: 'avg', p50: 'p50', p90: 'p90', p95: 'p95', p99: 'p99' } as const
  const found: LatencyMs = {}
  for (const [title, cell] of Object.entries(cells)) {
    const [, word] = /^(avg|p\d\d) latency \(ms\)$/i.exec(title) ?? []
    const value = numberCell(cell)
    for (const name of ['mean', 'p50', 'p90', 'p95', 'p99'] as const)
      if (value !== undefined && word?.toLowerCase() === named[name]) found[name] = value
  }
  return found
}

function gpuOf(cells: Cells): GpuMetrics | undefined {
  const uuid = cells['GPU UUID']
  if (!uuid) return undefined
  const memory = numberCell(cells['GPU Memory Usage (MB)'])
  const utilization = numberCell(cells['GPU Utilization (%)'])
  const powerW = numberCell(cells['GPU Power Usage (W)'])
  return {
    uuid,
    ...(utilization === undefined ? {} : { utilization: utilization / 100 }),
    ...(powerW === undefined ? {} : { powerW }),
    ...(memory === undefined ? {} : { memoryUsedBytes: Math.round(memory * BYTES_PER_MB) }),
  }
}

function configOf(cells: Cells): NonNullable<ImportedPoint['serverConfig']> {
  const config: NonNullable<ImportedPoint['serverConfig']> = {}
  for (const [title, name] of Object.entries(CONFIG_COLUMNS)) {
    const cell = cells[title]
    if (cell === undefined || cell === '') continue
    config[name] = name === 'satisfiesConstraints' ? cell === 'Yes' : (numberCell(cell) ?? cell)
  }
  return config
}

function idleNotice(cells: Cells): string {
  const facts = Object.entries(cells).map(([title, cell]) => `${title} ${cell ?? ''}`)
  return `The server alone, idle: ${facts.join(', ')}.`
}
