// The first command on a fresh machine. Plain JavaScript without imports from node_modules: it runs on the machine's
// own Node (20 or later), installs what the lock file says if that isn't there yet, builds the page if it is older
// than its sources, and hands over to the CLI on the Node that the project pins.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const STAMP = join(ROOT, 'node_modules', '.batchscope-lock')

/** Installs from the lock file unless this very lock file was installed here before. */
export function ensureInstalled() {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return
  say('Installing what the lock file names (npm ci)…')
  runNpm(['ci', '--no-audit', '--no-fund'])
  writeFileSync(STAMP, lock)
}

/** Builds page and desktop shell unless their newest source is older than the last build. */
export function ensureBuilt() {
  const sources = [
    'src-renderer',
    'electron',
    'src-main',
    'native-tools',
    'vite.config.ts',
    'vite.electron.config.ts',
    'package-lock.json',
  ]
  const built = join(ROOT, 'dist', 'built')
  const newest = Math.max(...sources.map(name => newestChange(join(ROOT, name))))
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return
  say('Building the page…')
  runNpm(['run', '--silent', 'build'])
  mkdirSync(dirname(built), { recursive: true })
  writeFileSync(built, '')
}

/** The pinned Node: its npm package puts it beside the other programs. */
export function pinnedNode() {
  const program = process.platform === 'win32' ? 'node.exe' : 'node'
  return join(ROOT, 'node_modules', 'node', 'bin', program)
}

function newestChange(path) {
  if (!existsSync(path)) return 0
  const facts = statSync(path)
  if (!facts.isDirectory()) return facts.mtimeMs
  return Math.max(0, ...readdirSync(path).map(name => newestChange(join(path, name))))
}

/** npm runs by the Node that runs us; its output goes to stderr, so that stdout stays the CLI's. */
function runNpm(args) {
  const cli = process.env.npm_execpath
  const [program, ...before] =
    cli === undefined ? [process.platform === 'win32' ? 'npm.cmd' : 'npm'] : [process.execPath, cli]
  const { status, error } = spawnSync(program, [...before, ...args], { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}

function say(text) {
  process.stderr.write(`${text}\n`)
}

function main(args) {
  ensureInstalled()
  // The page is needed by the app and `serve`; a table on the terminal can do without.
  const [command] = args
  if (command === undefined || command === 'serve' || command === 'open') ensureBuilt()
  // npm runs scripts in the project's folder; the user's own folder is where relative paths are meant.
  const cwd = process.env.INIT_CWD ?? process.cwd()
  const { status, signal, error } = spawnSync(
    pinnedNode(),
    [join(ROOT, 'src-main', 'faces', 'batchscope.ts'), ...args],
    {
      cwd,
      stdio: 'inherit',
    },
  )
  if (error !== undefined) throw error
  process.exitCode = signal === null ? (status ?? 1) : 130
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2))
