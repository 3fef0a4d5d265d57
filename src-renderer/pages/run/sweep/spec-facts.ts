import type { Threshold } from './sweep-kpis.ts'

/** What the page needs of a run's spec, which is kept as it was sent: read with care, never trusted. */
function field(spec: unknown, name: string): unknown {
  return typeof spec === 'object' && spec !== null && Object.hasOwn(spec, name)
    ? (spec as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function numberAt(spec: unknown, name: string): number | undefined {
  const value = field(spec, name)
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

export function thresholdOf(spec: unknown): Threshold | undefined {
  const limitMs = numberAt(spec, 'latencyThresholdMs')
  const percentile = numberAt(spec, 'percentile')
  if (limitMs === undefined) return undefined
  return percentile === undefined ? { limitMs } : { limitMs, percentile }
}

/** Name of the latency that the stability rule looked at. */
export function stabilityLatency(spec: unknown): string {
  const percentile = numberAt(spec, 'percentile')
  return percentile === undefined ? 'average' : `p${percentile}`
}

/** Address for "change and run again": server and model of the spec. Secrets are not kept in a session. */
export function sweepQuery(spec: unknown): Record<string, string> {
  const urls = field(spec, 'urls')
  const model = field(spec, 'model')
  return {
    ...(Array.isArray(urls) ? { url: urls.filter(url => typeof url === 'string').join(',') } : {}),
    ...(typeof model === 'string' ? { model } : {}),
  }
}
