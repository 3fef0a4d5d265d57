import { EngineError } from '#domain/errors.ts'
import { defineFormat, type PointsContent } from './define.ts'
import { addPoint } from './model-analyzer-csv.ts'
import { numberedLines, readText } from './text-lines.ts'

/** The verbose log of a search of hours is some megabytes. */
const MAX_LOG_BYTES = 64 * 2 ** 20
/** Cells are padded with at least three blanks; the titles themselves have single ones. */
const BETWEEN_CELLS = / {2,}/

/**
 * What Model Analyzer prints: settings and progress, at the end its result tables for eyes. For who kept the log and
 * not the files. Source: model_analyzer result/result_table.py, 1.40 to 1.58.
 */
export const modelAnalyzerLog = defineFormat({
  id: 'model-analyzer-log',
  title: 'Model Analyzer log',
  gives: 'points',
  extensions: ['.log', '.txt'],
  sniff: head => /^\{'always_report_gpu_metrics'|^(?:\d\d:\d\d:\d\d )?\[Model Analyzer\] /m.test(head.text),
  async read(source, signal) {
    const text = await readText(source, { maxBytes: MAX_LOG_BYTES, ...(signal === undefined ? {} : { signal }) })
    const content: PointsContent = {
      tool: 'Model Analyzer',
      points: [],
      facts: { times: 'ms with one decimal', measuredBy: 'perf_analyzer' },
      notices: [],
      skipped: [],
    }
    const models = new Set<string>()
    let titles: readonly string[] | undefined
    for (const { no, line } of numberedLines(text)) {
      const cells = line.trim().split(BETWEEN_CELLS)
      if (cells[0] === 'Model' && cells.includes('Batch')) {
        titles = cells
      } else if (titles === undefined || line.trim() === '') {
        titles = undefined
      } else if (cells.length !== titles.length) {
        content.skipped.push({ where: `line ${no}`, why: `has ${cells.length} of ${titles.length} cells` })
      } else {
        const named = Object.fromEntries(titles.map((title, index) => [title, cells[index]]))
        models.add(named.Model ?? '')
        addPoint(content, { no, cells }, named)
      }
    }
    if (content.points.length === 0) {
      throw new EngineError('FORMAT_BROKEN', 'This log of Model Analyzer holds no result table', {
        where: source.name,
        hint: 'It ended before its tables: import its newest checkpoint instead (checkpoints/N.ckpt).',
      })
    }
    const [only] = models
    if (only !== undefined && models.size === 1) content.modelName = only
    return content
  },
})
