import type { ResultDocument } from '#domain/document.ts'
import type { Point } from '#domain/point.ts'
import type { RunSummary } from '#domain/run.ts'

/** The best batch of one model on one runtime over all runs of a session. */
export interface BestRow {
  model: string
  runtime: string
  precision: string | undefined
  batch: number
  inferPerSec: number
  point: Point | undefined
  runId: string
  runTitle: string
}

/** Highest throughput per model, runtime and precision; models by name, the fastest runtime first. */
export function bestRows({ runs }: Pick<ResultDocument, 'runs'>): BestRow[] {
  const rows = runs.flatMap(run =>
    run.points.flatMap(point =>
      point.inferPerSec === undefined
        ? []
        : [
            {
              model: run.model?.name ?? run.title,
              runtime: point.runtime,
              precision: point.precision,
              batch: point.batch,
              inferPerSec: point.inferPerSec,
              point,
              runId: run.id,
              runTitle: run.title,
            },
          ],
    ),
  )
  return bestOfEach(rows)
}

/** The same from the runs' own best figures: for sessions too large to be read whole. Only each run's best runtime counts. */
export function bestRowsOfSummaries(runs: readonly RunSummary[]): BestRow[] {
  const rows = runs.flatMap(({ id, title, modelName, best }) =>
    best === undefined
      ? []
      : [{ ...best, model: modelName ?? title, precision: undefined, point: undefined, runId: id, runTitle: title }],
  )
  return bestOfEach(rows)
}

function bestOfEach(rows: readonly BestRow[]): BestRow[] {
  const best = new Map<string, BestRow>()
  for (const row of rows) {
    const key = JSON.stringify([row.model, row.runtime, row.precision])
    const known = best.get(key)
    if (known === undefined || row.inferPerSec > known.inferPerSec) best.set(key, row)
  }
  return [...best.values()].toSorted((a, b) => a.model.localeCompare(b.model) || b.inferPerSec - a.inferPerSec)
}
