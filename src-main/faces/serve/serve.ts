import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { hostname, networkInterfaces } from 'node:os'
import { WebSocketServer } from 'ws'
import { EngineError } from '#domain/errors.ts'
import { serveSocket } from '../../api/doors.ts'
import { shippedPath } from '../../app-info.ts'
import type { Engine } from '../../engine.ts'
import { pageFile } from '../page-files.ts'
import { type Knock, pageRefusalOf, refusalOf } from './admission.ts'

export interface ServeOptions {
  host: string
  /** 0: any free port. */
  port: number
}

export interface Serving {
  /** With the token in the fragment: a browser keeps fragments to itself. */
  url: string
  port: number
  token: string
  /** Anyone on the network can reach it, and the traffic is not encrypted. */
  isPublic: boolean
  close(): Promise<void>
}

const MAX_MESSAGE_BYTES = 16 * 2 ** 20 // an upload's chunk is 4 MiB; nothing else comes near
const RPC_PATH = '/rpc'

/** The app in a browser: the built page over HTTP and the contract over one WebSocket. */
export async function serve(engine: Engine, { host, port }: ServeOptions): Promise<Serving> {
  const token = randomBytes(24).toString('base64url')
  const names = namesOf(host)
  const pageRoot = shippedPath('dist', 'renderer')
  const server = createServer((request, response) => void answer(request, response, names, pageRoot))
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: offered => (offered.has('batchscope') ? 'batchscope' : false),
  })
  server.on('upgrade', (request, socket, head) => {
    const refusal = pathOf(request) === RPC_PATH ? refusalOf(knockOf(request), names, token) : 'host'
    if (refusal !== undefined) {
      socket.end(
        `HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${REFUSALS[refusal]}\n`,
      )
      return
    }
    sockets.handleUpgrade(request, socket, head, client => serveSocket(engine, client))
  })
  await listen(server, host, port)
  const address = server.address()
  const boundPort = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${urlHost(host)}:${boundPort}/#token=${token}`,
    port: boundPort,
    token,
    isPublic: !isLoopback(host),
    async close() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

const REFUSALS = {
  host: 'Not a name of this server.',
  origin: 'Not from the page of this server.',
  token: 'The token is missing or wrong. Open the address that `batchscope serve` printed.',
} as const

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  names: ReadonlySet<string>,
  pageRoot: string,
): Promise<void> {
  const refusal = pageRefusalOf(knockOf(request), names)
  if (refusal !== undefined) return send(response, 403, REFUSALS[refusal])
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'Only GET.')
  try {
    const { status, headers, body } = await pageFile(pageRoot, pathOf(request))
    response.writeHead(status, { ...headers, 'Content-Length': body.length })
    response.end(request.method === 'HEAD' ? undefined : body)
  } catch (thrown) {
    send(response, 500, `The page can't be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end(`${text}\n`)
}

function knockOf({ headers }: IncomingMessage): Knock {
  const { host, origin, authorization } = headers
  return { host, origin, authorization, protocols: headers['sec-websocket-protocol'] }
}

/** As it came, without the query: the page's file rules look at the raw text. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split(/[?#]/)[0] ?? '/'
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause =>
      reject(
        new EngineError(
          'TOOL_FAILED',
          `Can't listen on ${host}:${port}: ${cause.message}`,
          {
            hint: 'Give another --port, or leave it out for any free one.',
          },
          { cause },
        ),
      ),
    )
    server.listen(port, host, resolve)
  })
}

/** Host names a request may use: the one bound to, and for a wildcard every address this machine has. */
function namesOf(host: string): Set<string> {
  const names = new Set(['localhost', '127.0.0.1', '[::1]', urlHost(host).toLowerCase()])
  if (host === '0.0.0.0' || host === '::') {
    names.add(hostname().toLowerCase())
    for (const address of Object.values(networkInterfaces()).flat()) {
      if (address !== undefined) names.add(urlHost(address.address.split('%')[0] ?? address.address))
    }
  }
  return names
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
