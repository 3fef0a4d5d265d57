import { configurationName } from '#domain/configuration-name.ts'
import { formatMs, formatRate } from '#domain/display.ts'
import type { Evidence } from '#domain/finding.ts'
import type { Point } from '#domain/point.ts'
import { cannotTell, defineRule } from './define.ts'

/** Runs of the two best that must lie apart; with one run each nothing is known of their spread. */
const LEAST_RUNS = 2
/** Every run of the better one above every run of the other: of 3 and 3 that happens by chance in 1 of 20. */
const CONFIDENCE = 0.9
/** The configuration the server had before the search. */
const CURRENT = 'current'

interface Best {
  configuration: string
  concurrency: number
  /** Throughput of each run, infer/s. */
  runs: number[]
  median: number
  latencyMs: number | undefined
}

/** Which configuration of a search serves most under its constraint. */
export const bestConfiguration = defineRule({
  id: 'best-configuration',
  title: 'A better configuration than the present one',
  needs: ['searched'],
  source: 'Median throughput of repeated runs under the latency constraint; the two best must not overlap',
  judge({ searched: all }) {
    const searched = all.filter(point => configurationName(point) !== undefined)
    const ranked = [...Map.groupBy(searched, nameOf)].flatMap(bestOf).toSorted((a, b) => b.median - a.median)
    const [best, second] = ranked
    if (best === undefined && searched.length > 0) {
      return cannotTell('No configuration keeps the constraint at any load that was measured', {
        next: ['Allow more latency (--latency-threshold), or measure lower concurrencies.'],
      })
    }
    if (best === undefined || second === undefined) {
      return cannotTell('Fewer than two configurations were measured within the constraint', {
        evidence: ranked.map(evidenceOf),
      })
    }
    const evidence = ranked.map(evidenceOf)
    const noise = noiseText(searched)
    if (Math.min(best.runs.length, second.runs.length) < LEAST_RUNS) {
      const what = `${best.configuration} read highest, but the two best were not measured often enough`
      return cannotTell(`${what}${noise}`, {
        evidence,
        next: ['Allow more measurements (--max-measurements), so that the best two can be confirmed.'],
      })
    }
    if (Math.min(...best.runs) <= Math.max(...second.runs)) {
      const what = `${best.configuration} and ${second.configuration} can't be told apart: their runs overlap`
      return cannotTell(`${what}${noise}`, {
        evidence,
        next: ['Take either, or measure longer windows on a quiet machine.'],
      })
    }
    const lead = (100 * (best.median / second.median - 1)).toFixed(1)
    if (best.configuration === CURRENT) {
      return {
        verdict: 'no',
        confidence: CONFIDENCE,
        statement: `The present configuration serves most: ${formatRate(best.median)} infer/s at concurrency ${best.concurrency}, ${lead} % more than ${second.configuration}`,
        evidence,
      }
    }
    return {
      verdict: 'yes',
      confidence: CONFIDENCE,
      statement: `${best.configuration} at concurrency ${best.concurrency} gives ${formatRate(best.median)} infer/s, ${lead} % more than ${second.configuration}`,
      evidence,
    }
  },
})

function nameOf(point: Point): string {
  return configurationName(point) ?? ''
}

/** The configuration's best load that keeps the constraint; none when no point does. */
function bestOf([configuration, points]: [string, Point[]]): Best[] {
  const loads = loadsOf(points).flatMap(repeats => {
    const [first] = repeats
    const over = repeats.filter(isOver)
    // Half of the runs over the constraint are as good as all.
    if (first === undefined || 2 * over.length >= repeats.length) return []
    const runs = repeats.map(({ inferPerSec = 0 }) => inferPerSec)
    const tails = repeats.flatMap(({ latencyMs }) => latencyMs?.p95 ?? [])
    return [
      {
        configuration,
        concurrency: first.concurrency,
        runs,
        median: middle(runs),
        latencyMs: tails.length === 0 ? undefined : middle(tails),
      },
    ]
  })
  return loads.toSorted((a, b) => b.median - a.median).slice(0, 1)
}

function isOver({ flags, serverConfig }: Point): boolean {
  return flags.includes('over-threshold') || serverConfig?.satisfiesConstraints === false
}

/** Runs of one configuration under one load together. */
function loadsOf(points: readonly Point[]): Point[][] {
  const measured = points.filter(({ inferPerSec }) => inferPerSec !== undefined)
  return [...Map.groupBy(measured, point => `${point.batch} ${point.concurrency}`).values()]
}

/** By how much runs that should be equal differ: what a lead has to be larger than. */
function noiseText(searched: readonly Point[]): string {
  const groups = [...Map.groupBy(searched, nameOf).values()].flatMap(loadsOf)
  const spreads = groups.flatMap(repeats => {
    const runs = repeats.map(({ inferPerSec = 0 }) => inferPerSec)
    return runs.length < LEAST_RUNS ? [] : [1 - Math.min(...runs) / Math.max(...runs)]
  })
  return spreads.length === 0
    ? ''
    : `; runs of one configuration differ by up to ${(100 * Math.max(...spreads)).toFixed(0)} %`
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2
}

function evidenceOf({ configuration, concurrency, runs, median, latencyMs }: Best): Evidence {
  const times = runs.length === 1 ? '1 run' : `${runs.length} runs`
  const tail = latencyMs === undefined ? '' : `, p95 ${formatMs(latencyMs)} ms`
  return {
    label: `${configuration}, concurrency ${concurrency} (${times}${tail})`,
    value: Number(median.toFixed(1)),
    unit: 'infer/s',
  }
}
