import { describe, expect, test } from 'vitest'
import { readLayerInfo } from '#formats/trtexec/layer-info.ts'
import { TrtexecLogReader } from '#formats/trtexec/log.ts'
import { readMetadata } from '#formats/trtexec/metadata.ts'
import { readProfile } from '#formats/trtexec/profile-json.ts'
import { readTimes } from '#formats/trtexec/times.ts'
import type { PrintedStatistics, SummaryRow, TrtexecRun } from '#formats/trtexec/types.ts'
import golden from '../../golden/formats/trtexec/figures.json' with { type: 'json' }
import { memorySource } from '../../helpers/bytes.ts'
import { sampleBytes, sampleText, withoutSamples } from '../../helpers/samples.ts'

// What test/golden/formats/trtexec/make.py, which knows nothing of the grammar here, finds in the same files.
const FILES = Object.entries(golden)
const of = (words: RegExp) => FILES.filter(([name]) => words.test(name))
const text = (name: string) => sampleText(`trtexec/${name}`)

function runsOf(log: string): readonly TrtexecRun[] {
  const reader = new TrtexecLogReader()
  for (const line of log.split(/\r?\n/)) reader.line('stdout', line)
  return reader.end().runs
}

const TITLES: Readonly<Record<string, SummaryRow>> = {
  Latency: 'latency',
  'End-to-End Host Latency': 'endToEnd',
  'Enqueue Time': 'enqueue',
  'H2D Latency': 'h2d',
  'GPU Compute Time': 'gpuCompute',
  'D2H Latency': 'd2h',
}
const OLD_TITLES: Readonly<Record<string, SummaryRow>> = {
  'Host Latency': 'latency',
  'Enqueue Time': 'enqueue',
  'GPU Compute': 'gpuCompute',
}

