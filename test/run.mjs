// `npm test` on a fresh machine: installs what the tests need (packages from the lock file; Chromium through
// Playwright or, where that download is impossible and apt is there, Debian's package), builds the page, runs every
// test, and ends with "N passed, N failed". Plain JavaScript: the first step runs on the machine's own Node.
// `npm test -- session` runs the files whose path contains "session".
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ensureBuilt, ensureInstalled, pinnedNode } from '../src-main/faces/start.mjs'

const ROOT = join(import.meta.dirname, '..')
/** What runs beside each other: the pages wait for Chromium most of the time, and so do the processes for children. */
const LANES = [
  { name: 'pages', projects: ['browser'] },
  { name: 'rest', projects: ['unit', 'process'] },
]

ensureInstalled()
ensureBuilt()
ensureChromium()
process.exitCode = await runTests(process.argv.slice(2))

/** Runs both lanes at once, and counts them together. @returns exit code */
async function runTests(filters) {
  mkdirSync(join(ROOT, 'test', '.cache'), { recursive: true })
  const lanes = await Promise.all(LANES.map(lane => runLane(lane, filters)))
  const sum = key => lanes.reduce((total, lane) => total + lane[key], 0)
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')]
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return failed > 0 || lanes.some(({ status }) => status !== 0) || passed === 0 ? 1 : 0
}

/** One vitest over some projects; its lines come out whole, between those of the other lane. */
async function runLane({ name, projects }, filters) {
  const report = join(ROOT, 'test', '.cache', `vitest-${name}.json`)
  rmSync(report, { force: true })
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const only = projects.flatMap(project => ['--project', project])
  const child = spawn(pinnedNode(), [vitest, 'run', '--passWithNoTests', ...reporters, ...only, ...filters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env,
  })
  createInterface({ input: child.stdout }).on('line', line => console.log(line))
  createInterface({ input: child.stderr }).on('line', line => console.error(line))
  const [status] = await once(child, 'close')
  // vitest that found no file leaves no report; one that died leaves none either, and its status says so.
  if (!existsSync(report)) return { status, passed: 0, failed: 0, skipped: 0 }
  const told = JSON.parse(readFileSync(report, 'utf8'))
  // A file that could not even be loaded has no tests to count; it must not look like a pass.
  const broken = told.testResults.filter(file => file.status === 'failed' && file.assertionResults.length === 0)
  return {
    status,
    passed: told.numPassedTests,
    failed: told.numFailedTests + broken.length,
    skipped: told.numPendingTests + told.numTodoTests,
  }
}

/** A Chromium that Playwright can drive: one that is there, Playwright's own, or Debian's. */
function ensureChromium() {
  if (findChromium() !== undefined) return
  console.error('Getting Chromium for the browser tests…')
  const playwright = join(ROOT, 'node_modules', 'playwright', 'cli.js')
  run(pinnedNode(), [playwright, 'install', 'chromium'])
  if (findChromium() !== undefined) return
  if (existsSync('/usr/bin/apt-get')) {
    const sudo = process.getuid?.() === 0 ? [] : ['sudo']
    const [program, ...before] = [...sudo, 'apt-get']
    run(program, [...before, 'update', '-q'])
    run(program, [...before, 'install', '-y', '-q', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'])
  }
  if (findChromium() === undefined) console.error('No Chromium: the browser tests will fail. Set CHROMIUM to one.')
}

function findChromium() {
  const script = 'import("playwright").then(p=>process.stdout.write(p.chromium.executablePath()))'
  const own = spawnSync(pinnedNode(), ['-e', script], { cwd: ROOT, encoding: 'utf8' }).stdout
  return [process.env.CHROMIUM, own, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    path => path !== undefined && path !== '' && existsSync(path),
  )
}

function run(program, args) {
  const result = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' })
  if (result.error !== undefined) console.error(result.error.message)
  return result
}
