import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type LargeTruth, writeLargeDatabase } from '../../helpers/nsys/large-database.ts'
import { type BenchOptions, median } from '../define.ts'
import { type ImportFigures, importFigures, type Moment } from './import-figures.ts'

/** What a person waits for in the app, and what reading pages directly is worth. Every figure is checked. */
export async function benchTraceNsys({ quick, say }: BenchOptions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-bench-'))
  const imports = [
    '| kernels (and as many calls) | from the start of the process to | wall (s) | CPU (s) | goal (s) | peak (MiB) |',
    '| ---: | --- | ---: | ---: | ---: | ---: |',
  ]
  const scans = [
    '| kernels | five columns of the kernels | rows/s | median (s) | CPU (s) |',
    '| ---: | --- | ---: | ---: | ---: |',
  ]
  try {
    for (const { kernels, goal, repeats } of quick ? SIZES.slice(0, 1) : SIZES) {
      const path = join(folder, `${kernels}.sqlite`)
      say(`writes ${kernels} kernels`)
      const truth = writeLargeDatabase(path, kernels)
      const megabytes = Math.round(statSync(path).size / 1e6)
      const runs: ImportFigures[] = []
      for (let i = 0; i < (quick ? 1 : repeats); i++) {
        say(`import of ${megabytes} MB`)
        const run = await importFigures(path)
        compare(run, truth)
        runs.push(run)
      }
      imports.push(
        momentRow(
          kernels,
          'busy time and kernels of each device',
          runs.map(run => run.early),
          goal,
        ),
      )
      imports.push(
        momentRow(
          kernels,
          'everything imported',
          runs.map(run => run.whole),
        ),
      )
      for (const what of ['scan-pages', 'scan-sql'] as const) {
        say(`${what} of ${megabytes} MB`)
        const measured = Array.from({ length: quick ? 1 : repeats }, () => scan(what, path, truth))
        scans.push(scanRow(kernels, TITLES[what], measured))
      }
      rmSync(path)
    }
    return [...imports, '', ...scans].join('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const SIZES = [
  { kernels: 1_000_000, goal: '< 1', repeats: 5 },
  { kernels: 10_000_000, goal: '< 5', repeats: 1 },
] as const

const TITLES = { 'scan-pages': 'page by page', 'scan-sql': 'through SQLite' }

function momentRow(kernels: number, what: string, moments: readonly Moment[], goal = ''): string {
  const cells = [
    kernels.toLocaleString('en'),
    what,
    (median(moments.map(({ wallMs }) => wallMs)) / 1000).toFixed(2),
    (median(moments.map(({ cpuMs }) => cpuMs)) / 1000).toFixed(2),
    goal,
    Math.max(...moments.map(({ peakMiB }) => peakMiB)).toFixed(0),
  ]
  return `| ${cells.join(' | ')} |`
}

/** Both moments against what was written. @throws Error where a figure differs */
function compare({ early: { overview }, whole: { imported } }: ImportFigures, truth: LargeTruth): void {
  const { summary } = imported
  for (const { devices, kernels } of [overview, summary]) {
    const [device, ...others] = devices
    const totals = kernels.map(({ name, count, totalNs }) => {
      const row = truth.byName[Number(/^void kernel_(\d+)</.exec(name)?.[1])]
      return row?.count === count && row.totalNs === totalNs
    })
    const isRight =
      others.length === 0 &&
      device?.busyNs === truth.busyNs &&
      device.sumNs === truth.totalNs &&
      device.kernels === truth.kernels &&
      totals.length > 0 &&
      totals.every(Boolean)
    if (!isRight) throw new Error(`differs from what was written: ${JSON.stringify(devices).slice(0, 500)}`)
  }
  const isWhole = summary.counts.slices === truth.kernels + truth.calls && summary.counts.unread === 0
  if (!isWhole || overview.kernelNames !== truth.byName.length)
    throw new Error(`not all was read: ${JSON.stringify(summary.counts)}`)
}

const Scanned = z.object({ rows: z.number(), totalNs: z.number(), ms: z.number(), cpuMs: z.number() })
type Scanned = z.infer<typeof Scanned>

function scan(what: keyof typeof TITLES, path: string, truth: LargeTruth): Scanned {
  const script = join(import.meta.dirname, 'measure.ts')
  const scanned = Scanned.parse(JSON.parse(execFileSync(process.execPath, [script, what, path], { encoding: 'utf8' })))
  if (scanned.rows !== truth.kernels || scanned.totalNs !== truth.totalNs)
    throw new Error(`${what} of ${path} differs from what was written: ${JSON.stringify(scanned)}`)
  return scanned
}

function scanRow(kernels: number, what: string, scanned: readonly Scanned[]): string {
  const ms = median(scanned.map(run => run.ms))
  const cells = [
    kernels.toLocaleString('en'),
    what,
    `${(kernels / ms / 1000).toFixed(2)} M`,
    (ms / 1000).toFixed(2),
    (median(scanned.map(run => run.cpuMs)) / 1000).toFixed(2),
  ]
  return `| ${cells.join(' | ')} |`
}
