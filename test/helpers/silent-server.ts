import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface SilentServer {
  url: string
  /** Inference requests that came. */
  readonly inferences: number
  close(): Promise<void>
}

const TENSOR = (name: string) => ({ name, datatype: 'FP32', shape: [-1, 4] })

/**
 * Imitates a Triton whose model hangs: health, metadata and configuration are answered, an inference never is.
 * No statistics, no metrics, no shared memory, HTTP only.
 */
export async function silentServer(): Promise<SilentServer> {
  let inferences = 0
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path.endsWith('/infer')) {
      inferences++
      request.resume()
      return
    }
    answer(path, response)
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    get inferences() {
      return inferences
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function answer(path: string, response: ServerResponse): void {
  const json = (value: unknown) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(value))
  }
  if (path === '/v2') json({ name: 'triton', version: '2.51.0', extensions: [] })
  else if (path.includes('/health/') || path.endsWith('/ready')) response.end()
  else if (path.endsWith('/config')) json({ name: 'hang', platform: '', backend: 'python', max_batch_size: 8 })
  else if (/^\/v2\/models\/hang(\/versions\/\d+)?$/.test(path)) {
    json({ name: 'hang', versions: ['1'], platform: 'python', inputs: [TENSOR('x')], outputs: [TENSOR('y')] })
  } else {
    response.statusCode = 404
    json({ error: 'not here' })
  }
}
