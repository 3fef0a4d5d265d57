import type { MetricSample } from '#domain/server.ts'

const TYPES = ['counter', 'gauge', 'summary', 'histogram', 'untyped'] as const

/** Prometheus text as Triton writes it. */
export function parseMetrics(text: string): MetricSample[] {
  const types = new Map<string, MetricSample['type']>()
  const samples: MetricSample[] = []
  for (const line of text.split('\n')) {
    const [, family = '', word] = /^# TYPE (\S+) (\S+)/.exec(line) ?? []
    const type = TYPES.find(known => known === word)
    if (type !== undefined) types.set(family, type)
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? []
    if (name === undefined) continue
    const base = name.replace(/_(sum|count|bucket)$/, '')
    samples.push({
      name,
      type: types.get(name) ?? types.get(base) ?? 'untyped',
      labels: Object.fromEntries(
        [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]),
      ),
      value: Number(value),
    })
  }
  return samples
}
