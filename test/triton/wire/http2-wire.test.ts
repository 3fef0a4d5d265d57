import { afterEach, expect, test } from 'vitest'
import { seededRandom } from '#stats/random.ts'
import { GrpcWire } from '../../../src-main/triton/wire/grpc-wire.ts'
import { fixedHeaders } from '../../../src-main/triton/wire/hpack-encoder.ts'
import { Http2Connection } from '../../../src-main/triton/wire/http2-connection.ts'
import { OUTCOME } from '../../../src-main/triton/wire/wire.ts'
import { type Http2Peer, http2Peer, raw, rawSettings, rawUint32, type SentFrame } from '../../doubles/http2-peer.ts'

const [DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION] = [0, 1, 3, 4, 6, 7, 8, 9]
const [END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY] = [1, 1, 4, 8, 0x20]
const [TABLE_SIZE, MAX_STREAMS, INITIAL_WINDOW, MAX_FRAME] = [1, 3, 4, 5]
/** HPACK: ":status 200" of the static table. */
const OK = '88'
const answer = (stream: number) => raw(HEADERS, END_HEADERS | END_STREAM, stream, OK)
const isEnd = ({ type, flags }: SentFrame) => (type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const it of open.splice(0)) await it.close()
})

async function peer(...args: Parameters<typeof http2Peer>): Promise<Http2Peer> {
  const made = await http2Peer(...args)
  open.push(made)
  return made
}

/** A wire with its slots on connections to the peer; `send` resolves with how the request ended. */
async function wireTo({ port }: Http2Peer, { slots = 1, bytes = 100, timeoutMs = 5000 } = {}) {
  const options = { host: '127.0.0.1', port, headers: {}, slots, slotsPerConnection: slots }
  const wire = new GrpcWire({ ...options, requestTimeoutMs: timeoutMs, streaming: false }, { plainHttp2: true })
  open.push(wire)
  const { uniform } = seededRandom(3)
  const data = Uint8Array.from({ length: bytes }, () => Math.floor(256 * uniform()))
  const inputs = [{ name: 'x', datatype: 'UINT8', shape: [bytes], data }]
  const { variant } = wire.prepare({ model: 'm', inputs, outputs: [] })
  await wire.connect()
  const waiting = new Map<number, (end: { outcome: number; code?: string; message: string }) => void>()
  wire.onEnd = (slot, outcome) => {
    const error = outcome === OUTCOME.ok ? { message: '' } : wire.errorOf(slot)
    waiting.get(slot)?.({ outcome, ...error })
  }
  const send = (slot = 0) =>
    new Promise<{ outcome: number; code?: string; message: string }>(resolve => {
      waiting.set(slot, resolve)
      wire.send(slot, variant)
    })
  return { wire, send, data: Buffer.from(data) }
}

const bodyOf = (frames: readonly SentFrame[], stream: number) =>
  Buffer.concat(frames.filter(frame => frame.type === DATA && frame.stream === stream).map(({ payload }) => payload))

test.each([
  1, 2, 3, 4, 5, 6,
])('a body never exceeds windows and frame size, and arrives whole (seed %i)', async seed => {
  const { uniform } = seededRandom(seed)
  const pick = (most: number) => 1 + Math.floor(uniform() * most)
  const frameBytes = 16_384 + pick(30_000)
  const slots = 3
  const windows = new Map<number, number>()
  const initial = pick(70_000)
  let connectionWindow = 65_535
  const broken: string[] = []
  const server = await peer(rawSettings([INITIAL_WINDOW, initial], [MAX_FRAME, frameBytes]), (frame, connection) => {
    const { type, stream, payload } = frame
    if (type === HEADERS) windows.set(stream, initial)
    if (type === DATA) {
      const left = (windows.get(stream) ?? 0) - payload.length
      windows.set(stream, left)
      connectionWindow -= payload.length
      if (left < 0) broken.push(`stream ${stream} is ${-left} beyond its window`)
      if (connectionWindow < 0) broken.push('beyond the window of the connection')
      if (payload.length > frameBytes) broken.push(`a frame of ${payload.length}`)
    }
    if (isEnd(frame)) connection.write(answer(stream))
    // Little by little, on one level and then the other: both must be waited for.
    const grant = pick(60_000)
    if (stream > 0 && uniform() < 0.9) {
      windows.set(stream, (windows.get(stream) ?? 0) + grant)
      connection.write(raw(WINDOW_UPDATE, 0, stream, rawUint32(grant)))
    }
    connectionWindow += grant
    connection.write(raw(WINDOW_UPDATE, 0, 0, rawUint32(grant)))
  })
  // The rest that a stingy draw held back.
  const feed = setInterval(() => {
    const [connection] = server.connections
    connectionWindow += 200_000
    connection?.write(raw(WINDOW_UPDATE, 0, 0, rawUint32(200_000)))
    for (const [stream, left] of windows) {
      windows.set(stream, left + 50_000)
      connection?.write(raw(WINDOW_UPDATE, 0, stream, rawUint32(50_000)))
    }
  }, 5)
  open.push({ close: () => clearInterval(feed) })
  const { send, data } = await wireTo(server, { slots, bytes: 300_000 })
  const ends = await Promise.all([0, 1, 2].map(send))
  expect(ends.map(({ outcome }) => outcome)).toEqual([0, 0, 0])
  expect(broken).toEqual([])
  for (const stream of windows.keys()) {
    const body = bodyOf(server.connections[0]?.frames ?? [], stream)
    expect(body.readUInt32BE(1)).toBe(body.length - 5)
    expect(body.indexOf(data)).toBeGreaterThan(5)
  }
})

