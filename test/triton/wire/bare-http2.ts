import { once } from 'node:events'
import type { Http2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { FLAG, FRAME, frame, settingsFrame } from '../../../src-main/triton/wire/http2-frames.ts'
import { Http2Reader } from '../../../src-main/triton/wire/http2-reader.ts'

/** Sends `count` GETs to a server one after another and gives the header blocks of its answers as they came. */
export async function bareExchange(server: Http2Server, count: number): Promise<Buffer[]> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  const done = Promise.withResolvers<void>()
  const blocks: Buffer[] = []
  let block: Buffer[] = []
  // :method GET, :scheme http, :path /, all in the static table; :authority "a", without which nghttp2 resets the stream.
  const question = Buffer.from([0x82, 0x86, 0x84, 0x01, 0x01, 0x61])
  const request = (index: number) =>
    socket.write(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, index * 2 + 1, question))
  const reader = new Http2Reader({
    onDataFrame() {},
    onData() {},
    onDataEnd() {},
    onFrame(type, flags, _, bytes, from, to) {
      if (type === FRAME.rstStream || type === FRAME.goAway) done.reject(new Error(`the server sent frame ${type}`))
      if (type !== FRAME.headers && type !== FRAME.continuation) return
      block.push(Buffer.from(bytes.subarray(from, to)))
      if ((flags & FLAG.endHeaders) === 0) return
      blocks.push(Buffer.concat(block))
      block = []
      if (blocks.length === count) done.resolve()
      else request(blocks.length)
    },
  })
  socket.on('data', chunk => reader.read(chunk, chunk.length))
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), settingsFrame([])]))
  request(0)
  await done.promise
  socket.destroy()
  server.close()
  return blocks
}
