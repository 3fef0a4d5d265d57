import { join } from 'node:path'
import type { Page } from 'playwright'
import { z } from 'zod'
import { launchBrowser } from '../../helpers/browser.ts'
import { writeLargeDatabase } from '../../helpers/nsys/large-database.ts'
import { serverFolder, startServer, type TestServer } from '../../helpers/serve.ts'
import { type BenchOptions, median } from '../define.ts'
import { FRAME_HEAD, FRAMES, frameRow, quantile } from './frames.ts'

const WINDOWS = 300
/** Kernels, and as many calls: twice as many slices. */
const SIZES = [500_000, 5_000_000] as const
/** Held down for so many frames, as a person moves. Zooming starts where panning ended, from the whole trace in. */
const WAYS = [
  { title: 'zoom in (W)', key: 'w' },
  { title: 'pan (D)', key: 'd' },
  { title: 'zoom out (S)', key: 's' },
] as const

const Measured = z.object({ intervalsMs: z.array(z.number()), taskMs: z.number() })
type Measured = z.infer<typeof Measured>

/** An imported trace behind `serve`: frames while keys are held, and windows as the page asks for them. */
export async function benchRealIndex({ quick, say }: BenchOptions): Promise<string[]> {
  const frames: string[] = []
  const windows: string[] = []
  for (const kernels of quick ? SIZES.slice(0, 1) : SIZES) {
    const { folder, remove } = serverFolder()
    try {
      const path = join(folder, `${kernels}.sqlite`)
      const slices = `${(2 * kernels) / 1e6} M`
      say(`writes ${slices} slices`)
      writeLargeDatabase(path, kernels)
      const server = await startServer(folder)
      try {
        say('imports them')
        const of = await imported(server, path)
        say('asks for windows')
        windows.push(windowRow(slices, 'zoomed and panned', await windowTimes(server, of, walked)))
        windows.push(windowRow(slices, 'jumps', await windowTimes(server, of, jumped)))
        for (const [way, runs] of await movements(server, of, quick ? 1 : 3, say)) {
          const intervals = runs.flatMap(({ intervalsMs }) => intervalsMs)
          frames.push(frameRow(`${slices}: ${way}`, intervals, median(runs.map(({ taskMs }) => taskMs / FRAMES))))
        }
      } finally {
        await server.stop()
      }
    } finally {
      remove()
    }
  }
  return [
    'Over an imported nsys database, in the page that `serve` gives:',
    '',
    ...FRAME_HEAD,
    ...frames,
    '',
    `Windows of 1600 px over all lanes, from asking to having them, through the engine (${WINDOWS} each; goal: p95 ≤ 8 ms zoomed and panned, as in the page):`,
    '',
    '| slices | median ms | p95 ms |',
    '|---|---:|---:|',
    ...windows,
  ]
}

interface TraceOf {
  sessionId: string
  runId: string
}

async function imported(server: TestServer, path: string): Promise<TraceOf> {
  const { sessionId } = (await server.client.sessions.create({ path: `${path}.bscope` })).info
  const { runId } = await server.client.runs.start({ sessionId, kind: 'import', spec: { path } })
  for await (const event of await server.client.runs.watch({ sessionId, runId })) {
    if (event.type !== 'ended') continue
    if (event.status !== 'done') throw new Error(`The import ended as ${event.status}`)
    return { sessionId, runId }
  }
  throw new Error('The import told no end')
}

interface Span {
  startNs: number
  endNs: number
}

/** Windows as the keys ask for them: zoomed in towards a third of the trace, panned to and fro there, zoomed out. */
function walked({ startNs, endNs }: Span): Span[] {
  const whole = endNs - startNs
  const at = startNs + whole / 3
  const around = (width: number, shift = 0) => ({
    startNs: at - width / 3 + shift * width,
    endNs: at + (2 * width) / 3 + shift * width,
  })
  const zooms = Array.from({ length: WINDOWS / 3 }, (_, i) => around(whole * 0.5 ** ((16 * i) / (WINDOWS / 3))))
  const deep = whole * 0.5 ** 8
  const pans = Array.from({ length: WINDOWS / 3 }, (_, i) => around(deep, (Math.min(i, WINDOWS / 3 - i) * 16) / 240))
  return [...zooms, ...pans, ...zooms.toReversed()]
}

/** Windows at any zoom, spread evenly over its logarithm, at places far from each other (golden ratio). */
function jumped({ startNs, endNs }: Span): Span[] {
  const whole = endNs - startNs
  return Array.from({ length: WINDOWS }, (_, i) => {
    const width = whole * 0.5 ** ((20 * i) / WINDOWS)
    const from = startNs + ((i * 0.618034) % 1) * (whole - width)
    return { startNs: from, endNs: from + width }
  })
}

async function windowTimes({ client }: TestServer, of: TraceOf, path: (whole: Span) => Span[]): Promise<number[]> {
  const { startNs, endNs, tracks } = await client.traces.view(of)
  const lanes = tracks.flatMap(track => track.lanes.map(({ index }) => index))
  const times: number[] = []
  for (const window of path({ startNs, endNs })) {
    const askedMs = performance.now()
    await client.traces.window({ ...of, ...window, widthPx: 1600, lanes })
    times.push(performance.now() - askedMs)
  }
  return times
}

function windowRow(slices: string, way: string, times: readonly number[]): string {
  return `| ${slices}: ${way} | ${quantile(times, 0.5).toFixed(2)} | ${quantile(times, 0.95).toFixed(2)} |`
}

async function movements(
  server: TestServer,
  of: TraceOf,
  repeats: number,
  say: (text: string) => void,
): Promise<Map<string, Measured[]>> {
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.goto(server.at(`/run/${of.runId}`))
    const canvas = page.getByRole('group', { name: 'Tracks', exact: true }).locator('canvas')
    await canvas.waitFor({ timeout: 60_000 })
    await canvas.hover()
    const found = new Map<string, Measured[]>()
    for (let repeat = 1; repeat <= repeats; repeat++) {
      for (const { title, key } of WAYS) {
        say(`${title}, run ${repeat} of ${repeats}`)
        found.set(title, [...(found.get(title) ?? []), await hold(page, key)])
      }
    }
    return found
  } finally {
    await browser.close()
  }
}

async function hold(page: Page, key: string): Promise<Measured> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const busySec = async () =>
    (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
  const picture = () =>
    page
      .getByRole('group', { name: 'Tracks', exact: true })
      .locator('canvas')
      .evaluate(element => (element instanceof HTMLCanvasElement ? element.toDataURL() : ''))
  const pictureBefore = await picture()
  const before = await busySec()
  await page.keyboard.down(key)
  const intervalsMs = await page.evaluate(
    frames =>
      new Promise(resolve => {
        const seen: number[] = []
        let last: number | undefined
        const step = (nowMs: number) => {
          if (last !== undefined) seen.push(nowMs - last)
          last = nowMs
          if (seen.length < frames) requestAnimationFrame(step)
          else resolve(seen)
        }
        requestAnimationFrame(step)
      }),
    FRAMES,
  )
  await page.keyboard.up(key)
  if ((await picture()) === pictureBefore) throw new Error(`Nothing moved while ${key} was held`)
  const taskMs = ((await busySec()) - before) * 1000
  await session.detach()
  return Measured.parse({ intervalsMs, taskMs })
}
