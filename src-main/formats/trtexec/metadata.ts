import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import { parseJson } from '../json-text.ts'
import { printedNumber } from './log-line.ts'
import { factsOfSections } from './run-facts.ts'
import type { PrintedStatistics, SummaryRow, TrtexecRun, TrtexecSummary } from './types.ts'

const Section = z.record(z.string(), z.union([z.string(), z.number()]))
const Metadata = z.object({
  model_options: Section.optional(),
  build_options: Section.optional(),
  inference_options: Section.optional(),
  device_information: Section.optional(),
  performance_summary: z.record(z.string(), z.union([z.number(), z.array(z.number())])).optional(),
})

const TITLES = {
  model_options: 'Model Options',
  build_options: 'Build Options',
  inference_options: 'Inference Options',
  device_information: 'Device Information',
} as const
const ROWS: Readonly<Record<string, SummaryRow>> = {
  Latency: 'latency',
  'End-to-End Host Latency': 'endToEnd',
  'Enqueue Time': 'enqueue',
  'H2D Latency': 'h2d',
  'GPU Compute Time': 'gpuCompute',
  'D2H Latency': 'd2h',
}
/** min, max, mean, median, then percentiles: 99 alone up to 8.4, then 90, 95, 99. */
const PERCENTILES: Readonly<Record<number, readonly string[]>> = { 1: ['99'], 3: ['90', '95', '99'] }

/**
 * TREx's `.build.metadata.json` and `.profile.metadata.json`: a log's sections and summary as JSON. Its own parser cuts
 * values at every colon ("Memory Pools": "workspace"), so they may be short. Source: trt-engine-explorer
 * utils/parse_trtexec_log.py, 8.x to 10.x.
 * @throws EngineError FORMAT_BROKEN
 */
export function readMetadata(text: string, where: string): TrtexecRun {
  const parsed = Metadata.safeParse(parseJson(text, where))
  if (!parsed.success) {
    throw new EngineError('FORMAT_BROKEN', 'This is not metadata of TREx', {
      where,
      detail: z.prettifyError(parsed.error).slice(0, 2000),
    })
  }
  const sections: TrtexecRun['sections'] = {}
  for (const key of ['model_options', 'build_options', 'inference_options', 'device_information'] as const) {
    const section = parsed.data[key]
    if (section === undefined) continue
    sections[TITLES[key]] = Object.fromEntries(Object.entries(section).map(([name, value]) => [name, String(value)]))
  }
  const summary = summaryOf(parsed.data.performance_summary)
  const run: TrtexecRun = {
    outcome: 'unknown',
    sections,
    device: {},
    shapes: {},
    outputShapes: {},
    phases: [],
    build: { generationSeconds: [], skippedTactics: 0, memory: {} },
    measured: {},
    ...(summary === undefined ? {} : { summary }),
    averages: [],
    messages: [],
    messagesLeftOut: 0,
    hints: [],
  }
  return { ...run, ...factsOfSections(run) }
}

function summaryOf(printed: z.infer<typeof Metadata>['performance_summary']): TrtexecSummary | undefined {
  if (printed === undefined) return undefined
  const number = (name: string) => printedNumber(String(printed[name]))
  const [queriesPerSec, hostWallSeconds, gpuComputeSeconds] = [
    number('Throughput'),
    number('Total Host Walltime'),
    number('Total GPU Compute Time'),
  ]
  const rows: TrtexecSummary['rows'] = {}
  for (const [title, values] of Object.entries(printed)) {
    const row = ROWS[title]
    if (row !== undefined && Array.isArray(values)) rows[row] = statisticsOf(values)
  }
  return {
    rows,
    ...(queriesPerSec === undefined ? {} : { queriesPerSec }),
    ...(hostWallSeconds === undefined ? {} : { hostWallSeconds }),
    ...(gpuComputeSeconds === undefined ? {} : { gpuComputeSeconds }),
  }
}

function statisticsOf([minMs, maxMs, meanMs, medianMs, ...percentiles]: readonly number[]): PrintedStatistics {
  const names = PERCENTILES[percentiles.length] ?? []
  return {
    ...(minMs === undefined ? {} : { minMs }),
    ...(maxMs === undefined ? {} : { maxMs }),
    ...(meanMs === undefined ? {} : { meanMs }),
    ...(medianMs === undefined ? {} : { medianMs }),
    percentilesMs: Object.fromEntries(
      names.flatMap((name, index) => {
        const value = percentiles[index]
        return value === undefined ? [] : [[name, value]]
      }),
    ),
  }
}
