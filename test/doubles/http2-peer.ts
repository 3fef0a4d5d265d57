import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A frame as the client sent it. */
export interface SentFrame {
  type: number
  flags: number
  stream: number
  payload: Buffer
}

/** One connection of the peer. `frames`: all that came, in order. */
export interface PeerConnection {
  readonly frames: SentFrame[]
  write(...bytes: Uint8Array[]): void
  close(): void
}

export interface Http2Peer {
  port: number
  readonly connections: PeerConnection[]
  close(): void
}

const PREFACE_BYTES = 24

/**
 * The other end of an HTTP/2 connection, by hand: cuts what comes into frames, with a parser of its own, and does
 * nothing but what `onFrame` says. Not a server: it answers no SETTINGS, keeps no windows.
 */
export async function http2Peer(
  greeting: Uint8Array,
  onFrame: (frame: SentFrame, connection: PeerConnection, index: number) => void,
): Promise<Http2Peer> {
  const sockets = new Set<Socket>()
  const connections: PeerConnection[] = []
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    // The client hangs up when it is done.
    socket.on('error', () => socket.destroy())
    const connection: PeerConnection = {
      frames: [],
      write: (...bytes) => void socket.write(Buffer.concat(bytes)),
      close: () => socket.destroy(),
    }
    const index = connections.push(connection) - 1
    socket.write(greeting)
    let rest = Buffer.alloc(0)
    let skip = PREFACE_BYTES
    socket.on('data', chunk => {
      rest = Buffer.concat([rest, chunk])
      if (rest.length < skip) return
      rest = rest.subarray(skip)
      skip = 0
      while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const length = rest.readUIntBE(0, 3)
        const frame = {
          type: rest[3] ?? 0,
          flags: rest[4] ?? 0,
          stream: rest.readUInt32BE(5),
          payload: Buffer.from(rest.subarray(9, 9 + length)),
        }
        rest = rest.subarray(9 + length)
        connection.frames.push(frame)
        onFrame(frame, connection, index)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A frame, written out here so that the wire's own writer is not its judge. */
export function raw(type: number, flags: number, stream: number, payload: Uint8Array | string = ''): Buffer {
  const content = typeof payload === 'string' ? Buffer.from(payload, 'hex') : payload
  const head = Buffer.alloc(9)
  head.writeUIntBE(content.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, content])
}

/** SETTINGS of these ids and values. */
export function rawSettings(...settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = settings.map(([id, value]) => {
    const bytes = Buffer.alloc(6)
    bytes.writeUInt16BE(id, 0)
    bytes.writeUInt32BE(value, 2)
    return bytes
  })
  return raw(4, 0, 0, Buffer.concat(payload))
}

export function rawUint32(...values: readonly number[]): Buffer {
  return Buffer.concat(
    values.map(value => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value)
      return bytes
    }),
  )
}
