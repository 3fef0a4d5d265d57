import { configurationName, configurationTitle } from './configuration-name.ts'
import { ABSENT, formatMemory, formatMs, formatRate, formatSignificant, groupThousands } from './display.ts'
import { columnsFor, LATENCY_COLUMNS, type LatencyColumn } from './latency-table.ts'
import { PART_TITLES, type PartTitle } from './part-titles.ts'
import type { Point } from './point.ts'

/** The table of points at a server, the same in page, terminal, CSV and Markdown. No zod here. */

/** Whether a point was measured at a server: it then reads best in the server table. */
export function isServerPoint(point: Pick<Point, 'runtime' | 'transport' | 'partsMs'>): boolean {
  return point.runtime === 'triton' || point.transport !== undefined || point.partsMs !== undefined
}

type Wanted = Pick<LatencyColumn, 'id' | 'title' | 'key' | 'means' | 'value'> & Partial<LatencyColumn>

/** A column of numbers, hidden unless `standard`. */
function numbers(column: Wanted): LatencyColumn {
  return {
    align: 'right',
    standard: false,
    text: point => {
      const value = column.value(point)
      return typeof value === 'number' ? formatSignificant(value) : (value ?? ABSENT)
    },
    ...column,
  }
}

function count(column: Wanted): LatencyColumn {
  return numbers({
    text: point => {
      const value = column.value(point)
      return value === undefined ? ABSENT : groupThousands(String(value))
    },
    ...column,
  })
}

function words(column: Wanted): LatencyColumn {
  return { align: 'left', standard: false, text: point => String(column.value(point) ?? ABSENT), ...column }
}

function partColumn({ name, title, means }: PartTitle): LatencyColumn {
  return numbers({
    id: name,
    title,
    unit: 'ms',
    key: `${name}Ms`,
    standard: name !== 'cacheHit' && name !== 'cacheMiss',
    means,
    value: point => point.partsMs?.[name],
    text: point => formatMs(point.partsMs?.[name]),
  })
}

const PARTS: readonly LatencyColumn[] = PART_TITLES.map(partColumn)

/** A column of the latency table, in this table's words. */
function shared(id: string, changes: Partial<LatencyColumn>): LatencyColumn[] {
  return LATENCY_COLUMNS.filter(column => column.id === id).map(column => ({ ...column, ...changes }))
}

const NEAREST_RANK = 'Of the counted windows together, by nearest rank: one of the measured latencies.'

/** Sum or mean over the GPUs that tell the figure. */
function gpuFigure(point: Point, name: 'utilization' | 'powerW' | 'memoryUsedBytes', how: 'sum' | 'mean') {
  const values = (point.gpus ?? []).flatMap(gpu => gpu[name] ?? [])
  if (values.length === 0) return undefined
  const sum = values.reduce((total, value) => total + value, 0)
  return how === 'sum' ? sum : sum / values.length
}

/** Mean number of batch items the server computed at once. */
export function meanServerBatch({ server }: Pick<Point, 'server'>): number | undefined {
  const { inferenceCount = 0, executionCount = 0 } = server?.model ?? {}
  return executionCount === 0 ? undefined : inferenceCount / executionCount
}

