import { request } from 'node:http'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Contract } from '#contract'
import { type Serving, serve } from '../../src-main/faces/serve/serve.ts'
import { fakeSpec, testEngine } from '../helpers/engine.ts'

async function serving(): Promise<Serving & { folder: string }> {
  const made = testEngine({ browseRoots: [] })
  const server = await serve(made.engine, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => server.close())
  return { ...server, folder: made.folder }
}

/** Status of a raw request with these headers. */
function status(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, method }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('upgrade', () => resolve(101))
    sent.on('error', reject)
    sent.end()
  })
}

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
}

test('the socket opens only with the right Host, Origin, path and token', async () => {
  const { port, token } = await serving()
  const good = {
    ...UPGRADE,
    'Sec-WebSocket-Protocol': `batchscope, batchscope.token.${token}`,
    Origin: `http://127.0.0.1:${port}`,
  }
  expect(await status(port, '/rpc', good)).toBe(101)
  expect(await status(port, '/rpc', { ...good, Host: 'evil.example' })).toBe(403)
  expect(await status(port, '/rpc', { ...good, Origin: 'http://evil.example' })).toBe(403)
  expect(await status(port, '/rpc', { ...good, 'Sec-WebSocket-Protocol': 'batchscope' })).toBe(403)
  expect(await status(port, '/other', good)).toBe(403)
})

test('the page is given to our own names only, and only what a build contains', async () => {
  const { port } = await serving()
  expect(await status(port, '/', { Host: `evil.example:${port}` })).toBe(403)
  expect(await status(port, '/../package.json')).not.toBe(200)
  expect(await status(port, '/%2e%2e/package.json')).not.toBe(200)
  expect(await status(port, '/', {}, 'POST')).toBe(405)
})

test('the whole contract works over the socket: events, binary columns, errors with their text', async () => {
  const { port, token } = await serving()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, ['batchscope', `batchscope.token.${token}`])
  onTestFinished(() => socket.close())
  const client: ContractRouterClient<Contract> = createORPCClient(
    new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }),
  )
  const { info } = await client.sessions.create({})
  const spec = await fakeSpec(client as never, { latenciesMs: [3] })
  const { runId } = await client.runs.start({ sessionId: info.sessionId, kind: 'bench', spec })
  const seen: string[] = []
  for await (const event of await client.runs.watch({ sessionId: info.sessionId, runId })) seen.push(event.type)
  expect(seen.filter(type => type === 'point')).toHaveLength(3)
  const { columns } = await client.runs.samples({ sessionId: info.sessionId, runId, pointId: 'p0' })
  expect(new Set(new Float64Array(await (columns[0]?.data ?? new Blob()).arrayBuffer()))).toEqual(new Set([3]))
  await expect(client.runs.get({ sessionId: info.sessionId, runId: 'nope' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    defined: true,
  })
})

test('a dropped file arrives in chunks and gets a path that may be opened', async () => {
  const { port, token } = await serving()
  const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, ['batchscope', `batchscope.token.${token}`])
  onTestFinished(() => socket.close())
  const client: ContractRouterClient<Contract> = createORPCClient(
    new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }),
  )
  const { uploadId } = await client.system.uploadBegin({ name: '../../evil.onnx', bytes: 6 })
  await client.system.uploadChunk({ uploadId, offset: 0, data: new Blob(['abc']) })
  await client.system.uploadChunk({ uploadId, offset: 3, data: new Blob(['def']) })
  const { path } = await client.system.uploadEnd({ uploadId })
  expect(path).not.toContain('..')
  await expect(client.models.inspect({ path })).rejects.toMatchObject({ code: 'MODEL_BROKEN' })
})
