import { formatBytes, formatPercent } from '#domain/display.ts'
import type { CopyRow, DurationStats, KernelRow, OperatorRow, RangeRow, TraceTables } from '#domain/trace.ts'
import type { TableColumn } from '../../../components/table-model.ts'
import { readable } from '../../../timeline/name-text.ts'
import {
  countColumn,
  msColumn,
  nameColumn,
  numberColumn,
  shareColumn,
  statsColumns,
  totalOf,
} from './duration-columns.ts'

export function kernelColumns(rows: readonly KernelRow[]): TableColumn<KernelRow>[] {
  const weighted = 'Mean over its launches, weighted by duration.'
  return [
    nameColumn('Kernel'),
    countColumn(),
    msColumn('total', 'Total', row => row.totalNs),
    shareColumn(totalOf(rows), row => row.totalNs, "all kernels' time"),
    ...statsColumns<KernelRow>(),
    ...kept(rows, [
      numberColumn('blocks', 'Blocks', row => row.blocks, { means: weighted }),
      numberColumn('threads', 'Threads', row => row.threadsPerBlock, {
        means: `Per block. ${weighted}`,
        standard: false,
      }),
      numberColumn('registers', 'Regs', row => row.registersPerThread, {
        means: `Per thread. ${weighted}`,
        standard: false,
      }),
      {
        id: 'occupancy',
        title: 'Occup.',
        align: 'right',
        key: 'occupancy_percent',
        means: 'As the profiler estimated it, weighted by duration.',
        value: row => (row.occupancy === undefined ? undefined : 100 * row.occupancy),
        text: row => (row.occupancy === undefined ? '–' : formatPercent(100 * row.occupancy)),
      },
      {
        id: 'tensor',
        title: 'Tensor cores',
        means: 'By its name. Empty where the name does not tell.',
        standard: false,
        value: row => (row.tensorCores === undefined ? undefined : row.tensorCores ? 'yes' : 'no'),
      },
    ]),
  ]
}

export function operatorColumns(rows: readonly OperatorRow[]): TableColumn<OperatorRow>[] {
  const selfNs = rows.reduce((sum, { selfCpuNs }) => sum + selfCpuNs, 0)
  return [
    nameColumn('Operator'),
    ...kept(rows, [
      {
        id: 'shapes',
        title: 'Input shapes',
        value: row => (row.shapes === undefined ? undefined : readable(row.shapes)),
        note: row => row.shapes,
        minCh: 18,
      },
    ]),
    countColumn(),
    msColumn('self', 'CPU self', row => row.selfCpuNs, { means: 'torch key_averages: Self CPU.' }),
    {
      ...shareColumn(selfNs, (row: OperatorRow) => row.selfCpuNs, 'the self time of all operators'),
      means: 'torch key_averages: Self CPU %.',
    },
    msColumn('cpu', 'CPU total', row => row.totalCpuNs, {
      means: 'With everything called inside. torch key_averages: CPU total.',
    }),
    ...kept(rows, [
      msColumn('device-self', 'GPU self', row => row.selfDeviceNs, {
        means: 'Kernels and copies it launched itself. torch key_averages: Self CUDA.',
      }),
      msColumn('device', 'GPU total', row => row.totalDeviceNs, { means: 'torch key_averages: CUDA total.' }),
    ]),
  ]
}

export function copyColumns(rows: readonly CopyRow[]): TableColumn<CopyRow>[] {
  const bytes = (id: string, title: string, of: (row: CopyRow) => number | undefined, standard = true) => ({
    id,
    title,
    align: 'right' as const,
    key: `${id}_bytes`,
    standard,
    value: of,
    text: (row: CopyRow) => bytesText(of(row)),
  })
  return [
    nameColumn('Copy or fill'),
    countColumn('Count'),
    msColumn('total', 'Total', row => row.totalNs),
    ...statsColumns<CopyRow>(),
    ...kept(rows, [
      bytes('bytes', 'Bytes', row => row.totalBytes),
      bytes('avg-bytes', 'Mean size', row => row.avgBytes),
      numberColumn('rate', 'GB/s', row => (row.totalBytes === undefined ? undefined : row.totalBytes / row.totalNs), {
        means: 'Bytes of all copies ÷ their time.',
      }),
      bytes('min-bytes', 'Min size', row => row.minBytes, false),
      bytes('max-bytes', 'Max size', row => row.maxBytes, false),
    ]),
  ]
}

export function rangeColumns(rows: readonly RangeRow[]): TableColumn<RangeRow>[] {
  return [
    nameColumn('Range'),
    { id: 'style', title: 'Kind', align: 'right', value: row => row.style },
    countColumn('Count'),
    msColumn('total', 'Total', row => row.totalNs),
    ...statsColumns<RangeRow>(msColumn),
    ...kept(rows, [
      msColumn('projected', 'On the GPU', row => row.projectedNs, {
        means: 'First start to last end of the device work launched inside, summed. nsys stats: nvtx_gpu_proj_sum.',
      }),
      numberColumn('work', 'GPU work', row => row.deviceWork, { means: 'Pieces of device work launched inside.' }),
    ]),
  ]
}

export function durationColumns(title: string, rows: readonly DurationStats[]): TableColumn<DurationStats>[] {
  return [
    nameColumn(title),
    countColumn(),
    msColumn('total', 'Total', row => row.totalNs),
    shareColumn(totalOf(rows), row => row.totalNs, 'all rows together'),
    ...statsColumns<DurationStats>(),
  ]
}

export function nodeColumns(rows: TraceTables['nodes']): TableColumn<TraceTables['nodes'][number]>[] {
  return [
    ...kept(rows, [
      { id: 'type', title: 'Type', align: 'right', value: (row: TraceTables['nodes'][number]) => row.type },
    ]),
    ...durationColumns('Node or layer', rows),
  ].toSorted((a, b) => Number(b.id === 'name') - Number(a.id === 'name'))
}

/** Without the columns in which no row has a value: the trace does not tell it. */
function kept<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[]): TableColumn<Row>[] {
  return columns.filter(column => rows.some(row => column.value(row) !== undefined))
}

function bytesText(bytes: number | undefined): string {
  return bytes === undefined ? '–' : formatBytes(Math.round(bytes))
}
