import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Bench, median } from '../define.ts'
import { type TraceTruth, writeKinetoTrace } from './write-trace.ts'

const Measured = z.object({ wallMs: z.number(), cpuMs: z.number(), peakMiB: z.number(), found: z.unknown() })
const Found = z.record(z.string(), z.number())
type Measured = z.infer<typeof Measured>

const WAYS = [
  ['reader', 'our reader, a sink that counts'],
  ['parse', 'JSON.parse of the whole text'],
  ['bytes', 'reading the bytes alone'],
] as const
/** V8's longest string: beyond, JSON.parse cannot be tried. */
const LONGEST_TEXT_MB = 500
const GOAL_MB_PER_S = 180

/** Reading a torch trace, without an index: MB/s and memory, beside JSON.parse and the disk. */
export const traceRead: Bench = {
  id: 'trace-read',
  title: 'Reading a PyTorch trace',
  async run({ quick, say }) {
    const folder = mkdtempSync(join(tmpdir(), 'batchscope-trace-read-'))
    try {
      const sizes = quick ? [60] : [60, 600]
      return sizes.map(megabytes => ofSize(folder, megabytes, quick ? 3 : 5, say)).join('\n\n')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

function ofSize(folder: string, megabytes: number, repeats: number, say: (text: string) => void): string {
  const path = join(folder, `${megabytes}.json`)
  say(`writing ${megabytes} MB`)
  const truth = writeKinetoTrace(path, megabytes)
  const rows = WAYS.filter(([way]) => way !== 'parse' || megabytes < LONGEST_TEXT_MB).map(([way, title]) => {
    const runs = Array.from({ length: repeats }, (_, i) => {
      say(`${megabytes} MB, ${title}, ${i + 1} of ${repeats}`)
      return measure(path, way)
    })
    if (way === 'reader') for (const { found } of runs) checkAgainst(truth, Found.parse(found))
    const mbPerS = (of: (run: Measured) => number) => truth.bytes / 1000 / median(runs.map(of))
    const goal = way === 'reader' ? `≥ ${GOAL_MB_PER_S}` : ''
    return `| ${title} | ${mbPerS(run => run.wallMs).toFixed(0)} | ${mbPerS(run => run.cpuMs).toFixed(0)} | ${Math.max(...runs.map(run => run.peakMiB)).toFixed(0)} | ${goal} |`
  })
  rmSync(path)
  return [
    `${(truth.bytes / 1e6).toFixed(0)} MB, ${truth.events} events, ${truth.kernels} kernels; counts and times equal what was written.`,
    '',
    '| what | MB/s | MB per CPU second | peak MiB | goal |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n')
}

function measure(path: string, way: string): Measured {
  const script = join(import.meta.dirname, 'measure.ts')
  return Measured.parse(JSON.parse(execFileSync(process.execPath, [script, path, way], { encoding: 'utf8' })))
}

function checkAgainst({ bytes: _, events: __, ...truth }: TraceTruth, found: Record<string, number>): void {
  for (const [what, value] of Object.entries({ ...truth, unread: 0 })) {
    if (found[what] !== value) throw new Error(`${what}: ${found[what]} read, ${value} written`)
  }
}
