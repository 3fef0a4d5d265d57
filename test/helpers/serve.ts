import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '#contract'
import { BATCHSCOPE, ROOT } from './cli.ts'

export interface TestServer {
  /** With the token in the fragment. */
  url: string
  /** Home, data folder and the one folder the page may browse. */
  folder: string
  process: ChildProcess
  /** Address of a page, token included. */
  at(path: string): string
  /** The contract over a socket of its own, for what a test sets up without clicking. */
  client: ContractRouterClient<Contract>
  /** Ends the server as Ctrl+C does, or as `signal` does; the folder stays. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** The real `batchscope serve` in a process of its own, fake runtime included, isolated in `folder`. */
export async function startServer(folder: string): Promise<TestServer> {
  if (!existsSync(join(ROOT, 'dist', 'renderer', 'index.html'))) throw new Error('The page is not built: npm run build')
  mkdirSync(folder, { recursive: true })
  const child = spawn(process.execPath, [BATCHSCOPE, 'serve', '--port', '0', '--root', folder], {
    cwd: folder,
    env: { ...process.env, BATCHSCOPE_DATA_DIR: join(folder, 'data'), BATCHSCOPE_FAKE_RUNTIME: '1', HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const url = await firstLine(child)
  const { host, hash } = new URL(url)
  const token = new URLSearchParams(hash.slice(1)).get('token') ?? ''
  const socket = new WebSocket(`ws://${host}/rpc`, ['batchscope', `batchscope.token.${token}`])
  return {
    url,
    folder,
    process: child,
    at: path => new URL(`${path}${hash}`, url).href,
    client: createORPCClient(new RPCLink({ websocket: socket })),
    async stop(signal = 'SIGINT') {
      socket.close()
      child.kill(signal)
      await ended
    },
  }
}

/** A folder under the system's one for temporary files; the caller removes it. */
export function serverFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-e2e-'))
  return { folder, remove: () => existsSync(folder) && rmSync(folder, { recursive: true, force: true }) }
}

function firstLine(child: ChildProcess): Promise<string> {
  let out = ''
  let err = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', chunk => {
      out += chunk
      const end = out.indexOf('\n')
      if (end >= 0) resolve(out.slice(0, end).trim())
    })
    child.stderr?.on('data', chunk => {
      err += chunk
    })
    child.once('error', reject)
    child.once('close', code => reject(new Error(`serve ended with ${code} before it gave an address:\n${err}`)))
  })
}
