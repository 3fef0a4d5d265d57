import { createServer, type Server } from 'node:net'
import { EngineError } from '#domain/errors.ts'

/**
 * Ports of 127.0.0.1, for 0 a free one. They are let go again, so another program may still take one before the server does.
 * @throws EngineError TOOL_FAILED for a port that is in use
 */
export async function freePorts<Names extends string>(wanted: Record<Names, number>): Promise<Record<Names, number>> {
  const held: Server[] = []
  try {
    const ports = { ...wanted }
    for (const name in wanted) {
      const server = createServer()
      held.push(server)
      ports[name] = await listen(server, wanted[name])
    }
    return ports
  } finally {
    await Promise.all(held.map(server => new Promise(resolve => server.close(resolve))))
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', cause =>
      reject(
        new EngineError(
          'TOOL_FAILED',
          `Port ${port} of this machine is in use`,
          { where: `127.0.0.1:${port}`, hint: 'Choose another port, or 0 for a free one.', detail: cause.message },
          { cause },
        ),
      ),
    )
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
