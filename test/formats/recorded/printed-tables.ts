import type { ImportedPoint, PointsContent } from '#formats/define.ts'

/**
 * An oracle of its own for tables: every cell of a recorded file under its printed title, split without our CSV reader,
 * beside the figure of ours that should hold it. Nothing here is shared with `src-main/formats`.
 */
export interface PrintedFigure {
  /** Line and column, for a message. */
  where: string
  printed: string
  ours: number | string | boolean | undefined
  /** Of the printed unit, what may be missing: figures that perf_analyzer cuts off one by one. */
  tolerance?: number
}

type Ours = (point: ImportedPoint, content: PointsContent) => PrintedFigure['ours']
interface Column {
  ours: Ours
  tolerance?: number
}

/** Printed, and in no column of ours. Title → why that is right. */
const NOT_KEPT: Readonly<Record<string, string>> = {
  'response wait': 'Avg latency without request/response, by a timer of perf_analyzer that no other column has',
}

/** @param perMs printed units of time in a millisecond */
function columnOf(title: string, perMs: number): Column | undefined {
  const [, name = title] = /^(.*?)(?: \(ms\))?$/.exec(title) ?? []
  const time = (of: (point: ImportedPoint) => number | undefined, tolerance?: number): Column => ({
    ours: point => times(of(point), perMs),
    ...(tolerance === undefined ? {} : { tolerance }),
  })
  const [, percentile] = /^(p[\d.]+) latency$/i.exec(name) ?? []
  if (percentile !== undefined)
    return time(({ latencyMs, otherPercentilesMs }) => {
      const all: Record<string, number | undefined> = { ...otherPercentilesMs, ...latencyMs }
      return all[percentile]
    })
  switch (name) {
    case 'Model':
      return { ours: (_, { modelName }) => modelName }
    case 'Batch':
      return { ours: point => point.batch }
    case 'Concurrency':
      return { ours: point => point.concurrency }
    case 'Request Rate':
      return { ours: point => point.requestRate }
    case 'Inferences/Second':
    case 'Throughput (infer/sec)':
      return { ours: point => point.inferPerSec }
    case 'Response Throughput':
      return { ours: point => point.responsesPerSec }
    case 'Client Send':
      return time(point => point.partsMs?.clientSend)
    case 'Network+Server Send/Recv':
      return time(point => point.partsMs?.network)
    case 'Server Queue':
      return time(point => point.partsMs?.queue)
    case 'Server Compute Input':
      return time(point => point.partsMs?.computeInput)
    case 'Server Compute Infer':
      return time(point => point.partsMs?.computeInfer)
    case 'Server Compute Output':
      return time(point => point.partsMs?.computeOutput)
    case 'Server Cache Hit':
      return time(point => point.partsMs?.cacheHit)
    case 'Server Cache Miss':
      return time(point => point.partsMs?.cacheMiss)
    case 'Client Recv':
      return time(point => point.partsMs?.clientRecv)
    case 'Avg latency':
    case 'avg latency':
      return time(point => point.latencyMs?.mean)
    case 'request/response':
      return time(({ partsMs }) => (partsMs?.clientSend ?? 0) + (partsMs?.clientRecv ?? 0), 1)
    case 'Avg GPU Utilization':
      return gpus(gpu => gpu.utilization)
    case 'Avg GPU Power Usage':
      return gpus(gpu => gpu.powerW)
    case 'Max GPU Memory Usage':
      return gpus(gpu => gpu.memoryUsedBytes)
    case 'Total GPU Memory':
      return gpus(gpu => gpu.memoryTotalBytes)
    case 'Model Config Path':
      return { ours: point => point.serverConfig?.config }
    case 'Instance Group':
      return { ours: point => point.serverConfig?.instanceGroup }
    case 'Max Batch Size':
      return { ours: point => point.serverConfig?.maxBatchSize }
    case 'Satisfies Constraints':
      return { ours: point => (point.serverConfig?.satisfiesConstraints === true ? 'Yes' : 'No') }
    case 'GPU UUID':
      return { ours: point => point.gpus?.[0]?.uuid }
    case 'GPU Memory Usage (MB)':
      return { ours: point => times(point.gpus?.[0]?.memoryUsedBytes, 1e-6) }
    case 'GPU Utilization (%)':
      return { ours: point => times(point.gpus?.[0]?.utilization, 100) }
    case 'GPU Power Usage (W)':
      return { ours: point => point.gpus?.[0]?.powerW }
  }
  return undefined
}

type Gpu = NonNullable<ImportedPoint['gpus']>[number]

/** Printed as `UUID:value;UUID:value;`. */
function gpus(field: (gpu: Gpu) => number | undefined): Column {
  return { ours: point => point.gpus?.map(gpu => `${gpu.uuid}:${field(gpu)};`).join('') }
}

function times(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor
}

/** Every cell of a table; a title that stands in no list throws. Points must be in the order of the rows. */
export function tableFigures(text: string, content: PointsContent, perMs: number): PrintedFigure[] {
  const figures: PrintedFigure[] = []
  let titles: string[] = []
  let row = 0
  for (const [index, line] of text.split('\n').entries()) {
    const cells = cellsOf(line.replace(/\r$/, ''))
    if (cells.length < 2) continue
    if (/^(?:Batch|Concurrency|Request Rate|Model)$/.test(cells[0] ?? '')) {
      titles = cells
      continue
    }
    const point = content.points[row++]
    if (point === undefined) throw new Error(`line ${index + 1} has no point`)
    for (const [at, title] of titles.entries()) {
      if (title in NOT_KEPT || title === '') continue
      const column = columnOf(title, perMs)
      if (column === undefined) throw new Error(`column ${title} is in no list of this test`)
      figures.push({
        where: `line ${index + 1}, ${title}`,
        printed: cells[at] ?? '',
        ours: column.ours(point, content),
        ...(column.tolerance === undefined ? {} : { tolerance: column.tolerance }),
      })
    }
  }
  if (row !== content.points.length) throw new Error(`${content.points.length} points for ${row} rows`)
  return figures
}

/** The recorded files quote a cell with commas and nothing more. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, plain = '']) => quoted ?? plain)
}

/** What is printed and not ours; empty where all agree. */
export function differences(figures: readonly PrintedFigure[]): PrintedFigure[] {
  return figures.filter(({ printed, ours, tolerance = 0 }) => {
    if (printed === '') return ours !== undefined
    if (typeof ours !== 'number') return ours !== printed
    // Binary fractions of decimal digits: no printed digit is below a billionth of its number.
    return !(Math.abs(ours - Number(printed)) <= tolerance + 1e-9 * Math.max(1, Math.abs(ours)))
  })
}
