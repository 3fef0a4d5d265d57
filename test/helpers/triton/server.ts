import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const HERE = import.meta.dirname

/** Where `install-triton.sh` and `install-perf-analyzer.sh` put the real programs; `.ci/run` runs both. */
export const TRITON_ROOT = process.env.BATCHSCOPE_TRITON ?? join(homedir(), '.cache', 'batchscope-triton')
const PERF_ANALYZER_ROOT = process.env.BATCHSCOPE_PERF_ANALYZER ?? join(homedir(), '.cache', 'batchscope-perf-analyzer')

/** Why a test against the real server cannot run here; undefined when it can. */
export const withoutTriton = existsSync(join(TRITON_ROOT, 'bin', 'tritonserver'))
  ? undefined
  : `no tritonserver in ${TRITON_ROOT}: run test/helpers/triton/install-triton.sh`

/** The real perf_analyzer, where it is installed. */
export function perfAnalyzer(version: '2.51.0' | '2.60.0' = '2.51.0'): string | undefined {
  const path = join(PERF_ANALYZER_ROOT, version, 'bin', 'perf_analyzer')
  return existsSync(path) ? path : undefined
}

const Ready = z.object({
  /** PyTriton does not tell: its own process is then the one that was started. */
  pid: z.int().optional(),
  http: z.int(),
  grpc: z.int(),
  metrics: z.int(),
  models: z.string().optional(),
  log: z.string().optional(),
  trace: z.string().optional(),
})

export interface TestServer extends z.infer<typeof Ready> {
  pid: number
  httpUrl: string
  grpcUrl: string
  metricsUrl: string
  stop(): Promise<void>
  /** As when the machine dies: the server goes without a word. */
  kill(): void
}

/** A real Triton with the models of `triton-models/`, on free ports, or where one was that went away. */
export function startTriton(
  options: {
    load?: readonly string[]
    models?: string
    extra?: readonly string[]
    ports?: Pick<TestServer, 'http' | 'grpc' | 'metrics'>
  } = {},
): Promise<TestServer> {
  const { load, models, extra = [], ports = { http: 0, grpc: 0, metrics: 0 } } = options
  const places = Object.entries({ http: ports.http, grpc: ports.grpc, metrics: ports.metrics })
  const args = ['--root', TRITON_ROOT, ...places.flatMap(([name, port]) => [`--${name}`, String(port)])]
  if (load !== undefined) args.push('--load', load.join(','))
  if (models !== undefined) args.push('--models', models)
  return start('bash', [join(HERE, 'triton-up.sh'), ...args, ...(extra.length > 0 ? ['--', ...extra] : [])])
}

/** A real PyTriton server; `restricted`: as it comes, with its access token "test-token". */
export function startPyTriton(
  ports: { http: number; grpc: number; metrics: number },
  { restricted = false } = {},
): Promise<TestServer> {
  const { http, grpc, metrics } = ports
  const args = ['--http', http, '--grpc', grpc, '--metrics', metrics].map(String)
  return start(join(TRITON_ROOT, 'bin', 'triton-python'), [
    join(HERE, 'pytriton-server.py'),
    ...args,
    ...(restricted ? ['--restricted'] : []),
  ])
}

async function start(program: string, args: readonly string[]): Promise<TestServer> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const ready = await firstLine(child, gone, errors)
  const pid = ready.pid ?? child.pid ?? 0
  return {
    ...ready,
    pid,
    httpUrl: `http://127.0.0.1:${ready.http}`,
    grpcUrl: `grpc://127.0.0.1:${ready.grpc}`,
    metricsUrl: `http://127.0.0.1:${ready.metrics}/metrics`,
    async stop() {
      child.kill('SIGTERM')
      await gone
      endGroup(child)
    },
    kill() {
      process.kill(pid, 'SIGKILL')
    },
  }
}

/** The Python processes of a server that was killed live on, as its group's. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown
  }
}

async function firstLine(child: ChildProcess, gone: Promise<void>, errors: readonly string[]) {
  if (child.stdout === null) throw new Error('no stdout')
  const lines = createInterface({ input: child.stdout })
  const line = await Promise.race([
    new Promise<string>(resolve => lines.once('line', resolve)),
    gone.then(() => {
      throw new Error(`the server did not start: ${errors.join('').slice(-2000)}`)
    }),
  ])
  return Ready.parse(JSON.parse(line))
}
