import { EngineError } from '#domain/errors.ts'
import type { GpuMetrics, MetricSample } from '#domain/server.ts'
import { defineFormat } from './define.ts'
import { afterComments, numberedLines, readText } from './text-lines.ts'

/** `name{labels} value [timestamp]`. Source: Prometheus text exposition format 0.0.4. */
const SERIES = /^([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s*(\S+)(?:\s+-?\d+)?\s*$/
const TYPE = /^#\s*TYPE\s+(\S+)\s+(\S+)/
const LABEL = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/gy
const TYPES: readonly MetricSample['type'][] = ['counter', 'gauge', 'summary', 'histogram', 'untyped']

/**
 * A server's Prometheus text, series by series; lines that are none are passed over, as are values that are no number
 * (a summary without observations is NaN).
 */
export function parseMetrics(text: string): MetricSample[] {
  const types = new Map<string, MetricSample['type']>()
  const samples: MetricSample[] = []
  for (const { line } of numberedLines(text)) {
    const [, typed = '', kind] = TYPE.exec(line) ?? []
    const type = TYPES.find(known => known === kind)
    if (type !== undefined) types.set(typed, type)
    if (line.startsWith('#')) continue
    const [, name = '', labelText = '', valueText = ''] = SERIES.exec(line) ?? []
    const labels = parseLabels(labelText)
    const value = valueText === '' ? Number.NaN : Number(valueText)
    if (name === '' || labels === undefined || !Number.isFinite(value)) continue
    // _count, _sum and _bucket belong to the family without the ending.
    const family = name.replace(/_(?:count|sum|bucket)$/, '')
    samples.push({ name, type: types.get(name) ?? types.get(family) ?? 'untyped', labels, value })
  }
  return samples
}

function parseLabels(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text)
    if (match === null) return text.trim() === '' ? labels : undefined
    const [, name = '', value = ''] = match
    labels[name] = value.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
  }
  return labels
}

/** Gauges of a GPU and where they go. Utilisation is told as 0..1, power in W, memory in bytes. */
const GPU_GAUGES = {
  nv_gpu_utilization: 'utilization',
  nv_gpu_power_usage: 'powerW',
  nv_gpu_memory_used_bytes: 'memoryUsedBytes',
  nv_gpu_memory_total_bytes: 'memoryTotalBytes',
} as const satisfies Record<string, keyof GpuMetrics>

/** The server's GPUs now, in order of first mention. Empty without DCGM (no GPU, MIG, another DCGM running). */
export function gpuMetrics(samples: readonly MetricSample[]): GpuMetrics[] {
  const gpus = new Map<string, GpuMetrics>()
  for (const [name, field] of Object.entries(GPU_GAUGES)) {
    for (const { labels, value } of samples.filter(sample => sample.name === name)) {
      const uuid = labels.gpu_uuid
      if (uuid !== undefined) gpus.set(uuid, { ...(gpus.get(uuid) ?? { uuid }), [field]: value })
    }
  }
  return [...gpus.values()]
}

/** Counters of one model version since it was loaded: metric name → sum over GPUs and over failure reasons. */
export interface ModelCounters {
  model: string
  version: string
  values: Record<string, number>
}

/**
 * What the metrics say of each model. Older servers have a series per GPU (`gpu_uuid`) and failures one per `reason`:
 * both are sums. Summaries and histograms are left out but their `_count` and `_sum`.
 */
export function perModel(samples: readonly MetricSample[]): ModelCounters[] {
  const models = new Map<string, ModelCounters>()
  for (const { name, labels, value } of samples) {
    const { model, version = '' } = labels
    if (model === undefined || 'quantile' in labels || 'le' in labels) continue
    const key = JSON.stringify([model, version])
    const counters = models.get(key) ?? { model, version, values: {} }
    counters.values[name] = (counters.values[name] ?? 0) + value
    models.set(key, counters)
  }
  return [...models.values()]
}

/** Only comments and empty lines stand before the first series or its comment. */
function isMetricsText(text: string): boolean {
  const rest = afterComments(text)
  const comments = text.slice(0, text.length - rest.length)
  return /^# (?:HELP|TYPE) nv_\w+ /m.test(comments) || /^nv_\w+[ {]/.test(rest)
}

/** A copy of `http://HOST:8002/metrics`. */
export const tritonMetrics = defineFormat({
  id: 'triton-metrics',
  title: 'Triton metrics (Prometheus text)',
  gives: 'server-metrics',
  extensions: ['.txt', '.prom'],
  sniff: head => isMetricsText(head.text),
  async read(source, signal) {
    const samples = parseMetrics(await readText(source, signal === undefined ? {} : { signal }))
    if (samples.length > 0) return samples
    throw new EngineError('FORMAT_BROKEN', 'No metric could be read', {
      where: source.name,
      hint: 'Is the file whole? Fetch it again: curl http://HOST:8002/metrics',
    })
  },
})
