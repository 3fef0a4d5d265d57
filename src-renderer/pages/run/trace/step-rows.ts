import { formatPercent } from '#domain/display.ts'
import type { TraceFigures } from '#domain/trace.ts'
import type { TableColumn } from '../../../components/table-model.ts'
import { grouped, msColumn, nameColumn } from './duration-columns.ts'
import { cpuParts, sumOf } from './time-parts.ts'

/** A step with the figures of its busiest device. */
export interface StepRow {
  index: number
  name: string
  startNs: number
  fromStartNs: number
  durationNs: number
  busyNs?: number
  idleNs?: number
  kernels?: number
  cpuNs: number
}

/** @param originNs start of the trace */
export function stepRows(steps: readonly TraceFigures[], originNs: number): StepRow[] {
  return steps.map(({ window, devices, cpu }, index) => {
    const busiest = devices.toSorted((a, b) => b.busyNs - a.busyNs)[0]
    return {
      index,
      name: window.name,
      startNs: window.startNs,
      fromStartNs: window.startNs - originNs,
      durationNs: window.endNs - window.startNs,
      ...(busiest && { busyNs: busiest.busyNs, idleNs: busiest.idleNs, kernels: busiest.kernels }),
      cpuNs: sumOf(cpuParts(cpu)),
    }
  })
}

export function stepColumns(rows: readonly StepRow[]): TableColumn<StepRow>[] {
  const ofDevice: TableColumn<StepRow>[] = [
    msColumn('busy', 'GPU busy', row => row.busyNs, { means: 'Of the device that is busy most.' }),
    {
      id: 'share',
      title: 'Busy',
      align: 'right',
      key: 'busy_percent',
      value: row => busyPercent(row),
      text: row => formatPercent(busyPercent(row)),
    },
    msColumn('idle', 'GPU idle', row => row.idleNs),
    {
      id: 'kernels',
      title: 'Kernels',
      align: 'right',
      value: row => row.kernels,
      text: row => (row.kernels === undefined ? '–' : grouped(row.kernels)),
    },
  ]
  return [
    nameColumn('Step'),
    msColumn('start', 'Start', row => row.fromStartNs, { means: 'From the start of the trace.' }),
    msColumn('duration', 'Length', row => row.durationNs),
    ...(rows.some(({ busyNs }) => busyNs !== undefined) ? ofDevice : []),
    msColumn('cpu', 'CPU work', row => row.cpuNs, { means: 'Self time of all threads.' }),
  ]
}

function busyPercent({ busyNs, durationNs }: StepRow): number | undefined {
  return busyNs === undefined || durationNs === 0 ? undefined : (100 * busyNs) / durationNs
}
