import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type LargeTruth, writeLargeDatabase } from '../../helpers/nsys/large-database.ts'
import { type BenchOptions, median } from '../define.ts'

const Measured = z.object({
  rows: z.number(),
  totalNs: z.number(),
  busyNs: z.number().optional(),
  byName: z.array(z.tuple([z.string(), z.number()])).optional(),
  said: z.array(z.string()).optional(),
  ms: z.number(),
  cpuMs: z.number(),
  peakMb: z.number(),
})
type Measured = z.infer<typeof Measured>

/** The overview of an nsys database (counts, busy time, time by kernel), and what reading pages directly is worth. */
export async function benchTraceNsys({ quick, say }: BenchOptions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-bench-'))
  const repeats = quick ? 1 : 5
  const rows = [
    '| kernels (and as many calls) | what | rows/s | median (s) | CPU (s) | goal | peak (MB) |',
    '| ---: | --- | ---: | ---: | ---: | --- | ---: |',
  ]
  try {
    for (const [kernels, goal] of quick ? [[1_000_000, '< 1 s'] as const] : SIZES) {
      const path = join(folder, `${kernels}.sqlite`)
      say(`writes ${kernels} kernels`)
      const truth = writeLargeDatabase(path, kernels)
      const megabytes = Math.round(statSync(path).size / 1e6)
      for (const what of ['overview', 'scan-pages', 'scan-sql'] as const) {
        say(`${what} of ${megabytes} MB`)
        const runs = Array.from({ length: repeats }, () => measure(what, path, truth))
        const ms = median(runs.map(run => run.ms))
        const cells = [
          kernels.toLocaleString('en'),
          TITLES[what],
          `${((runs[0]?.rows ?? 0) / ms / 1000).toFixed(2)} M`,
          (ms / 1000).toFixed(2),
          (median(runs.map(run => run.cpuMs)) / 1000).toFixed(2),
          what === 'overview' ? goal : '',
          Math.max(...runs.map(run => run.peakMb)).toFixed(0),
        ]
        rows.push(`| ${cells.join(' | ')} |`)
      }
      rmSync(path)
    }
    return rows.join('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const SIZES = [
  [1_000_000, '< 1 s'],
  [10_000_000, '< 5 s'],
] as const

const TITLES = {
  overview: 'overview of the whole database: kernels and calls, figures equal to the truth',
  'scan-pages': 'five columns of the kernels, page by page',
  'scan-sql': 'the same through SQLite',
}

function measure(what: keyof typeof TITLES, path: string, truth: LargeTruth): Measured {
  const script = join(import.meta.dirname, 'measure.ts')
  const measured = Measured.parse(
    JSON.parse(execFileSync(process.execPath, [script, what, path], { encoding: 'utf8' })),
  )
  const expected = truth.kernels + (what === 'overview' ? truth.calls : 0)
  const isRight =
    measured.rows === expected &&
    measured.totalNs === truth.totalNs &&
    (measured.busyNs ?? truth.busyNs) === truth.busyNs &&
    (measured.said ?? []).length === 0 &&
    (measured.byName ?? []).every(([name, totalNs]) => {
      const index = /^void kernel_(\d+)</.exec(name)?.[1]
      return index === undefined || truth.byName[Number(index)]?.totalNs === totalNs
    })
  if (!isRight)
    throw new Error(`${what} of ${path} differs from what was written: ${JSON.stringify(measured).slice(0, 500)}`)
  return measured
}
