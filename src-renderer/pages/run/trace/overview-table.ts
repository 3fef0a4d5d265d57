import { formatPercent } from '#domain/display.ts'
import type { TraceFigures } from '#domain/trace.ts'
import type { TableColumn } from '../../../components/table-model.ts'
import { readable } from '../../../timeline/name-text.ts'
import { formatNs } from '../../../timeline/time-text.ts'
import { cpuParts, deviceParts, sumOf, type TimePart } from './time-parts.ts'

export interface OverviewRow {
  id: string
  where: string
  part: TimePart
  ofNs: number
}

export function overviewRows({ devices, cpu }: TraceFigures): OverviewRow[] {
  const ofDevices = devices.flatMap(device =>
    deviceParts(device).map(part => ({
      id: `${device.id} ${part.id}`,
      where: `GPU ${device.id}${device.name ? ` · ${readable(device.name)}` : ''}`,
      part,
      ofNs: device.busyNs + device.idleNs,
    })),
  )
  const parts = cpuParts(cpu)
  const ofNs = sumOf(parts)
  return [...ofDevices, ...parts.map(part => ({ id: `cpu ${part.id}`, where: 'CPU, self time', part, ofNs }))]
}

export const overviewColumns: readonly TableColumn<OverviewRow>[] = [
  { id: 'where', title: 'Where', value: row => row.where },
  { id: 'part', title: 'Part', value: row => row.part.title },
  {
    id: 'time',
    title: 'Time',
    align: 'right',
    key: 'time_ns',
    value: row => row.part.ns,
    text: row => formatNs(row.part.ns),
  },
  {
    id: 'share',
    title: 'Share',
    align: 'right',
    key: 'share_percent',
    means: 'Of the window for a device, of all self time for the CPU.',
    value: row => (100 * row.part.ns) / Math.max(1, row.ofNs),
    text: row => formatPercent((100 * row.part.ns) / Math.max(1, row.ofNs)),
  },
  { id: 'means', title: 'What it counts', value: row => row.part.means, note: row => row.part.means, minCh: 30 },
]
