import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BenchOptions, median } from '../define.ts'
import { CeilingFigures, type CeilingLoad } from './ceiling-load.ts'

/** Issue: bare requests/s, ours ÷ h2load's, client and server on a core each. */
const GOAL = 0.5
const FULL = { pairs: 5, seconds: 3 }
const QUICK = { pairs: 2, seconds: 1 }
const [CLIENT_CORE, SERVER_CORE] = [0, 1]
const INSTALL = 'apt-get install -y nghttp2-server nghttp2-client'

/** As the wire chooses for 16 slots: four streams a connection where requests are small, one where they are large. */
const LOADS: readonly Pick<CeilingLoad, 'bodyBytes' | 'connections' | 'streams'>[] = [
  { bodyBytes: 200, connections: 4, streams: 4 },
  { bodyBytes: 602_112, connections: 16, streams: 1 },
]

interface Pair {
  ours: number
  h2load: number
  cpuUsPerRequest: number
}

/**
 * What the framing alone can do: the HTTP/2 wire, as it carries gRPC, POSTs bodies to `nghttpd --echo-upload` beside
 * h2load doing the same. nghttpd answers with the body and knows no gRPC trailers, so status 200 is success. It speaks
 * no HTTP/1.1: that wire has no such ceiling.
 * @returns Markdown; where the programs are missing, a line that says so
 */
export async function benchCeiling({ quick, say }: BenchOptions): Promise<string> {
  const missing = ['nghttpd', 'h2load', 'taskset'].filter(program => !isInstalled(program))
  if (missing.length > 0) return skipped(`${missing.join(', ')} not installed: ${INSTALL}`, say)
  if (cpus().length < 2) return skipped('client and server need a core each, this machine has one', say)
  const { pairs, seconds } = quick ? QUICK : FULL
  const lines: string[] = []
  for (const load of LOADS) {
    const measured: Pair[] = []
    for (let pair = 0; pair < pairs; pair++) measured.push(await measurePair({ ...load, seconds }, pair % 2 === 1))
    lines.push(line(load, measured))
    say(lines.at(-1) ?? '')
  }
  return [
    `Ceiling: bare requests/s against \`nghttpd --echo-upload\`; client on one core, server on another, ${pairs} pairs in turn, ${seconds} s a run.`,
    '',
    '| body | connections × streams | h2load | ours | ours, CPU µs a request | ratio | |',
    '|---:|---|---:|---:|---:|---:|---|',
    ...lines,
  ].join('\n')
}

function skipped(why: string, say: BenchOptions['say']): string {
  say(`ceiling skipped: ${why}`)
  return `Ceiling beside h2load: skipped (${why}).`
}

function isInstalled(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/sbin')
  return folders.some(folder => existsSync(join(folder, program)))
}

async function measurePair(load: Omit<CeilingLoad, 'port'>, oursFirst: boolean): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-ceiling-'))
  const port = await freePort()
  // Windows as large as they go, so that flow control is nobody's limit.
  const server = pinned(SERVER_CORE, ['nghttpd', '--no-tls', '--echo-upload', '-w', 30, '-W', 30, '-d', folder, port])
  try {
    await untilListening(port)
    const withPort = { ...load, port }
    if (oursFirst) {
      const ours = await oursRun(withPort)
      return { ours: ours.perSec, cpuUsPerRequest: ours.cpuUsPerRequest, h2load: await h2loadRun(withPort, folder) }
    }
    const h2load = await h2loadRun(withPort, folder)
    const ours = await oursRun(withPort)
    return { ours: ours.perSec, cpuUsPerRequest: ours.cpuUsPerRequest, h2load }
  } finally {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function oursRun(load: CeilingLoad): Promise<CeilingFigures> {
  const script = join(import.meta.dirname, 'ceiling-load.ts')
  const text = await output(pinned(CLIENT_CORE, [process.execPath, script, JSON.stringify(load)]))
  return CeilingFigures.parse(JSON.parse(text))
}

async function h2loadRun({ port, bodyBytes, connections, streams, seconds }: CeilingLoad, folder: string) {
  const body = join(folder, 'body')
  writeFileSync(body, Buffer.alloc(bodyBytes, 1))
  const args = ['-t', 1, '-c', connections, '-m', streams, '-D', seconds, '--warm-up-time', 1, '-w', 30, '-W', 30]
  const text = await output(pinned(CLIENT_CORE, ['h2load', ...args, '-d', body, `http://127.0.0.1:${port}/echo`]))
  const perSec = Number(/finished in .*?, ([\d.]+) req\/s/.exec(text)?.[1])
  if (!(perSec > 0)) throw new Error(`h2load printed no rate: ${text.slice(-800)}`)
  return perSec
}

function pinned(core: number, [program = '', ...args]: readonly (string | number)[]) {
  const argv = ['-c', core, program, ...args].map(String)
  return spawn('taskset', argv, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin` },
  })
}

async function output(child: ReturnType<typeof pinned>): Promise<string> {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}: ${text.slice(-800)}`)
  return text
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const isOpen = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isOpen) return
    await sleep(50)
  }
  throw new Error('nghttpd does not listen')
}

function line({ bodyBytes, connections, streams }: (typeof LOADS)[number], pairs: readonly Pair[]): string {
  const ratios = pairs.map(({ ours, h2load }) => ours / h2load)
  const ratio = `${median(ratios).toFixed(2)} [${Math.min(...ratios).toFixed(2)}, ${Math.max(...ratios).toFixed(2)}] ≥ ${GOAL}`
  const rate = (of: (pair: Pair) => number) => `${Math.round(median(pairs.map(of)))}`
  const cells = [
    `${bodyBytes} B`,
    `${connections} × ${streams}`,
    rate(({ h2load }) => h2load),
    rate(({ ours }) => ours),
    rate(({ cpuUsPerRequest }) => cpuUsPerRequest),
    ratio,
    median(ratios) >= GOAL ? 'met' : 'missed',
  ]
  return `| ${cells.join(' | ')} |`
}
