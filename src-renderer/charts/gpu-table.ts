import { formatSignificant } from '#domain/display.ts'
import type { GpuSeries } from '#domain/gpu-series.ts'
import { type ChartTable, column } from './chart-table.ts'
import { reasonWords } from './gpu-specs.ts'

const number = (value: number) => formatSignificant(value, 4)

/** Every look at a GPU with all that it told: the table of its charts. */
export function gpuTable({ samples }: GpuSeries): ChartTable {
  return {
    columns: [
      column('atS', 'At', number, { unit: 's' }),
      column('smClockMHz', 'SM clock', number, { unit: 'MHz' }),
      column('memoryClockMHz', 'Memory clock', number, { unit: 'MHz' }),
      column('powerW', 'Power', number, { unit: 'W' }),
      column('temperatureC', 'Temperature', number, { unit: '°C' }),
      column('utilizationPercent', 'Utilisation', number, { unit: '%' }),
      column('memoryMiB', 'Memory', number, { unit: 'MiB' }),
      column('reasons', 'Clocks held by'),
    ],
    rows: samples.map(({ atMs, memoryUsedBytes, throttleReasons, ...told }, place) => ({
      id: String(place),
      cells: {
        ...told,
        atS: atMs / 1000,
        memoryMiB: memoryUsedBytes === undefined ? undefined : memoryUsedBytes / 2 ** 20,
        reasons: throttleReasons === undefined ? undefined : reasonWords(throttleReasons) || 'nothing',
      },
    })),
  }
}
