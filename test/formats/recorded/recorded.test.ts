import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { PointsContent } from '#formats/define.ts'
import { dleCsv } from '#formats/dle-csv.ts'
import { modelAnalyzerCheckpoint } from '#formats/model-analyzer-checkpoint.ts'
import { modelAnalyzerCsv } from '#formats/model-analyzer-csv.ts'
import { modelAnalyzerLog } from '#formats/model-analyzer-log.ts'
import { perfAnalyzerConsole } from '#formats/perf-analyzer-console.ts'
import { perfAnalyzerCsv } from '#formats/perf-analyzer-csv.ts'
import { perfAnalyzerProfile } from '#formats/perf-analyzer-profile.ts'
import { parseMetrics } from '#formats/triton-metrics.ts'
import { parseStatistics } from '#formats/triton-statistics.ts'
import { mean, nearestRank } from '#stats/load-windows.ts'
import { memorySource } from '../../helpers/bytes.ts'
import { SAMPLES_FOLDER, sampleBytes, sampleText, withoutSamples } from '../../helpers/samples.ts'
import { consoleFigures } from './printed-console.ts'
import { differences, type PrintedFigure, tableFigures } from './printed-tables.ts'

const source = (path: string) => memorySource(sampleBytes(path), path)

/** Reads a file and says how many figures it prints, and which of them ours are not. */
type Check = (path: string) => Promise<{ count: number; wrong: unknown[] }>

const checked = (figures: readonly PrintedFigure[], { skipped }: PointsContent) => ({
  count: figures.length,
  wrong: [...differences(figures), ...skipped],
})

const table =
  (format: typeof perfAnalyzerCsv, perMs: number): Check =>
  async path => {
    const content = await format.read(source(path))
    return checked(tableFigures(sampleText(path), content, perMs), content)
  }

/** The table at the log's end, padded with blanks for eyes, as the CSV it would be. */
const analyzerLog: Check = async path => {
  const content = await modelAnalyzerLog.read(source(path))
  const [, printed = ''] = /^Models \(Inference\):\n([\s\S]*?)\n\n/m.exec(sampleText(path)) ?? []
  const csv = printed.replaceAll(/ +$/gm, '').replaceAll(/ {2,}/g, ',')
  return checked(tableFigures(csv, content, 1), content)
}

const console: Check = async path => {
  const content = await perfAnalyzerConsole.read(source(path))
  return checked(consoleFigures(sampleText(path), content), content)
}

/** A level that failed prints no figure: its words and its load are what there is. */
const failedConsole: Check = async path => {
  const { points, skipped } = await perfAnalyzerConsole.read(source(path))
  const text = sampleText(path)
  const wrong = points.filter(
    ({ error, concurrency }) =>
      error === undefined || !text.includes(error.message) || !text.includes(`Request concurrency: ${concurrency}`),
  )
  return { count: points.length, wrong: [...wrong, ...skipped] }
}

/** The report of the same run, printed by perf_analyzer: whole µs cut off, throughput with six digits. */
const profile: Check = async path => {
  const { points, skipped } = await perfAnalyzerProfile.read(source(path))
  const report = await perfAnalyzerCsv.read(source(path.replace('.profile.json', '.csv')))
  const cut = (ns: number) => Math.floor(ns / 1000) / 1000
  const wrong = points.flatMap(({ concurrency, inferPerSec = 0, latenciesNs = new Float64Array() }) => {
    const printed = report.points.find(point => point.concurrency === concurrency)
    const sorted = latenciesNs.toSorted()
    const ours = {
      inferPerSec: Number(inferPerSec.toPrecision(6)),
      p50: cut(nearestRank(sorted, 50)),
      p99: cut(nearestRank(sorted, 99)),
      // A plain report prints no mean.
      ...(sampleText(path.replace('.profile.json', '.csv')).includes('Avg latency') ? { mean: cut(mean(sorted)) } : {}),
    }
    const theirs = { ...printed?.latencyMs, inferPerSec: printed?.inferPerSec }
    return Object.entries(ours).flatMap(([name, value]) =>
      value === Object.entries(theirs).find(([key]) => key === name)?.[1] ? [] : [{ concurrency, name, value, theirs }],
    )
  })
  return { count: points.length, wrong: [...wrong, ...skipped] }
}

const Checkpoint = z.object({
  'ResultManager.results': z.object({
    _results: z.record(
      z.string(),
      z.record(
        z.string(),
        z.tuple([z.unknown(), z.record(z.string(), z.object({ _model_config_measurements: z.array(z.unknown()) }))]),
      ),
    ),
  }),
})

/** Every tagged figure of every measurement, found by its tag in the text of the measurement. */
const checkpoint: Check = async path => {
  const { points, skipped } = await modelAnalyzerCheckpoint.read(source(path))
  const { 'ResultManager.results': results } = Checkpoint.parse(JSON.parse(sampleText(path)))
  const measurements = Object.values(results._results)
    .flatMap(variants => Object.values(variants))
    .flatMap(([, found]) => Object.values(found))
    .map(found => JSON.stringify(found))
  const figures = measurements.flatMap((text, index): PrintedFigure[] => {
    const point = points[index]
    const tags: [tag: string, ours: number | undefined][] = [
      ['perf_throughput', point?.inferPerSec],
      ['perf_latency_avg', point?.latencyMs?.mean],
      ['perf_latency_p90', point?.latencyMs?.p90],
      ['perf_latency_p95', point?.latencyMs?.p95],
      ['perf_latency_p99', point?.latencyMs?.p99],
      ['perf_client_send_recv', point?.partsMs?.clientSend],
      ['perf_server_queue', point?.partsMs?.queue],
      ['perf_server_compute_input', point?.partsMs?.computeInput],
      ['perf_server_compute_infer', point?.partsMs?.computeInfer],
      ['perf_server_compute_output', point?.partsMs?.computeOutput],
    ]
    return tags.map(([tag, ours]) => ({
      where: `measurement ${index + 1}, ${tag}`,
      printed: new RegExp(String.raw`"${tag}",\{[^}]*"_value":([\d.e+-]+)`).exec(text)?.[1] ?? '',
      ours,
    }))
  })
  return {
    count: points.length === measurements.length ? figures.length : 0,
    wrong: [...differences(figures), ...skipped],
  }
}

