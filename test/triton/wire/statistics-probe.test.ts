import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openStatisticsProbe } from '../../../src-main/triton/wire/statistics-probe.ts'
import { http2Peer, raw, rawSettings } from '../../doubles/http2-peer.ts'

const SLOW_MS = 60
const open: { close(): unknown }[] = []
afterEach(() => {
  for (const it of open.splice(0)) it.close()
})

/** Servers that answer about a model "m" after a while; `answered`: how many questions they were asked. */
const SERVERS = {
  async http() {
    const asked = { count: 0 }
    const server = createServer((_, response) => {
      asked.count++
      const record = { name: 'm', version: '1', inference_count: asked.count, execution_count: 1 }
      setTimeout(() => response.end(JSON.stringify({ model_stats: [record] })), asked.count === 1 ? 0 : SLOW_MS)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(server)
    return { port: (server.address() as AddressInfo).port, asked }
  },
  async grpc() {
    const asked = { count: 0 }
    const peer = await http2Peer(rawSettings(), ({ type, flags, stream }, connection) => {
      if (type !== 0 || (flags & 1) === 0) return
      asked.count++
      // ModelStatistics: name 1 "m", version 2 "1", inference_count 4.
      const message = Buffer.from(
        `0a08 0a016d 120131 20${asked.count.toString(16).padStart(2, '0')}`.replaceAll(' ', ''),
        'hex',
      )
      const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message])
      const frames = [
        raw(1, 4, stream, '88'),
        raw(0, 0, stream, framed),
        raw(1, 5, stream, '000b677270632d7374617475730130'),
      ]
      setTimeout(() => connection.write(...frames), asked.count === 1 ? 0 : SLOW_MS)
    })
    open.push(peer)
    return { port: peer.port, asked }
  },
}

test.each([
  'http',
  'grpc',
] as const)('%s: windows shorter than an answer wait in turn, and a third is refused at once', async protocol => {
  const { port, asked } = await SERVERS[protocol]()
  const options = { host: '127.0.0.1', port, headers: {}, requestTimeoutMs: 2000 }
  const probe = await openStatisticsProbe(protocol, options, [{ name: 'm' }])
  open.push(probe)
  const startMs = performance.now()
  const [first, second, third] = await Promise.allSettled([probe.snapshot(), probe.snapshot(), probe.snapshot()])
  expect(performance.now() - startMs).toBeLessThan(1000)
  expect(first).toMatchObject({ status: 'fulfilled', value: [{ name: 'm', inferenceCount: 2 }] })
  expect(second).toMatchObject({ status: 'fulfilled', value: [{ name: 'm', inferenceCount: 3 }] })
  expect(third).toMatchObject({ status: 'rejected', reason: { code: 'TIMEOUT' } })
  expect(await probe.snapshot()).toMatchObject([{ inferenceCount: 4 }])
  expect(asked.count).toBe(4)
})

test.each([
  'http',
  'grpc',
] as const)('%s: a server that stops answering costs one time-out a question', async protocol => {
  const { port, asked } = await SERVERS[protocol]()
  const options = { host: '127.0.0.1', port, headers: {}, requestTimeoutMs: SLOW_MS / 3 }
  const probe = await openStatisticsProbe(protocol, options, [{ name: 'm' }])
  open.push(probe)
  const ends = await Promise.allSettled([probe.snapshot(), probe.snapshot()])
  expect(ends).toMatchObject([{ reason: { code: 'TIMEOUT' } }, { reason: { code: 'TIMEOUT' } }])
  expect(asked.count).toBe(3)
})
