import { ABSENT, formatPercent, groupThousands } from '#domain/display.ts'
import type { DeviceRow, TraceFigures, TraceSummary, TraceTables } from '#domain/trace.ts'
import { formatNs } from '../../../timeline/time-text.ts'
import type { Kpi } from '../kpis.ts'
import { cpuParts, deviceParts, sumOf } from './time-parts.ts'

const grouped = (count: number) => groupThousands(String(count))

/** Always the same figures for a kind of trace, so that nothing jumps when the window changes. */
export function traceKpis(figures: TraceFigures, tables: TraceTables, { steps }: TraceSummary): Kpi[] {
  const { window, devices } = figures
  const first: Kpi = {
    label: 'Window',
    ...timeOf(window.endNs - window.startNs),
    note:
      window.kind === 'whole' && steps.length > 0
        ? `${grouped(steps.length)} ${steps.length === 1 ? 'step' : 'steps'}`
        : windowNote(window.kind),
  }
  const busiest = devices.toSorted((a, b) => b.busyNs - a.busyNs)[0]
  return busiest === undefined ? [first, ...cpuKpis(figures, tables)] : [first, ...deviceKpis(busiest, figures, tables)]
}

function windowNote(kind: string): string {
  return { whole: 'first to last event', gpu: 'first to last device work', step: 'one step' }[kind] ?? 'as selected'
}

function deviceKpis(busiest: DeviceRow, { devices }: TraceFigures, tables: TraceTables): Kpi[] {
  const windowNs = busiest.busyNs + busiest.idleNs
  const percent = (ns: number) => split(formatPercent(windowNs > 0 ? (100 * ns) / windowNs : 0))
  const cause = deviceParts(busiest)
    .filter(({ id, title }) => id !== 'rest' && title.startsWith('idle'))
    .toSorted((a, b) => b.ns - a.ns)[0]
  const kernels = devices.reduce((sum, each) => sum + each.kernels, 0)
  const kernelNs = tables.kernels.reduce((sum, { totalNs }) => sum + totalNs, 0)
  const copies = devices.reduce((sum, each) => sum + each.copies + each.fills, 0)
  const copyNs = tables.copies.reduce((sum, { totalNs }) => sum + totalNs, 0)
  return [
    {
      label: devices.length > 1 ? `GPU ${busiest.id} busy, the busiest` : 'GPU busy',
      ...percent(busiest.busyNs),
      note: `${formatNs(busiest.busyNs, 3)}, overlaps once`,
    },
    {
      label: 'GPU idle',
      ...timeOf(busiest.idleNs),
      note:
        cause === undefined || cause.ns === 0 ? ' ' : `${formatNs(cause.ns, 3)} ${cause.title.replace('idle, ', '')}`,
    },
    {
      label: 'Kernels',
      value: grouped(kernels),
      note: kernels === 0 ? 'none in the window' : `${formatNs(kernelNs / kernels, 3)} on average`,
    },
    {
      label: 'Copies and fills',
      value: grouped(copies),
      note: copies === 0 ? 'none in the window' : `${formatNs(copyNs, 3)} in all`,
    },
  ]
}

function cpuKpis({ cpu }: TraceFigures, tables: TraceTables): Kpi[] {
  const parts = cpuParts(cpu).toSorted((a, b) => b.ns - a.ns)
  const [top] = parts
  const calls = tables.operators.reduce((sum, { count }) => sum + count, 0)
  const operator = tables.operators.toSorted((a, b) => b.selfCpuNs - a.selfCpuNs)[0]
  return [
    { label: 'CPU work', ...timeOf(sumOf(parts)), note: 'self time, all threads' },
    {
      label: 'Most in',
      value: top === undefined ? ABSENT : top.title,
      note: top === undefined ? ' ' : `${formatNs(top.ns, 3)}, ${formatPercent((100 * top.ns) / sumOf(parts))}`,
    },
    {
      label: 'Operator calls',
      value: calls === 0 ? ABSENT : grouped(calls),
      note: operator === undefined ? ' ' : `most self time: ${operator.name}`,
    },
  ]
}

function timeOf(ns: number): Pick<Kpi, 'value' | 'unit'> {
  return split(formatNs(ns, 3))
}

function split(text: string): { value: string; unit?: string } {
  const [value = text, unit] = text.split(' ')
  return unit === undefined ? { value } : { value, unit }
}