test('a window made smaller in mid-flight goes below zero and holds until it is given back', async () => {
  let sent = 0
  const server = await peer(rawSettings(), ({ type, payload, flags, stream }, connection) => {
    if (type === DATA) sent += payload.length
    if (type === DATA && (flags & END_STREAM) !== 0) connection.write(answer(stream))
  })
  const { send } = await wireTo(server, { bytes: 100_000 })
  const end = send()
  await expect.poll(() => sent).toBe(65_535)
  const [connection] = server.connections
  // −64 535 of the stream, then 64 535 back: still 0.
  connection?.write(rawSettings([INITIAL_WINDOW, 1000]), raw(WINDOW_UPDATE, 0, 0, rawUint32(1_000_000)))
  connection?.write(raw(WINDOW_UPDATE, 0, 1, rawUint32(64_535)))
  await expect
    .poll(() => connection?.frames.filter(({ type, flags }) => type === SETTINGS && flags === ACK))
    .toHaveLength(2)
  expect(sent).toBe(65_535)
  connection?.write(raw(WINDOW_UPDATE, 0, 1, rawUint32(10)))
  await expect.poll(() => sent).toBe(65_545)
  connection?.write(rawSettings([INITIAL_WINDOW, 500_000]))
  expect(await end).toMatchObject({ outcome: OUTCOME.ok })
})

test('our windows are given back, to the stream and to the connection, before they run dry', async () => {
  const server = await peer(rawSettings(), () => {})
  const ends: string[] = []
  const owner = {
    ...{ onRead() {}, onHead() {}, onData() {}, onStreamEnd() {}, onReset() {} },
    onLost: (_: number, reason: string) => ends.push(reason),
  }
  const endpoint = { host: '127.0.0.1', port: server.port }
  const options = { slots: 1, headers: fixedHeaders([[':method', 'POST']]), timeoutMs: 5000 }
  const connection = await Http2Connection.open(endpoint, options, owner)
  open.push({ close: () => connection.destroy() })
  connection.send(0, { bytes: Buffer.alloc(10), overlay: undefined, overlayAt: 0 }, true)
  // As if the peer had sent 2^29 bytes; half of the window is left.
  connection.onDataFrame(1, 2 ** 28)
  connection.onDataFrame(1, 2 ** 28)
  server.connections[0]?.write(raw(PING, 0, 0, '0102030405060708'))
  await expect.poll(() => server.connections[0]?.frames.filter(({ type }) => type === PING)).toHaveLength(1)
  const updates = server.connections[0]?.frames.filter(({ type }) => type === WINDOW_UPDATE) ?? []
  // The first is the greeting's: from 65 535 to 2^31 − 1.
  expect(updates.map(({ stream, payload }) => [stream, payload.readUInt32BE(0)])).toEqual([
    [0, 2 ** 31 - 1 - 65_535],
    [0, 2 ** 29],
    [1, 2 ** 29],
  ])
})

test('a ping is answered with its own bytes, an answer to a ping is not', async () => {
  const greeting = Buffer.concat([
    rawSettings(),
    raw(PING, ACK, 0, 'ffffffffffffffff'),
    raw(PING, 0, 0, '00c0ffee12345678'),
  ])
  const server = await peer(greeting, (frame, connection) => {
    if (isEnd(frame)) connection.write(answer(frame.stream))
  })
  const { send } = await wireTo(server)
  await send()
  const pings = server.connections[0]?.frames.filter(({ type }) => type === PING) ?? []
  expect(pings.map(({ flags, payload }) => [flags, payload.toString('hex')])).toEqual([[ACK, '00c0ffee12345678']])
})

