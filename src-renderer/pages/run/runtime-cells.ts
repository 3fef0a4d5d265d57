import { flagText } from '#domain/point-flags.ts'
import { metricValue, type RuntimeCell, type RuntimeMetric } from '#domain/runtime-table.ts'

/** What stands behind a figure, in a sentence or two: processes, samples, doubts. */
export function cellNote({ points }: RuntimeCell): string {
  const samples = points.reduce((sum, point) => sum + (point.samples?.count ?? 0), 0)
  const processes = points.length === 1 ? 'one process' : `${points.length} processes, the middle one shown`
  const doubts = [...new Set(points.flatMap(({ flags }) => flags))].map(id => flagText(id).title)
  const parts = [samples === 0 ? undefined : `${samples} samples`, processes, ...doubts]
  return parts.filter(part => part !== undefined).join(', ')
}

/** The column with the best figure of a batch; none where there is nothing to choose from. */
export function fastestIn(cells: ReadonlyMap<string, RuntimeCell>, metric: RuntimeMetric): string | undefined {
  const figures = [...cells].flatMap(([id, cell]) => {
    const value = metricValue(cell, metric)
    return value === undefined ? [] : [{ id, value: metric.id === 'fps' ? -value : value }]
  })
  return figures.length < 2 ? undefined : figures.toSorted((a, b) => a.value - b.value)[0]?.id
}
