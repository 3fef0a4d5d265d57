import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { captureOutput } from '../../native-tools/capture-output.ts'
import { tablesOf } from '../../src-main/traces/tables.ts'
import { buildTrace } from '../helpers/build-trace.ts'
import { REAL_NSYS } from '../helpers/nsys/real.ts'
import { csvRecords } from '../helpers/nsys/stats-csv.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { MODEL_CASES } from '../helpers/timing-model/cases.ts'
import { writeNsysDatabase } from '../helpers/timing-model/nsys-database.ts'
import { run } from '../helpers/timing-model/truth.ts'

const CASES = MODEL_CASES.filter(({ nsys }) => nsys).map(each => [each.name, each] as const)

async function projections(database: string): Promise<Record<string, string>[]> {
  const argv = [
    REAL_NSYS ?? '',
    'stats',
    '--quiet',
    '--report=nvtx_gpu_proj_sum',
    '--format=csv',
    '--output=-',
    database,
  ]
  const { stdout } = await captureOutput({ argv })
  return csvRecords(stdout.slice(stdout.indexOf('Range,Style')))
}

describe.skipIf(REAL_NSYS === undefined)(
  'ranges on the device are those of real `nsys stats`',
  { timeout: 120_000 },
  () => {
    test.each(CASES)('%s', async (_, { program, machine }) => {
      const path = join(tempFolder(), 'report.sqlite')
      writeNsysDatabase(path, run(program, machine))
      const nsys = await projections(path)
      const { ranges, apiCalls } = tablesOf(await buildTrace(path))
      // To nsys a graph is one piece of work, to us each of its kernels.
      const hasGraphs = apiCalls.some(({ name }) => name.includes('GraphLaunch'))
      expect(nsys.length).toBeGreaterThan(1)
      expect(
        ranges
          .map(row => [row.name, row.count, row.totalNs, row.projectedNs, hasGraphs || row.deviceWork])
          .toSorted(byName),
      ).toEqual(
        nsys
          .map(row => [
            (row.Range ?? '').replace(/^:/, ''), // of the default domain
            Number(row['Range Instances']),
            Number(row['Total Range Time (ns)']),
            Number(row['Total Proj Time (ns)']),
            hasGraphs || Number(row['Total GPU Ops']),
          ])
          .toSorted(byName),
      )
    })
  },
)

const byName = (a: unknown[], b: unknown[]) => (String(a[0]) < String(b[0]) ? -1 : 1)
