import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'vitest'
import type { DurationStats } from '../../../src-main/domain/trace.ts'
import { parseCsv } from '../../../src-main/formats/csv-text.ts'
import { SAMPLES_FOLDER, sampleText, withoutSamples } from '../samples.ts'

/** The recorded nsys databases, by path; none where the samples are absent. */
export const NSYS_DATABASES: readonly string[] = withoutSamples
  ? []
  : readdirSync(join(SAMPLES_FOLDER, 'nsys'))
      .filter(name => name.endsWith('.sqlite'))
      .map(name => join(SAMPLES_FOLDER, 'nsys', name))

/** A report of real `nsys stats` 2023.4.4 on a recorded database, a record a row by its header; undefined: no such data. */
export function nsysStats(database: string, report: string): Record<string, string>[] | undefined {
  const path = join('nsys', 'stats', basename(database, '.sqlite'), `${report}.csv`)
  return existsSync(join(SAMPLES_FOLDER, path)) ? csvRecords(sampleText(path)) : undefined
}

export function csvRecords(text: string): Record<string, string>[] {
  const [header, ...rows] = parseCsv(text)
  return rows.map(({ cells }) => Object.fromEntries((header?.cells ?? []).map((name, i) => [name, cells[i] ?? ''])))
}

/** What nsys prints of a group of durations, in nsys' definitions, computed here once more from the values. */
export function durationStats(name: string, durationsNs: readonly number[]): DurationStats {
  const sorted = durationsNs.toSorted((a, b) => a - b)
  const count = sorted.length
  const totalNs = sorted.reduce((sum, value) => sum + value, 0)
  const avgNs = totalNs / count
  const at = (i: number) => sorted[i] ?? Number.NaN
  const squares = sorted.reduce((sum, value) => sum + (value - avgNs) ** 2, 0)
  return {
    name,
    count,
    totalNs,
    avgNs,
    medianNs: (at(Math.floor((count - 1) / 2)) + at(Math.ceil((count - 1) / 2))) / 2,
    minNs: at(0),
    maxNs: at(count - 1),
    stdNs: count > 1 ? Math.sqrt(squares / (count - 1)) : 0,
  }
}

/** Groups values by a key and summarises each. */
export function statsBy<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  numberOf: (item: T) => number,
): DurationStats[] {
  return [...Map.groupBy(items, nameOf)].map(([name, group]) => durationStats(name, group.map(numberOf)))
}

/**
 * Rows of ours against a report of `nsys stats`: the same names, counts and totals, minima and maxima exactly, the rest
 * as nsys rounds it (one decimal).
 * @param nameColumn 'Name', 'Operation' or 'Range'   @param countColumn 'Instances', 'Num Calls' or 'Count'
 */
export function expectNsysStats(
  ours: readonly DurationStats[],
  nsys: readonly Record<string, string>[],
  nameColumn: string,
  countColumn: string,
): void {
  const byName = new Map(ours.map(row => [row.name.trim(), row])) // cells of the CSV come trimmed
  expect([...byName.keys()].toSorted()).toEqual(nsys.map(row => row[nameColumn] ?? '').toSorted())
  for (const row of nsys) {
    const name = row[nameColumn] ?? ''
    const mine = byName.get(name)
    const cell = (column: string) => Number(row[column])
    expect({ name, count: mine?.count, totalNs: mine?.totalNs, minNs: mine?.minNs, maxNs: mine?.maxNs }).toEqual({
      name,
      count: cell(countColumn),
      totalNs: cell('Total Time (ns)'),
      minNs: cell('Min (ns)'),
      maxNs: cell('Max (ns)'),
    })
    for (const [value, column] of [
      [mine?.avgNs, 'Avg (ns)'],
      [mine?.medianNs, 'Med (ns)'],
      [mine?.stdNs, 'StdDev (ns)'],
    ] as const) {
      const theirs = cell(column)
      expect(Math.abs((value ?? Number.NaN) - theirs), `${name}, ${column}`).toBeLessThanOrEqual(
        0.0501 + Math.abs(theirs) * 1e-12,
      )
    }
  }
}
