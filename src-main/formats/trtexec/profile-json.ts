import { z } from 'zod'
import { parseJson } from '../json-text.ts'
import { NUMBER, printedNumber } from './log-line.ts'
import type { ProfileRow, ProfileTable } from './types.ts'

const Rows = z.array(
  z.union([
    z.object({ count: z.number() }),
    z.object({
      name: z.string(),
      timeMs: z.number().nullish(),
      averageMs: z.number().nullish(),
      medianMs: z.number().nullish(),
      percentage: z.number().nullish(),
    }),
  ]),
)

const MEMBER = String.raw`"\s*:\s*`
const COUNT = new RegExp(`\\{\\s*"count${MEMBER}(\\d+)\\s*\\}`)
/** Names are not escaped: the last `", "timeMs"` of the line ends them. */
const ROW = new RegExp(
  `^[\\s,[]*\\{\\s*"name${MEMBER}"(.*)",\\s*"timeMs${MEMBER}(${NUMBER})(?:,\\s*"averageMs${MEMBER}(${NUMBER}))?(?:,\\s*"medianMs${MEMBER}(${NUMBER}))?(?:,\\s*"percentage${MEMBER}(${NUMBER}))?\\s*\\}`,
)

/** A profile and how many of its rows could not be read. */
export interface ProfileExport extends ProfileTable {
  broken: number
}

/**
 * `--exportProfile`: the count of runs, then a layer a line. As trtexec writes it, names are not escaped and percentages
 * may be `nan`, so each line is read by itself; rewritten by another program it is JSON. Several documents may follow
 * each other. `count` is 1 in files of TREx: then times are totals, averages are as written.
 * @throws EngineError FORMAT_BROKEN when rewritten JSON cannot be read
 */
export function readProfile(text: string, where: string): ProfileExport[] {
  return /"name" : "/.test(text) || !text.includes('"name"') ? readLines(text) : [readJson(text, where)]
}

function readLines(text: string): ProfileExport[] {
  const tables: ProfileExport[] = []
  for (const line of text.split('\n')) {
    const [, count] = COUNT.exec(line) ?? []
    if (count !== undefined) tables.push({ iterations: Number(count), rows: [], broken: 0 })
    else if (line.includes('"name"')) {
      const table = tables.at(-1) ?? tables[tables.push({ iterations: 1, rows: [], broken: 0 }) - 1]
      const row = rowOfLine(line.trimEnd())
      if (row === undefined) table && table.broken++
      else table?.rows.push(row)
    }
  }
  return tables
}

function rowOfLine(line: string): ProfileRow | undefined {
  const [, name, time, average, median, percent] = ROW.exec(line) ?? []
  if (name === undefined) return undefined
  return rowOf(name, [time, average, median, percent].map(printedNumber))
}

function readJson(text: string, where: string): ProfileExport {
  const parsed = Rows.safeParse(parseJson(text, where))
  const table: ProfileExport = { iterations: 1, rows: [], broken: 0 }
  if (!parsed.success) return { ...table, broken: 1 }
  for (const row of parsed.data) {
    if ('count' in row) table.iterations = Math.max(0, Math.trunc(row.count))
    else {
      const { name, timeMs, averageMs, medianMs, percentage } = row
      table.rows.push(
        rowOf(
          name,
          [timeMs, averageMs, medianMs, percentage].map(value => value ?? undefined),
        ),
      )
    }
  }
  return table
}

function rowOf(name: string, [timeMs, averageMs, medianMs, percent]: readonly (number | undefined)[]): ProfileRow {
  return {
    name,
    ...(timeMs === undefined ? {} : { timeMs }),
    ...(averageMs === undefined ? {} : { averageMs }),
    ...(medianMs === undefined ? {} : { medianMs }),
    ...(percent === undefined ? {} : { percent }),
  }
}