/** Batch to avg: the fifteen of DESIGN §8 (`standard`), the cache pair, and what the user may add, all in order. */
export const SERVER_COLUMNS: readonly LatencyColumn[] = [
  words({
    id: 'configuration',
    title: 'Configuration',
    key: 'configuration',
    means: 'Configuration of the model on the server, by the name a search or Model Analyzer gives it.',
    value: configurationName,
    text: point => configurationTitle(point) ?? ABSENT,
  }),
  words({
    id: 'protocol',
    title: 'Protocol',
    key: 'protocol',
    means: 'How requests went to the server.',
    value: point => point.transport?.protocol,
  }),
  words({
    id: 'shared-memory',
    title: 'Shared memory',
    key: 'sharedMemory',
    means: 'Where tensors lay: none means inside the messages.',
    value: point => point.transport?.sharedMemory,
  }),
  ...shared('batch', { means: 'Batch items in one request, as the client sent it.' }),
  count({
    id: 'concurrency',
    title: 'Concurrency',
    key: 'concurrency',
    standard: true,
    means: 'Requests in flight; at a request rate, the most that were.',
    value: point => point.concurrency,
  }),
  numbers({
    id: 'request-rate',
    title: 'Request rate',
    unit: '1/s',
    key: 'requestRate',
    means: 'Requests per second asked for; they are sent by the clock, whether or not answers have come.',
    value: point => point.requestRate,
  }),
  ...shared('repeat', { means: 'The nth measurement of this configuration.' }),
  numbers({
    id: 'fps',
    title: 'Inferences/s',
    key: 'inferPerSec',
    standard: true,
    means: 'Batch items answered per second: requests that ended in the counted windows × batch ÷ their duration.',
    value: point => point.inferPerSec,
    text: point => formatRate(point.inferPerSec),
  }),
  numbers({
    id: 'responses-per-sec',
    title: 'Responses/s',
    key: 'responsesPerSec',
    means: 'Responses per second of a model that answers a request several times.',
    value: point => point.responsesPerSec,
    text: point => formatRate(point.responsesPerSec),
  }),
  ...PARTS,
  ...shared('p50', { title: 'p50', means: `Half of the requests were faster. ${NEAREST_RANK}` }),
  ...shared('p90', { means: `90 % of the requests were faster. ${NEAREST_RANK}` }),
  ...shared('p95', { means: `95 % of the requests were faster. ${NEAREST_RANK}` }),
  ...shared('p99', { means: `99 % of the requests were faster. ${NEAREST_RANK}` }),
  ...shared('mean', {
    title: 'avg',
    means: 'Mean latency of the requests that ended in the counted windows; the parts are shares of it.',
  }),
  ...shared('min', { standard: false, means: 'The fastest counted request.' }),
  ...shared('max', { standard: false, means: 'The slowest counted request.' }),
  ...shared('std', { standard: false, means: 'Standard deviation of the counted requests (n − 1).' }),
  count({
    id: 'requests',
    title: 'Requests',
    key: 'requests',
    means: 'Requests answered in the counted windows.',
    value: point => point.requests?.completed,
  }),
  count({
    id: 'errors',
    title: 'Errors',
    key: 'errors',
    means: 'Requests in the counted windows that failed, counted at the client: the server’s statistics miss some.',
    value: point => point.requests?.errors,
    note: point => point.requests?.firstError,
  }),
  numbers({
    id: 'server-batch',
    title: 'Mean server batch',
    key: 'meanServerBatch',
    means: 'Batch items per execution at the server: above the batch sent, dynamic batching put requests together.',
    value: meanServerBatch,
  }),
  numbers({
    id: 'gpu-utilization',
    title: 'GPU utilisation',
    unit: '%',
    key: 'gpuUtilizationPercent',
    means: 'Mean over the counted windows and over the server’s GPUs.',
    value: point => percent(gpuFigure(point, 'utilization', 'mean')),
    note: eachGpu,
  }),
  numbers({
    id: 'gpu-power',
    title: 'GPU power',
    unit: 'W',
    key: 'gpuPowerW',
    means: 'Mean over the counted windows, all GPUs of the server together.',
    value: point => gpuFigure(point, 'powerW', 'sum'),
    note: eachGpu,
  }),
  numbers({
    id: 'gpu-memory',
    title: 'GPU memory',
    unit: 'MiB',
    key: 'gpuMemoryBytes',
    means: 'Most memory used in the counted windows, all GPUs of the server together.',
    value: point => gpuFigure(point, 'memoryUsedBytes', 'sum'),
    text: (point, units) => formatMemory(gpuFigure(point, 'memoryUsedBytes', 'sum'), units?.memoryUnit),
    note: eachGpu,
  }),
  numbers({
    id: 'client-cpu',
    title: 'Client CPU',
    unit: 'µs/request',
    key: 'clientCpuUsPerRequest',
    means: 'CPU time of the load generator per request, while measuring.',
    value: point => point.client?.cpuUsPerRequest,
  }),
  ...shared('n', { standard: false, means: 'Latencies counted: requests that ended in the counted windows.' }),
  ...shared('flags', { standard: true }),
]

function percent(share: number | undefined): number | undefined {
  return share === undefined ? undefined : 100 * share
}

function eachGpu(point: Point): string | undefined {
  const lines = (point.gpus ?? []).map(({ uuid, utilization, powerW, memoryUsedBytes }) =>
    [
      uuid,
      utilization === undefined ? undefined : `${formatSignificant(100 * utilization)} %`,
      powerW === undefined ? undefined : `${formatSignificant(powerW)} W`,
      memoryUsedBytes === undefined ? undefined : `${formatMemory(memoryUsedBytes)} MiB`,
    ]
      .filter(part => part !== undefined)
      .join(' '),
  )
  return lines.length === 0 ? undefined : lines.join('; ')
}

/** Every column these points could fill: the fixed ones, and a column per percentile beyond the fixed four. */
export function allServerColumns(points: readonly Point[]): LatencyColumn[] {
  const names = [...new Set(points.flatMap(point => Object.keys(point.otherPercentilesMs ?? {})))]
  const others = names.map(percentileColumn)
  const rank = ({ id }: LatencyColumn) => (/^p\d+(\.\d+)?$/.test(id) ? Number(id.slice(1)) : undefined)
  const columns = [...SERVER_COLUMNS]
  for (const other of others) {
    const next = columns.findIndex(column => column.id === 'mean' || (rank(column) ?? -1) > (rank(other) ?? 101))
    columns.splice(next, 0, other)
  }
  return columns
}

function percentileColumn(name: string): LatencyColumn {
  return numbers({
    id: name,
    title: name,
    unit: 'ms',
    key: `${name}Ms`,
    standard: true,
    means: `${name.replace(/^p/, '')} % of the requests were faster. ${NEAREST_RANK}`,
    value: point => point.otherPercentilesMs?.[name],
    text: point => formatMs(point.otherPercentilesMs?.[name]),
  })
}

/** Not among the fifteen, but shown whenever a point has them: a table without them would mislead. */
const SHOWN_IF_ANY = new Set(['request-rate', 'responses-per-sec', 'cacheHit', 'cacheMiss'])

/**
 * Columns to show for these points: the standard ones that any point has (a server without statistics has no server
 * columns), errors where there were any, and what tells the rows apart.
 */
export function serverColumnsFor(points: readonly Point[]): LatencyColumn[] {
  return allServerColumns(points).filter(column => {
    const values = new Set(points.map(point => column.value(point)))
    switch (column.id) {
      case 'configuration':
      case 'protocol':
      case 'shared-memory':
        return values.size > 1
      case 'repeat':
        return points.some(point => point.repeat > 1)
      case 'errors':
        return points.some(point => (point.requests?.errors ?? 0) > 0)
      default:
        values.delete(undefined)
        return column.standard ? values.size > 0 || points.length === 0 : SHOWN_IF_ANY.has(column.id) && values.size > 0
    }
  })
}

/** The columns that suit these points: the server table where any was measured at a server. */
export function tableColumnsFor(points: readonly Point[]): LatencyColumn[] {
  return points.some(isServerPoint) ? serverColumnsFor(points) : columnsFor(points)
}
