import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What becomes of a piece of answer on its way to the client. */
export interface Roughness {
  /** Cuts the answers into pieces of at most so many bytes, each sent by itself. */
  pieceBytes?: number
  /** Before each piece. */
  delayMs?: number
  /**
   * Asked with the pieces passed so far on this connection and how many connections came before it:
   * 'cut' resets the connection in the middle, 'end' closes it in good order, 'swallow' loses this and all that follows.
   */
  fate?: (pieces: number, connection: number) => 'pass' | 'cut' | 'end' | 'swallow'
}

export interface RoughProxy {
  port: number
  readonly connections: number
  close(): Promise<void>
}

/** A TCP relay in front of a server that treats answers badly. Requests pass untouched. */
export async function roughProxy(targetPort: number, roughness: Roughness): Promise<RoughProxy> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer({ noDelay: true }, client => {
    const upstream = connect({ port: targetPort, host: '127.0.0.1', noDelay: true })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
      // Ends of either side are what this is about.
      socket.on('error', () => socket.destroy())
    }
    client.pipe(upstream)
    void relay(upstream, client, roughness, connections++)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function relay(from: Socket, to: Socket, roughness: Roughness, connection: number): Promise<void> {
  const { pieceBytes = Number.POSITIVE_INFINITY, delayMs = 0, fate = () => 'pass' as const } = roughness
  let pieces = 0
  let isLost = false
  try {
    for await (const chunk of from) {
      const bytes = Buffer.from(chunk)
      for (let at = 0; at < bytes.length && !isLost; at += pieceBytes) {
        const what = fate(pieces++, connection)
        if (what === 'swallow') isLost = true
        else if (what === 'cut') return void to.resetAndDestroy()
        else if (what === 'end') return void to.end()
        else {
          if (delayMs > 0) await sleep(delayMs)
          to.write(bytes.subarray(at, at + pieceBytes))
          // By itself: the next piece waits for another turn of the loop.
          if (pieceBytes < bytes.length) await new Promise(setImmediate)
        }
      }
    }
  } catch (thrown) {
    // The connection was destroyed while it was read.
    if (!(thrown instanceof Error && 'code' in thrown)) throw thrown
  }
}
