import type { Page } from 'playwright'
import { z } from 'zod'
import { launchBrowser } from '../../helpers/browser.ts'
import { buildHarness, serveHarness } from '../../renderer/harness/serve.ts'
import { type Bench, median } from '../define.ts'
import { FRAME_HEAD, FRAMES, frameRow } from './frames.ts'
import { benchRealIndex } from './real-index.ts'

const Measured = z.object({ intervalsMs: z.array(z.number()), taskMs: z.number() })
type Measured = z.infer<typeof Measured>

/**
 * The timeline while it is moved, in a real Chromium without a GPU: over a made-up trace that answers at once (what is
 * left is the page's own cost), and over an imported one behind the real engine. Between frames: as the browser
 * delivers them; the main thread: what it worked for a frame.
 */
export const timelineFrames: Bench = {
  id: 'timeline-frames',
  title: 'Timeline: frames while panning and zooming',
  async run({ quick, say }) {
    const browser = await launchBrowser()
    const harness = await serveHarness(await buildHarness())
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      await page.goto(`${harness.address}/gallery.html?only=timeline`)
      await page.locator('.timeline canvas').first().waitFor()
      const rows: string[] = []
      for (const way of ['pan', 'zoom'] as const) {
        const runs: Measured[] = []
        for (let repeat = 0; repeat < (quick ? 1 : 5); repeat++) {
          say(`${way}, run ${repeat + 1}`)
          runs.push(await move(page, way))
        }
        rows.push(
          frameRow(
            way,
            runs.flatMap(({ intervalsMs }) => intervalsMs),
            median(runs.map(({ taskMs }) => taskMs / FRAMES)),
          ),
        )
      }
      const real = await benchRealIndex({ quick, say })
      return ['Over a made-up trace that answers at once:', '', ...FRAME_HEAD, ...rows, '', ...real].join('\n')
    } finally {
      await browser.close()
      await harness.close()
    }
  },
}

/** A step each frame, as a dragged pointer or a turned wheel makes them. */
async function move(page: Page, way: 'pan' | 'zoom'): Promise<Measured> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const busySec = async () =>
    (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
  const before = await busySec()
  const intervalsMs = await page.evaluate(
    ({ kind, frames }) =>
      new Promise(resolve => {
        const timeline = Reflect.get(window, 'timeline')
        const { startNs, endNs } = timeline.trace
        const span = endNs - startNs
        const seen: number[] = []
        let last: number | undefined
        let frame = 0
        const step = (nowMs: number) => {
          if (last !== undefined) seen.push(nowMs - last)
          last = nowMs
          const share = frame / frames
          const width = kind === 'pan' ? span / 200 : span * 0.5 ** (16 * (0.5 - Math.abs(0.5 - share)))
          const from = kind === 'pan' ? startNs + span * 0.9 * share : startNs + span / 3
          timeline.jumpTo({ startNs: from, endNs: from + width })
          if (++frame < frames) requestAnimationFrame(step)
          else resolve(seen)
        }
        requestAnimationFrame(step)
      }),
    { kind: way, frames: FRAMES },
  )
  const taskMs = ((await busySec()) - before) * 1000
  await session.detach()
  return Measured.parse({ intervalsMs, taskMs })
}
