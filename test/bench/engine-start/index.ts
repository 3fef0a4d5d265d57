import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright'
import { chromiumOptions } from '../../helpers/browser.ts'
import { batchscopeServe } from '../../helpers/serve.ts'
import { makeSession } from './make-session.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const FRESH_STARTS = 15
const PAINTS = 7

/** Start-up figures as Markdown rows: engine with a big session, first meaningful paint over `serve`, bundle size. */
export async function benchEngineStart(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-bench-'))
  try {
    const rows = [
      '| what | median | min … max | goal |',
      '| --- | ---: | ---: | ---: |',
      row(
        'start the engine and open a session of 100 runs × 8 points, fresh process (ms)',
        startTimes(folder),
        '< 300',
      ),
      row('first meaningful paint over `serve`, fresh tab (ms)', await paintTimes(folder), '< 1000'),
      `| page bundle, gzip (kB) | ${(bundleBytes() / 1000).toFixed(0)} | | ≤ 600 |`,
    ]
    return rows.join('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function startTimes(folder: string): number[] {
  const path = join(folder, 'hundred.bscope')
  makeSession(path, 100, 8)
  const script = join(import.meta.dirname, 'open-session.ts')
  return Array.from({ length: FRESH_STARTS }, () => {
    const { openedMs, runs } = JSON.parse(execFileSync(process.execPath, [script, path], { encoding: 'utf8' }))
    if (runs !== 100) throw new Error(`opened ${runs} runs instead of 100`)
    return openedMs
  })
}

/** From navigation to the home page's heading being painted, by the browser's own clock. */
async function paintTimes(folder: string): Promise<number[]> {
  const server = await batchscopeServe({ dataDir: folder })
  const browser = await chromium.launch(chromiumOptions())
  const times: number[] = []
  try {
    for (let index = 0; index < PAINTS; index++) {
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(server.url)
      await page.getByRole('heading', { level: 1 }).waitFor()
      times.push(
        await page.evaluate(
          () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now(),
        ),
      )
      await context.close()
    }
  } finally {
    await browser.close()
    await server.close()
  }
  return times
}

function bundleBytes(): number {
  const assets = join(ROOT, 'dist', 'renderer', 'assets')
  return readdirSync(assets)
    .filter(name => /\.(js|css)$/.test(name))
    .reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0)
}

function row(what: string, values: number[], goal: string): string {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  return `| ${what} | ${middle.toFixed(0)} | ${sorted[0]?.toFixed(0)} … ${sorted.at(-1)?.toFixed(0)} | ${goal} |`
}