/** Each counter of the JSON by its path, whichever dialect it is in; what the answer leaves out is 0 with us. */
const statistics: Check = async path => {
  const ours = parseStatistics(JSON.parse(sampleText(path)))
  const flat = (value: unknown, at: string): [string, string][] => {
    if (typeof value === 'object' && value !== null)
      return Object.entries(value).flatMap(([key, inner]) =>
        flat(inner, /^(?:inference_?stats)$/i.test(key) ? at : `${at}/${key.replaceAll('_', '').toLowerCase()}`),
      )
    return [[at, String(value)]]
  }
  const renamed = (at: string) =>
    at.replace(/\/lastinferencems$/, '/lastinference').replace('/batches/', '/batchstats/')
  const have = new Map(flat(ours, '/modelstats').map(([at, value]) => [renamed(at), value]))
  const printed = flat(JSON.parse(sampleText(path)), '').filter(
    ([at]) => !/\/(?:responsestats|memoryusage)(?:\/|$)/.test(at),
  )
  return { count: printed.length, wrong: printed.filter(([at, value]) => have.get(at) !== value) }
}

/** Each line that is no comment: `name{labels} value`, split at its last blank. */
const metrics: Check = async path => {
  const have = new Map(
    parseMetrics(sampleText(path)).map(({ name, labels, value }) => {
      const pairs = Object.entries(labels).map(([key, label]) => `${key}="${label}"`)
      return [`${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`}`, value]
    }),
  )
  const lines = sampleText(path)
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
  const printed = lines.map(
    line => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)] as const,
  )
  const wrong = printed.filter(([series, value]) => value !== 'Nan' && have.get(series) !== Number(value))
  return { count: printed.length, wrong }
}

/** Which check reads which file. A new recorded file of these kinds that no line covers fails the first test. */
const CHECKS: readonly (readonly [files: RegExp, check: Check])[] = [
  [
    /^triton\/(?:perf_analyzer_(?:plain|verbose)\w*|perf_analyzer_real\/(?!anchors)[\w.]+)\.csv$/,
    table(perfAnalyzerCsv, 1000),
  ],
  [/^triton\/dle_\w+\.csv$/, table(dleCsv, 1000)],
  [/^seeds\/gpunet_\w+line\.csv$/, table(dleCsv, 1)],
  [/^triton\/model_analyzer\w*(?:\/metrics|_metrics)-model-\w+\.csv$/, table(modelAnalyzerCsv, 1)],
  [/^triton\/perf_analyzer_(?:console[\w-]*|real\/(?!unstable|flaky)\w+)\.log$/, console],
  [/^triton\/perf_analyzer_real\/(?:unstable|flaky)\w*\.log$/, failedConsole],
  [/^triton\/model_analyzer_real\/profile\.log$/, analyzerLog],
  [/\.profile\.json$/, profile],
  [/\.ckpt$/, checkpoint],
  [/(?:model_statistics|grpc_ModelStatistics|\/stats_)\w*\.json$/, statistics],
  [/\.prom\.txt$/, metrics],
]

/** Of these kinds by their ending, and no result of another tool. File → what it is. */
const NOT_RESULTS: Readonly<Record<string, string>> = {
  'triton/perf_analyzer_real/anchors.csv': 'medians of several runs, made by whoever recorded the samples',
  'triton/model_analyzer_metrics-server-only.csv': 'the idle server: a notice, see analyzer-tables.test.ts',
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(join(SAMPLES_FOLDER, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(SAMPLES_FOLDER.length + 1))
}

const files = withoutSamples
  ? []
  : [...filesIn('triton'), ...filesIn('seeds').filter(path => /_o(?:ff|n)line\.csv$/.test(path))]
/** Every table, log, checkpoint, export and metrics text; of JSON files those that hold statistics or requests. */
const ofTheseKinds = files.filter(
  path =>
    /\.(?:csv|log|ckpt)$|\.prom\.txt$/.test(path) ||
    (path.endsWith('.json') && /"(?:model_?stats|window_boundaries)"/i.test(sampleText(path))),
)

describe.skipIf(withoutSamples)('every recorded result gives the figures printed in it', () => {
  test('each file of these kinds has one check, and each check a file', () => {
    expect(ofTheseKinds.length).toBeGreaterThan(40)
    for (const path of ofTheseKinds) {
      const count = CHECKS.filter(([pattern]) => pattern.test(path)).length
      expect([path, count]).toEqual([path, path in NOT_RESULTS ? 0 : 1])
    }
    for (const [pattern] of CHECKS)
      expect([pattern, ofTheseKinds.some(path => pattern.test(path))]).toEqual([pattern, true])
    for (const path of Object.keys(NOT_RESULTS)) expect(ofTheseKinds).toContain(path)
  })

  test.each(ofTheseKinds.filter(path => !(path in NOT_RESULTS)))('%s', async path => {
    const [, check] = CHECKS.find(([pattern]) => pattern.test(path)) ?? []
    const { count, wrong } = (await check?.(path)) ?? { count: 0, wrong: [] }
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThan(0)
  })
})
