import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Protocol } from '#domain/server.ts'

/** A server of canned answers in this process: what a request costs without Triton. */
export interface Echo {
  port: number
  close(): void
}

export async function startEcho(protocol: Protocol): Promise<Echo> {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // The client hangs up when it is done.
    socket.on('error', () => socket.destroy())
    if (protocol === 'http') answerHttp1(socket)
    else answerHttp2(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const HTTP1_BODY = '{"model_name":"echo","model_version":"1","outputs":[]}'
const HTTP1_ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${HTTP1_BODY.length}\r\n\r\n${HTTP1_BODY}`,
)

/** Reads heads and skips bodies; a request without a length has no body. */
function answerHttp1(socket: Socket): void {
  let head: Buffer = Buffer.alloc(0)
  let bodyLeft = 0
  socket.on('data', chunk => {
    let rest: Buffer = chunk
    while (rest.length > 0) {
      if (bodyLeft > 0) {
        const taken = Math.min(bodyLeft, rest.length)
        bodyLeft -= taken
        rest = rest.subarray(taken)
        if (bodyLeft === 0) socket.write(HTTP1_ANSWER)
        continue
      }
      head = head.length === 0 ? rest : Buffer.concat([head, rest])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      bodyLeft = Number(/\r\ncontent-length: *(\d+)/i.exec(head.toString('latin1', 0, end))?.[1] ?? 0)
      rest = head.subarray(end + 4)
      head = Buffer.alloc(0)
      if (bodyLeft === 0) socket.write(HTTP1_ANSWER)
    }
  })
}

const PREFACE_BYTES = 24
const FRAME_HEAD = 9
const FRAME = { data: 0, headers: 1, settings: 4, ping: 6, windowUpdate: 8 }
const FLAG = { endStream: 1, ack: 1, endHeaders: 4 }
/** Initial window 2^30, largest frame 2^20 (RFC 9113 §6.5.2): bodies never wait for the server. */
const SETTINGS = frame(FRAME.settings, 0, 0, Buffer.from('000440000000000500100000', 'hex'))
const OPEN_CONNECTION_WINDOW = frame(FRAME.windowUpdate, 0, 0, Buffer.from('3fff0000', 'hex'))
/** Given back to the connection's window each time so many bytes came. */
const WINDOW_STEP = 2 ** 24
const SETTINGS_ACK = frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0))

/** HEADERS (:status 200, content-type), DATA (an empty message), HEADERS (grpc-status 0). */
function grpcAnswer(stream: number): Buffer {
  const literal = (name: string, value: string) =>
    Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)])
  const head = Buffer.concat([Buffer.from([0x88]), literal('content-type', 'application/grpc')])
  return Buffer.concat([
    frame(FRAME.headers, FLAG.endHeaders, stream, head),
    frame(FRAME.data, 0, stream, Buffer.alloc(5)),
    frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, literal('grpc-status', '0')),
  ])
}

/** Answers every stream when its last byte came; header blocks are not looked into. */
function answerHttp2(socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0)
  let skip = PREFACE_BYTES
  let received = 0
  /** Of the frame whose payload is being skipped. */
  let ending = 0
  socket.write(Buffer.concat([SETTINGS, OPEN_CONNECTION_WINDOW]))
  socket.on('data', chunk => {
    let rest: Buffer = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    pending = Buffer.alloc(0)
    for (;;) {
      const taken = Math.min(skip, rest.length)
      skip -= taken
      rest = rest.subarray(taken)
      if (skip > 0) return
      if (ending > 0) socket.write(grpcAnswer(ending))
      ending = 0
      if (rest.length < FRAME_HEAD) break
      const length = rest.readUIntBE(0, 3)
      const [type, flags, stream] = [rest[3], rest[4] ?? 0, rest.readUInt32BE(5)]
      if (type === FRAME.ping && rest.length < FRAME_HEAD + length) break
      if (type === FRAME.ping && (flags & FLAG.ack) === 0) {
        socket.write(frame(FRAME.ping, FLAG.ack, 0, rest.subarray(FRAME_HEAD, FRAME_HEAD + length)))
      }
      if (type === FRAME.settings && (flags & FLAG.ack) === 0) socket.write(SETTINGS_ACK)
      if (type === FRAME.data) received += length
      if (received >= WINDOW_STEP) {
        const grant = Buffer.alloc(4)
        grant.writeUInt32BE(received)
        socket.write(frame(FRAME.windowUpdate, 0, 0, grant))
        received = 0
      }
      if ((type === FRAME.data || type === FRAME.headers) && (flags & FLAG.endStream) !== 0) ending = stream
      rest = rest.subarray(FRAME_HEAD)
      skip = length
    }
    pending = rest
  })
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}