function asPrinted(row: PrintedStatistics | undefined, isOld: boolean): Record<string, number> {
  const { minMs: min, maxMs: max, meanMs: mean, medianMs: median, percentilesMs = {} } = row ?? {}
  const figures = Object.entries({ min, max, mean, median }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  const percentiles = Object.entries(percentilesMs).map(
    ([p, value]) => [isOld ? 'percentile' : `p${p}`, value] as const,
  )
  return Object.fromEntries([...figures, ...percentiles])
}

function rowsOf(runs: readonly TrtexecRun[], titles: Readonly<Record<string, SummaryRow>>, isOld: boolean) {
  return Object.fromEntries(
    Object.entries(titles).map(([title, row]) => [
      title,
      runs.flatMap(({ summary }) => (summary?.rows[row] === undefined ? [] : [asPrinted(summary.rows[row], isOld)])),
    ]),
  )
}

/** The same record as the independent reader's, from the parsed log. */
function figuresOf(log: string, wanted: object): Record<string, unknown> {
  const runs = runsOf(log)
  const list = (pick: (run: TrtexecRun) => number | string | readonly number[] | undefined) =>
    runs.flatMap(run => pick(run) ?? [])
  const isOld = 'oldRows' in wanted && runs.every(({ version }) => version === undefined)
  const table = runs.find(({ profile }) => profile !== undefined)?.profile
  const total = table?.total
  const figures = {
    devices: list(({ device }) => device.name),
    qps: list(({ summary }) => summary?.queriesPerSec),
    queries: list(({ queries }) => queries?.counted),
    warmUpQueries: list(({ queries }) => queries?.warmUp),
    wallSeconds: list(({ summary }) => summary?.hostWallSeconds),
    gpuSeconds: list(({ summary }) => summary?.gpuComputeSeconds),
    builtSeconds: list(({ build }) => build.builtSeconds),
    generationSeconds: list(({ build }) => build.generationSeconds),
    parseSeconds: list(({ build }) => build.parseSeconds),
    engineMiB: list(({ build }) => build.engineMiB),
    coefficients: list(({ hints }) =>
      hints.flatMap(hint => (hint.kind === 'unstable' ? (hint.coefficientPercent ?? []) : [])),
    ),
    averages: runs.reduce((sum, { averages }) => sum + averages.length, 0),
    errors: runs
      .flatMap(({ messages }) => messages)
      .reduce((sum, { severity, count }) => sum + (severity === 'E' ? count : 0), 0),
    ...(isOld ? { oldRows: rowsOf(runs, OLD_TITLES, true) } : { rows: rowsOf(runs, TITLES, false) }),
    profile: table && {
      iterations: table.iterations,
      rows: table.rows.length,
      total: [total?.timeMs, total?.averageMs, total?.medianMs, total?.percent],
      sumOfRows: Math.round(table.rows.reduce((sum, { timeMs = 0 }) => sum + timeMs, 0) * 100) / 100,
    },
  }
  return Object.fromEntries(Object.entries(figures).filter(([key]) => key in wanted))
}

describe.skipIf(withoutSamples)('every recorded file of trtexec', () => {
  test.each(of(/\.log$/))('%s: its figures are those printed in it', (name, {
    versions,
    banners,
    ...wanted
  }: Record<string, unknown>) => {
    const runs = runsOf(text(name))
    const { oldRows, rows, ...figures } = wanted
    const isOld = runs.every(({ version }) => version === undefined) && name.startsWith('trt7')
    expect(figuresOf(text(name), isOld ? { ...figures, oldRows } : { ...figures, rows })).toEqual(
      isOld ? { ...figures, oldRows } : { ...figures, rows },
    )
    if (Array.isArray(versions) && /\./.test(String(versions))) expect([runs[0]?.version]).toEqual(versions)
    if (Array.isArray(banners)) {
      const ends = { passed: 'PASSED', failed: 'FAILED', waived: 'WAIVED', died: 'none', unknown: 'none' }
      const closing = banners.filter(word => word !== 'RUNNING')
      expect(runs.slice(0, closing.length).map(({ outcome }) => ends[outcome])).toEqual(closing)
    }
  })

  test.each(of(/[tT]im(?:es|ing)\.json$/))('%s: every query, and which were warm-up', async (name, wanted) => {
    const [times, ...others] = await readTimes(memorySource(sampleBytes(`trtexec/${name}`), name))
    if (times === undefined) throw new Error('no times')
    const counted = times.gpuComputeMs.subarray(times.warmup)
    expect(others).toEqual([])
    expect({
      queries: times.count,
      computeMedian: medianOf(times.gpuComputeMs),
      counted: counted.length,
      countedMedian: medianOf(counted),
      latencyMean: expect.closeTo(mean(times.latencyMs.subarray(times.warmup)), 9),
    }).toEqual(wanted)
  })

  test.each(of(/(?:exportProfile|\.profile)\.json$/))('%s: count, layers, sum and the slowest', (name, wanted) => {
    const [table] = readProfile(text(name), name)
    const top = table?.rows.toSorted((a, b) => (b.averageMs ?? 0) - (a.averageMs ?? 0))[0]
    expect({
      count: table?.iterations,
      layers: table?.rows.length,
      sumAverage: expect.closeTo(table?.rows.reduce((sum, { averageMs = 0 }) => sum + averageMs, 0) ?? 0, 9),
      top: top?.name,
      topPercent: top?.percent,
    }).toEqual(wanted)
  })

  test.each(of(/(?:LayerInfo.*|graph)\.json$/))('%s: layers, tensors, nodes', (name, wanted) => {
    const { layers, bindings, broken } = readLayerInfo(text(name), name)
    expect(broken).toBe(0)
    expect({
      layers: layers.length,
      bindings,
      tensors: layers.reduce((sum, { inputs = [], outputs = [] }) => sum + inputs.length + outputs.length, 0),
      onnxNodes: layers.reduce((sum, { onnxNodes = [] }) => sum + onnxNodes.length, 0),
      types: [...new Set(layers.flatMap(({ type }) => type ?? []))].toSorted(),
    }).toEqual(wanted)
  })

  test.each(of(/profile\.metadata\.json$/))('%s: the summary that TREx kept', (name, wanted) => {
    const { summary } = readMetadata(text(name), name)
    const list = (row: PrintedStatistics | undefined) => [
      row?.minMs,
      row?.maxMs,
      row?.meanMs,
      row?.medianMs,
      ...Object.values(row?.percentilesMs ?? {}),
    ]
    expect({
      qps: summary?.queriesPerSec,
      gpu: list(summary?.rows.gpuCompute),
      enqueue: list(summary?.rows.enqueue),
    }).toEqual(wanted)
  })

  test('the figures of the README of the samples, by hand', () => {
    const [first] = runsOf(text('trt101601-mnist-onnx-h100.log'))
    expect(first?.summary?.queriesPerSec).toBe(15374.3)
    expect(first?.summary?.rows.gpuCompute?.medianMs).toBe(0.0361328)
    const jetson = runsOf(text('trt7x-jetson-resnet50-int8-batches.log'))
    expect(jetson.map(({ batch }) => batch?.size)).toEqual([1, 4, 8, 16, 32, 64, 128])
    expect(jetson.map(({ summary }) => summary?.queriesPerSec)).toEqual([
      318.785, 595.253, 700.443, 717.65, 775.89, 848.189, 508.664,
    ])
    expect(jetson.at(-1)?.summary?.rows.gpuCompute?.medianMs).toBe(247.036)
    const streams = runsOf(text('trt110100-infStreams.excerpt.log'))
    expect(streams.map(({ summary }) => summary?.queriesPerSec)).toEqual([15588.9, 26358.6, 42919.2])
  })
})

function medianOf(values: Float64Array): number {
  const sorted = values.toSorted()
  const at = (index: number) => sorted[index] ?? Number.NaN
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
