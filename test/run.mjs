// `npm test` on a fresh machine: installs what the tests need (packages from the lock file; Chromium through
// Playwright or, where that download is impossible and apt is there, Debian's package), builds the page, runs every
// test, and ends with "N passed, N failed". Plain JavaScript: the first step runs on the machine's own Node.
// `npm test -- session` runs the files whose path contains "session".
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt, ensureInstalled, pinnedNode } from '../src-main/faces/start.mjs'

const ROOT = join(import.meta.dirname, '..')
const REPORT = join(ROOT, 'test', '.cache', 'vitest.json')

ensureInstalled()
ensureBuilt()
ensureChromium()
process.exitCode = runTests(process.argv.slice(2))

function runTests(filters) {
  mkdirSync(join(ROOT, 'test', '.cache'), { recursive: true })
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`]
  const { status } = run(pinnedNode(), [vitest, 'run', ...reporters, ...filters])
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(REPORT, 'utf8'),
  )
  // A file that could not even be loaded has no tests to count; it must not look like a pass.
  const brokenFiles = testResults.filter(file => file.status === 'failed' && file.assertionResults.length === 0).length
  const failed = numFailedTests + brokenFiles
  const skipped = numPendingTests + numTodoTests
  console.log(`${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return failed > 0 || status !== 0 || numPassedTests === 0 ? 1 : 0
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
