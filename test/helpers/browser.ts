import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright'
import { onTestFinished } from 'vitest'
import { ROOT } from './cli.ts'

const ARTIFACTS = join(ROOT, 'test', 'artifacts')

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run']

/** A real Chromium: `CHROMIUM`, Playwright's own, or the system's. */
export async function launchBrowser(): Promise<Browser> {
  const known = [process.env.CHROMIUM, chromium.executablePath(), '/usr/bin/chromium', '/usr/bin/chromium-browser']
  const executablePath = known.find(path => path !== undefined && path !== '' && existsSync(path))
  if (executablePath === undefined) throw new Error('No Chromium: set CHROMIUM to one')
  return chromium.launch({ executablePath, args: FLAGS })
}

export interface Tab {
  page: Page
  /** What the page said was wrong: exceptions, console errors, broken CSP. A test ends with none. */
  complaints: string[]
}

export interface TabLook {
  theme?: 'light' | 'dark'
  width?: number
  height?: number
}

/** A tab at `url`, in a profile of its own, closed when the test ends; a failed test leaves `test/artifacts/failed-….png`. */
export async function openTab(
  browser: Browser,
  url: string,
  { theme = 'light', width = 1440, height = 900 }: TabLook = {},
): Promise<Tab> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(`exception: ${error.message}`))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
  })
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await keepEvidence(page, task.name, complaints)
    await context.close()
  })
  await page.goto(url)
  return { page, complaints }
}

async function keepEvidence(page: Page, test: string, complaints: readonly string[]): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true })
  const path = join(ARTIFACTS, `failed-${test.replaceAll(/\W+/g, '-')}.png`)
  await page.screenshot({ path })
  console.error([`${page.url()}: see ${path}`, ...complaints].join('\n'))
}

/** Accessibility violations with their places, worded for an assertion message. */
export async function axeViolations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(node => `${id}: ${help} at ${node.target.join(' ')} — ${node.failureSummary ?? ''}`),
  )
}

/** Writes `test/artifacts/NAME.png` of the whole page, however far it scrolls. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true })
  const size = page.viewportSize() ?? { width: 1440, height: 900 }
  const contentPx = await page.evaluate(() => {
    const main = document.querySelector('main')
    return main === null ? 0 : main.scrollHeight + main.getBoundingClientRect().top
  })
  await page.setViewportSize({ width: size.width, height: Math.max(size.height, Math.ceil(contentPx)) })
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`), animations: 'disabled' })
  await page.setViewportSize(size)
}

/** Drops files on an element as a person does: real DataTransfer, every event of the gesture. */
export async function dropFiles(
  page: Page,
  selector: string,
  files: readonly { name: string; bytes: Uint8Array }[],
): Promise<void> {
  const target = page.locator(selector).first()
  const payload = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }))
  const dataTransfer = await page.evaluateHandle(list => {
    const transfer = new DataTransfer()
    for (const { name, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), char => char.charCodeAt(0))
      transfer.items.add(new File([bytes], name))
    }
    return transfer
  }, payload)
  for (const type of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(type, { dataTransfer })
}

/** A file from the repository, ready to be dropped. */
export function repositoryFile(path: string, name = basename(path)): { name: string; bytes: Uint8Array } {
  return { name, bytes: readFileSync(join(ROOT, path)) }
}
