import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { BenchOptions } from '../define.ts'

const Built = z.object({
  slices: z.number(),
  tellMs: z.number(),
  finishMs: z.number(),
  cpuMs: z.number(),
  peakWhileToldKiB: z.number(),
  peakKiB: z.number(),
})
const Asked = z.object({
  openMs: z.number(),
  windowMs: z.array(z.number()),
  windowCpuMs: z.array(z.number()),
  movedMs: z.array(z.number()),
  movedCpuMs: z.array(z.number()),
  lanes: z.number(),
  rowsPerWindow: z.number(),
  findMs: z.number(),
  found: z.number(),
  rareMs: z.number(),
  coarseMs: z.number(),
  coarseBytes: z.number(),
})

/** The index of a trace: what building costs, and whether a window costs the same over 1 M and 10 M slices. */
export async function benchTraceIndex({ quick, say }: BenchOptions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-bench-'))
  try {
    const sizes = quick ? [100_000, 1_000_000] : [1_000_000, 10_000_000]
    const columns = sizes.map(slices => {
      const index = join(folder, String(slices))
      say(`builds an index of ${slices} slices`)
      const built = Built.parse(child('build.ts', index, String(slices)))
      say('asks for windows')
      const asked = Asked.parse(child('query.ts', index, quick ? '200' : '600'))
      const bytes = readdirSync(index).reduce((sum, name) => sum + statSync(join(index, name)).size, 0)
      rmSync(index, { recursive: true })
      return figures(built, asked, bytes)
    })
    return table(sizes, columns)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function child(script: string, ...args: string[]): unknown {
  return JSON.parse(execFileSync(process.execPath, [join(import.meta.dirname, script), ...args], { encoding: 'utf8' }))
}

type Figure = { what: string; value: number; digits?: number; goal?: string; flat?: boolean }

function figures(built: z.infer<typeof Built>, asked: z.infer<typeof Asked>, bytes: number): Figure[] {
  const quantile = (values: readonly number[], share: number) =>
    values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
  return [
    { what: 'told by the reader (ns a slice)', value: (built.tellMs * 1e6) / built.slices },
    { what: 'finished (ns a slice)', value: (built.finishMs * 1e6) / built.slices },
    { what: 'peak memory while told (MB, whole process)', value: built.peakWhileToldKiB / 1000 },
    { what: 'peak memory (MB, whole process)', value: built.peakKiB / 1000, goal: '≤ 300' },
    { what: 'on disk (bytes a slice)', value: bytes / built.slices },
    { what: 'open (ms)', value: asked.openMs },
    {
      what: `window of ${asked.lanes} lanes, 1600 px, random zoom: p50 (ms)`,
      value: quantile(asked.windowMs, 0.5),
      digits: 2,
    },
    { what: 'the same, p95 (ms)', value: quantile(asked.windowMs, 0.95), digits: 2, goal: '≤ 8' },
    { what: 'the same, p95 of CPU time (ms)', value: quantile(asked.windowCpuMs, 0.95), digits: 2, goal: '≤ 8' },
    {
      what: 'windows of equal length, panned and zoomed: p95 (ms)',
      value: quantile(asked.movedMs, 0.95),
      digits: 2,
      goal: '≤ 8',
    },
    {
      what: 'the same, p50 of CPU time (ms)',
      value: quantile(asked.movedCpuMs, 0.5),
      digits: 2,
      flat: true,
    },
    { what: 'rows a window, mean', value: asked.rowsPerWindow },
    { what: `find a name in ${asked.found} slices (ms)`, value: asked.findMs, goal: '< 300' },
    { what: 'find a rare name (ms)', value: asked.rareMs, goal: '< 300' },
    { what: 'picture for the session (ms)', value: asked.coarseMs },
    { what: 'picture for the session (KiB)', value: asked.coarseBytes / 1024, goal: '≤ 256' },
  ]
}

function table(sizes: readonly number[], [few = [], many = []]: readonly Figure[][]): string {
  const million = (slices: number | undefined) => `${(slices ?? 0) / 1e6} M slices`
  const rows = many.map((figure, at) => {
    const before = few[at]?.value ?? Number.NaN
    const shown = (value: number) => value.toFixed(figure.digits ?? 0)
    const goal = [figure.goal, figure.flat ? `flat: ${(figure.value / before).toFixed(2)} × (≤ 1.3)` : undefined]
    return `| ${figure.what} | ${shown(before)} | ${shown(figure.value)} | ${goal.filter(Boolean).join('; ')} |`
  })
  return [
    `| what | ${million(sizes[0])} | ${million(sizes[1])} | goal |`,
    '| --- | ---: | ---: | ---: |',
    ...rows,
  ].join('\n')
}