test('GOAWAY: what it still serves is waited for, the rest is lost, and the next request opens a new connection', async () => {
  const server = await peer(rawSettings(), (frame, connection, index) => {
    if (!isEnd(frame)) return
    if (index > 0) connection.write(answer(frame.stream))
    // All three have come: stream 1 is served.
    else if (frame.stream === 5) {
      connection.write(raw(GOAWAY, 0, 0, Buffer.concat([rawUint32(1, 11), Buffer.from('too many')])))
      setTimeout(() => connection.write(answer(1)), 30)
    }
  })
  const { wire, send } = await wireTo(server, { slots: 3 })
  const ends = await Promise.all([0, 1, 2].map(send))
  const lost = { outcome: OUTCOME.connectionLost, message: expect.stringContaining('ENHANCE_YOUR_CALM: too many') }
  expect(ends).toEqual([
    { outcome: OUTCOME.ok, message: '' },
    expect.objectContaining(lost),
    expect.objectContaining(lost),
  ])
  expect(await send(1)).toMatchObject({ outcome: OUTCOME.ok })
  expect([wire.reconnects, server.connections.length]).toEqual([1, 2])
})

test('RST_STREAM ends one request by its name; the connection goes on', async () => {
  const server = await peer(rawSettings(), (frame, connection) => {
    if (!isEnd(frame)) return
    connection.write(frame.stream === 1 ? raw(RST_STREAM, 0, 1, rawUint32(7)) : answer(frame.stream))
  })
  const { wire, send } = await wireTo(server)
  expect(await send()).toMatchObject({ outcome: OUTCOME.refused, code: 'REFUSED_STREAM' })
  expect(await send()).toMatchObject({ outcome: OUTCOME.ok })
  expect(wire.reconnects).toBe(0)
})

test('headers in continuations, padded and with a priority; data with padding', async () => {
  const block = Buffer.from(`${OK}0005782d6c6f6e027979`, 'hex')
  const server = await peer(rawSettings(), (frame, connection) => {
    if (!isEnd(frame)) return
    const { stream } = frame
    const padded = Buffer.concat([
      Buffer.from([3]),
      rawUint32(0),
      Buffer.from([16]),
      block.subarray(0, 2),
      Buffer.alloc(3),
    ])
    connection.write(
      raw(HEADERS, PADDED | PRIORITY, stream, padded),
      raw(CONTINUATION, 0, stream, block.subarray(2, 5)),
      raw(CONTINUATION, 0, stream),
      raw(CONTINUATION, END_HEADERS, stream, block.subarray(5)),
      raw(DATA, PADDED, stream, Buffer.concat([Buffer.from([2]), Buffer.from('body'), Buffer.alloc(2)])),
      raw(DATA, PADDED, stream, Buffer.concat([Buffer.from([1]), Buffer.alloc(1)])),
      raw(DATA, 0, stream),
      raw(DATA, PADDED | END_STREAM, stream, Buffer.concat([Buffer.from([255]), Buffer.alloc(255)])),
    )
  })
  const { send } = await wireTo(server)
  for (let round = 0; round < 3; round++) expect(await send()).toMatchObject({ outcome: OUTCOME.ok })
})

const BREACHES = {
  'another frame inside a header block': [raw(HEADERS, 0, 1, OK), raw(PING, 0, 0, '0000000000000000')],
  'a continuation of nothing': [raw(CONTINUATION, END_HEADERS, 1, OK)],
  'a frame larger than allowed': [raw(DATA, 0, 1, new Uint8Array(16_385))],
  'more padding than data': [raw(DATA, PADDED, 1, '05aabb')],
  'more padding than headers': [raw(HEADERS, END_HEADERS | PADDED, 1, '0588')],
  'a header of no number': [raw(HEADERS, END_HEADERS, 1, 'ff7f')],
  'a window larger than allowed': [raw(WINDOW_UPDATE, 0, 0, '7fffffff'), raw(WINDOW_UPDATE, 0, 0, '7fffffff')],
  'a setting out of bounds': [rawSettings([MAX_FRAME, 100])],
  'a header block without an end': [
    raw(HEADERS, 0, 1, OK),
    ...Array<Buffer>(20).fill(raw(CONTINUATION, 0, 1, new Uint8Array(16_000))),
  ],
} satisfies Record<string, Buffer[]>

test.each(Object.entries(BREACHES))('%s: the connection is given up at once, and said why', async (_, frames) => {
  const server = await peer(rawSettings(), (frame, connection, index) => {
    if (isEnd(frame)) connection.write(...(index === 0 ? frames : [answer(frame.stream)]))
  })
  const { send } = await wireTo(server)
  const end = await send()
  expect(end.outcome).toBe(OUTCOME.connectionLost)
  expect(end.message).toMatch(/^The server broke HTTP\/2: ./)
  expect(await send()).toMatchObject({ outcome: OUTCOME.ok })
})

