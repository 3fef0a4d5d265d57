import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js'
import { afterAll, describe, expect, test } from 'vitest'
import { ServerTarget, type ServerTargetInput } from '#domain/server.ts'
import { PathGuard } from '../../../src-main/desks/path-guard.ts'
import { ServerDesk } from '../../../src-main/desks/server-desk.ts'
import { grpcMethod } from '../../../src-main/triton/control/grpc-service.ts'
import { openClient } from '../../../src-main/triton/control/open-client.ts'
import { MOST_TOLD_BYTES } from '../../../src-main/triton/control/too-much.ts'

const desk = new ServerDesk(new PathGuard())
const target = (input: ServerTargetInput) => ServerTarget.parse(input)
const servers: Server[] = []
const closers: (() => void)[] = []
afterAll(() => {
  for (const server of servers) server.closeAllConnections()
  for (const server of servers) server.close()
  for (const close of closers) close()
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Paths that were asked, with the headers that came. */
function recorder() {
  const asked: { path: string | undefined; headers: NodeJS.Dict<string | string[]> }[] = []
  const answer: RequestListener = (request, response) => {
    asked.push({ path: request.url, headers: request.headers })
    response.end('{}')
  }
  return { asked, answer }
}

describe('a server that sends us elsewhere', () => {
  test.each([
    301, 302, 303, 307, 308,
  ])('HTTP %i is said, and nobody there is asked, least of all with our token', async status => {
    const { asked, answer } = recorder()
    const elsewhere = await serve(answer)
    const url = await serve((_, response) => response.writeHead(status, { location: `${elsewhere}/v2` }).end())
    const connection = { accessToken: 'top-secret', metricsUrl: `${url}/metrics` }
    await expect(desk.connect(target({ url, connection }))).rejects.toMatchObject({
      code: 'SERVER_PROTOCOL',
      message: `The server sends us to another address (HTTP ${status})`,
    })
    await expect(desk.metrics(target({ url, connection }))).rejects.toMatchObject({ code: 'SERVER_REFUSED' })
    expect(asked).toEqual([])
  })
})

test('metrics: the connection’s token and headers stay away; the user of its own address goes as a header, never into an error', async () => {
  const { asked, answer } = recorder()
  const metrics = await serve(answer)
  const metricsUrl = `${metrics.replace('//', '//user:pass-secret@')}/metrics`
  const connection = { accessToken: 'top-secret', headers: { 'X-Key': 'very-secret' }, metricsUrl }
  const failed = await desk.metrics(target({ url: metrics, connection })).catch((thrown: unknown) => thrown)
  expect(JSON.stringify(failed)).not.toMatch(/pass-secret|top-secret|very-secret/)
  expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:pass-secret').toString('base64')}`)
  expect(JSON.stringify(asked)).not.toMatch(/top-secret|very-secret/)
  const closed = { ...connection, metricsUrl: 'http://user:pass-secret@127.0.0.1:9/metrics' }
  const unreachable = await desk
    .metrics(target({ url: metrics, connection: closed }))
    .catch((thrown: unknown) => thrown)
  expect(unreachable).toMatchObject({ code: 'SERVER_UNREACHABLE' })
  expect(JSON.stringify(unreachable)).not.toContain('pass-secret')
})

test.each(['http', 'grpc'])('%s: a secret that no header can carry is refused without being shown', async scheme => {
  const url = `${scheme}://127.0.0.1:9`
  for (const secret of ['s3cret-€', 's3cret-\n', 's3cret-\0', 's3cret-\u{1f600}']) {
    for (const connection of [{ accessToken: secret }, { headers: { 'x-key': secret } }]) {
      const failed = await desk.connect(target({ url, connection })).catch((thrown: unknown) => thrown)
      expect(failed).toMatchObject({ code: 'USAGE' })
      expect(String(failed) + JSON.stringify(failed)).not.toContain('s3cret')
    }
  }
})

test('an answer without end is left at its limit, as text of metrics too', async () => {
  let sent = 0
  const url = await serve((_, response) => {
    const chunk = Buffer.alloc(2 ** 20, 0x20)
    const more = () => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length
    }
    response.on('drain', more)
    more()
  })
  const connection = { metricsUrl: `${url}/metrics`, timeoutMs: 60_000 }
  const limit = { code: 'SERVER_PROTOCOL', message: expect.stringMatching(/^The answer is larger than 64(\.0)? MiB$/) }
  await expect(desk.connect(target({ url, connection }))).rejects.toMatchObject(limit)
  await expect(desk.metrics(target({ url, connection }))).rejects.toMatchObject(limit)
  expect(sent).toBeLessThan(4 * MOST_TOLD_BYTES)
})

test('a kept connection that is closed under a call is opened again, but for a request to a model', async () => {
  let connections = 0
  const server = createSocketServer(socket => {
    connections++
    let requests = 0
    socket.on('error', () => {}) // our client goes
    socket.on('data', () => {
      if (++requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')
      else socket.destroy()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  const client = openClient(target({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
  expect([await client.live(), await client.live()]).toEqual([true, true])
  expect(connections).toBe(2)
  await expect(client.infer({ model: 'm', inputs: [], outputs: [] })).rejects.toMatchObject({
    code: 'SERVER_UNREACHABLE',
  })
  client.close()
})

test('names of models stay one segment of the path whatever they hold', async () => {
  const { asked, answer } = recorder()
  const url = await serve(answer)
  const client = openClient(target({ url }))
  const names = ['../../v2/repository/models/x/load', 'a/b?c#d', 'x\r\nevil: y', 'ü %2e%2e', '\0']
  for (const name of names) {
    await client.modelMetadata({ name, version: '../1' }).catch(() => {}) // the answer does not matter
    await client.unloadModel(name, false)
  }
  // Dots as a whole segment would be taken for "one up" by a proxy.
  for (const name of ['.', '..']) {
    await expect(client.modelMetadata({ name })).rejects.toMatchObject({ code: 'USAGE' })
    await expect(client.unloadModel(name, false)).rejects.toMatchObject({ code: 'USAGE' })
  }
  client.close()
  for (const { path, headers } of asked) {
    expect(path).toMatch(/^\/v2\/(models\/[^/?#\s]+\/versions\/[^/?#\s]+|repository\/models\/[^/?#\s]+\/unload)$/)
    expect(path).not.toMatch(/\/\.\.?(\/|$)/)
    expect(headers).not.toHaveProperty('evil')
  }
  expect(asked).toHaveLength(2 * names.length)
})

test.each([
  ['no JSON', '<html>'],
  ['JSON of another kind', '[1, 2]'],
  ['a shape of texts', JSON.stringify({ model_name: 'm', outputs: [{ name: 'y', datatype: 'FP32', shape: ['a'] }] })],
  ['a type that is none', JSON.stringify({ outputs: [{ name: 'y', datatype: 'FP8', shape: [1], data: [1] }] })],
  ['values that are none', JSON.stringify({ outputs: [{ name: 'y', datatype: 'FP32', shape: [1], data: [{}] }] })],
  [
    'more bytes than came',
    JSON.stringify({ outputs: [{ name: 'y', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 1e9 } }] }),
  ],
  [
    'fewer than none',
    JSON.stringify({ outputs: [{ name: 'y', datatype: 'FP32', shape: [1], parameters: { binary_data_size: -4 } }] }),
  ],
])('an answer to a request that is %s is a typed error', async (_, text) => {
  const url = await serve((_, response) => response.end(text))
  const client = openClient(target({ url }))
  await expect(client.infer({ model: 'm', inputs: [], outputs: [] })).rejects.toMatchObject({
    name: 'EngineError',
    code: expect.stringMatching(/SERVER_PROTOCOL|DATA_INVALID/),
  })
  client.close()
})

test('a configuration that is none costs its fields, not the list of models', async () => {
  const url = await serve((request, response) => {
    const answers: Record<string, unknown> = {
      '/v2': { name: 'triton', version: '2', extensions: ['model_repository'] },
      '/v2/repository/index': [{ name: 'm', version: '1', state: 'READY' }],
      '/v2/models/m': { name: 'm', versions: ['1'], platform: 'p', inputs: [], outputs: [] },
      '/v2/models/m/config': { name: 'm', max_batch_size: 'many', input: 7 },
    }
    response.end(JSON.stringify(answers[request.url ?? ''] ?? {}))
  })
  const { models } = await desk.connect(target({ url, connection: { metricsUrl: '' } }))
  expect(models).toMatchObject([{ name: 'm', state: 'READY', inputs: [], instances: [] }])
})

describe('another gRPC server', () => {
  test('a message announced larger than the limit is left before it comes', async () => {
    const server = createHttp2Server()
    server.on('stream', stream => {
      stream.on('error', () => {}) // our client goes
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
      stream.write(Buffer.from([0, 0x7f, 0xff, 0xff, 0xff])) // not compressed, 2 GiB
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => server.close())
    const client = openClient(target({ url: `grpc://127.0.0.1:${(server.address() as AddressInfo).port}` }))
    await expect(client.metadata()).rejects.toMatchObject({
      code: 'SERVER_PROTOCOL',
      message: expect.stringMatching(/^The answer is larger than 1/),
    })
    client.close()
  })

  test('messages without what Triton sends are no answers of Triton', async () => {
    const { path, requestDeserialize, responseSerialize } = grpcMethod('ModelStreamInfer')
    const server = new GrpcServer()
    server.addService(
      {
        stream: {
          path,
          requestStream: true,
          responseStream: true,
          requestDeserialize,
          responseSerialize,
          requestSerialize: () => Buffer.alloc(0),
          responseDeserialize: () => ({}),
        },
      },
      {
        stream: (call: { write(message: object): void; end(): void }) => {
          call.write({})
          call.end()
        },
      },
    )
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    )
    closers.push(() => server.forceShutdown())
    const client = openClient(target({ url: `grpc://127.0.0.1:${port}` }))
    await expect(client.stream({ model: 'm', inputs: [], outputs: [] }).next()).rejects.toMatchObject({
      code: 'SERVER_PROTOCOL',
    })
    await expect(client.metadata()).rejects.toMatchObject({ code: 'SERVER_REFUSED' })
    client.close()
  })
})
