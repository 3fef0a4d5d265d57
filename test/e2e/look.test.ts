import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeViolations, launchBrowser, openTab, screenshot } from '../helpers/browser.ts'
import { serverFolder, startServer, type TestServer } from '../helpers/serve.ts'

/** Pictures of every page in both themes, to be looked at, and no accessibility violation in any of them. */

const { folder, remove } = serverFolder()
const DEADLINE_MS = 60_000
let server: TestServer
let browser: Browser
let doneRun = ''
let failedRun = ''

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startServer(folder), launchBrowser()])
  const { info } = await server.client.sessions.create({ name: 'first-look' })
  const { sessionId } = info
  const { path: modelPath } = await server.client.models.sample()
  const measure = async (spec: object) => {
    const { runId } = await server.client.runs.start({ sessionId, kind: 'bench', spec: { modelPath, ...spec } })
    for await (const event of await server.client.runs.watch({ sessionId, runId })) if (event.type === 'ended') break
    return runId
  }
  doneRun = await measure({ minDurationMs: 200 })
  failedRun = await measure({
    batches: [1, 2, 4],
    runtimes: [{ id: 'fake', options: { ending: 'signal', onlyBatch: 4, stderr: ['terminate called'] } }],
  })
  await server.client.sessions.update({ sessionId, notes: 'Bundled model, two cores, nothing else running.' })
}, DEADLINE_MS)
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  remove()
})

interface View {
  name: string
  path: () => string
  /** Until the page shows what it is about. */
  ready: (page: Page) => Promise<unknown>
}

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name }).first().waitFor()

const VIEWS: readonly View[] = [
  {
    name: 'home',
    path: () => '/',
    ready: async page => {
      await heading(page, 'This machine')
      await page.getByText(/^checked /).waitFor()
    },
  },
  { name: 'new', path: () => '/new', ready: page => heading(page, 'New benchmark') },
  {
    name: 'new-form',
    path: () => '/new',
    ready: async page => {
      await page.getByRole('button', { name: 'Use the sample model' }).click()
      await page.getByText('8 points', { exact: true }).waitFor()
      await page.getByText('Advanced', { exact: true }).click()
    },
  },
  {
    name: 'run',
    path: () => `/run/${doneRun}`,
    ready: async page => {
      await heading(page, /^Distribution, batch/)
      await page.locator('canvas').nth(3).waitFor()
    },
  },
  {
    name: 'run-failed-point',
    path: () => `/run/${failedRun}`,
    ready: page => page.getByText('1 point could not be measured').waitFor(),
  },
  {
    name: 'run-passport',
    path: () => `/run/${doneRun}`,
    ready: async page => {
      await page.getByRole('button', { name: 'Passport' }).click()
      await page.getByRole('complementary', { name: 'Passport' }).getByText('SHA').first().waitFor()
    },
  },
  {
    name: 'run-log',
    path: () => `/run/${failedRun}`,
    ready: async page => {
      await page.getByRole('button', { name: 'Log', exact: true }).click()
      await page.getByRole('log').waitFor()
    },
  },
  {
    name: 'run-missing',
    path: () => '/run/nonsense',
    ready: page => page.getByText('The run cannot be shown').waitFor(),
  },
  {
    name: 'session',
    path: () => '/session',
    ready: async page => {
      await heading(page, 'first-look')
      await page.getByRole('grid', { name: 'Best batch per model and runtime' }).waitFor()
    },
  },
  { name: 'tools', path: () => '/tools', ready: page => heading(page, 'Programs') },
  { name: 'settings', path: () => '/settings', ready: page => page.getByText('Settings are in').waitFor() },
]

describe.each(['light', 'dark'] as const)('%s', theme => {
  test.each(VIEWS)('$name has no accessibility violation', async ({ name, path, ready }) => {
    const { page, complaints } = await openTab(browser, server.at(path()), { theme })
    await ready(page)
    await screenshot(page, `${name}-${theme}`)
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('a live run has no accessibility violation', async () => {
    const { sessionId } = (await server.client.sessions.opened()).at(-1)?.info ?? { sessionId: '' }
    const { path: modelPath } = await server.client.models.sample()
    const latenciesMs = [1, 1.04, 1.1, 1.02, 1.3]
    const runtimes = [{ id: 'fake', options: { latenciesMs, paceMs: 8 } }]
    const spec = { modelPath, runtimes, minIterations: 60, minDurationMs: 0 }
    const { runId } = await server.client.runs.start({ sessionId, kind: 'bench', spec })
    const { page, complaints } = await openTab(browser, server.at(`/run/${runId}`), { theme })
    await page
      .getByRole('region', { name: 'Progress' })
      .getByText(/^now: batch [4-9]/)
      .waitFor()
    await screenshot(page, `run-live-${theme}`)
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
    await server.client.runs.cancel({ sessionId, runId })
    await server.client.runs.delete({ sessionId, runId })
  })
})