test('no more streams at once than the peer allows, also when it changes its mind', async () => {
  let [now, most] = [0, 0]
  const server = await peer(rawSettings([MAX_STREAMS, 2]), (frame, connection) => {
    if (frame.type === HEADERS) most = Math.max(most, ++now)
    if (!isEnd(frame)) return
    setTimeout(() => {
      now--
      connection.write(answer(frame.stream))
    }, 5)
  })
  const slots = [0, 1, 2, 3, 4, 5]
  const { send } = await wireTo(server, { slots: slots.length })
  await Promise.all(slots.map(send))
  expect(most).toBe(2)
  server.connections[0]?.write(rawSettings([MAX_STREAMS, 1]))
  await send()
  most = 0
  const ends = await Promise.all(slots.map(send))
  expect(most).toBe(1)
  expect(ends.every(({ outcome }) => outcome === OUTCOME.ok)).toBe(true)
})

test('a peer without a header table is told so, and gets no entry of one', async () => {
  const server = await peer(rawSettings([TABLE_SIZE, 0]), (frame, connection) => {
    if (isEnd(frame)) connection.write(answer(frame.stream))
  })
  const { send } = await wireTo(server)
  for (let round = 0; round < 2; round++) await send()
  const [first, second] = server.connections[0]?.frames.filter(({ type }) => type === HEADERS) ?? []
  expect(first?.payload[0]).toBe(0x20)
  expect(first?.payload.subarray(1)).toEqual(second?.payload)
  // No literal that enters the table (01xxxxxx) as the first field.
  expect((second?.payload[0] ?? 0) & 0xc0).not.toBe(0x40)
})

test('an answer before our last byte: the rest is cancelled, and nothing more of it is sent', async () => {
  const server = await peer(rawSettings(), (frame, connection) => {
    // 100 000 bytes do not fit into the window: the peer answers without them.
    if (frame.type === HEADERS) connection.write(answer(frame.stream))
  })
  const { send } = await wireTo(server, { bytes: 100_000 })
  expect(await send()).toMatchObject({ outcome: OUTCOME.ok })
  const frames = server.connections[0]?.frames ?? []
  await expect.poll(() => frames.find(({ type }) => type === RST_STREAM)?.payload.readUInt32BE(0)).toBe(8)
  server.connections[0]?.write(
    raw(WINDOW_UPDATE, 0, 0, rawUint32(100_000)),
    raw(WINDOW_UPDATE, 0, 1, rawUint32(100_000)),
  )
  expect(await send()).toMatchObject({ outcome: OUTCOME.ok })
  expect(bodyOf(frames, 1).length).toBeLessThanOrEqual(65_535)
})

test('a request without an answer times out, is cancelled, and its late answer is nobody’s', async () => {
  const server = await peer(rawSettings(), (frame, connection) => {
    if (isEnd(frame) && frame.stream > 1) connection.write(answer(1), answer(frame.stream))
  })
  const { send } = await wireTo(server, { timeoutMs: 100 })
  expect(await send()).toMatchObject({ outcome: OUTCOME.timedOut, code: 'TIMEOUT' })
  const startMs = performance.now()
  expect(await send()).toMatchObject({ outcome: OUTCOME.ok })
  expect(performance.now() - startMs).toBeLessThan(100)
  const cancelled = server.connections[0]?.frames.find(({ type }) => type === RST_STREAM)
  expect([cancelled?.stream, cancelled?.payload.readUInt32BE(0)]).toEqual([1, 8])
})

test('answers cut at every byte read the same', async () => {
  const script = (stream: number) =>
    Buffer.concat([
      raw(WINDOW_UPDATE, 0, 0, rawUint32(1)),
      raw(HEADERS, 0, stream, OK),
      raw(CONTINUATION, END_HEADERS, stream, '0005782d6c6f6e027979'),
      raw(DATA, PADDED, stream, Buffer.concat([Buffer.from([2]), Buffer.from('body'), Buffer.alloc(2)])),
      rawSettings([INITIAL_WINDOW, 70_000]),
      raw(PING, 0, 0, '0102030405060708'),
      raw(0xfa, 0, stream, 'abcdef'),
      raw(HEADERS, END_HEADERS | END_STREAM, stream, '000b677270632d7374617475730130'),
    ])
  const { length } = script(1)
  let at = 0
  const server = await peer(rawSettings(), (frame, connection) => {
    if (!isEnd(frame)) return
    const bytes = script(frame.stream)
    connection.write(bytes.subarray(0, at))
    setTimeout(() => connection.write(bytes.subarray(at)), 1)
  })
  const { wire, send } = await wireTo(server)
  for (at = 0; at <= length; at++) expect(await send()).toMatchObject({ outcome: OUTCOME.ok })
  expect(wire.reconnects).toBe(0)
})
