import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { launchBrowser } from '../../helpers/browser.ts'
import { startServer } from '../../helpers/serve.ts'
import { median } from '../define.ts'
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

/** From navigation to first content, by the browser's own clock; the page draws nothing before its shell stands. */
async function paintTimes(folder: string): Promise<number[]> {
  const server = await startServer(folder)
  const browser = await launchBrowser()
  const times: number[] = []
  try {
    for (let index = 0; index < PAINTS; index++) {
      const page = await (await browser.newContext()).newPage()
      await page.goto(server.url)
      await page.getByRole('heading', { level: 1 }).waitFor()
      times.push(
        await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN),
      )
      await page.context().close()
    }
  } finally {
    await browser.close()
    await server.stop()
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
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return `| ${what} | ${median(values).toFixed(0)} | ${least.toFixed(0)} … ${most.toFixed(0)} | ${goal} |`
}
