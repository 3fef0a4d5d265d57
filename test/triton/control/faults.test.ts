import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InferRequest, ServerTarget, type ServerTargetInput } from '#domain/server.ts'
import { PathGuard } from '../../../src-main/desks/path-guard.ts'
import { ServerDesk } from '../../../src-main/desks/server-desk.ts'
import { startTriton, type TestServer, TRITON_ROOT, withoutTriton } from '../../helpers/triton/server.ts'

if (withoutTriton) console.warn(`Skipped: ${withoutTriton}`)

const desk = new ServerDesk(new PathGuard())
const connect = (target: ServerTargetInput) => desk.connect(ServerTarget.parse(target))
const portOf = (url: string) => new URL(url.replace('grpc', 'http')).port

describe.skipIf(withoutTriton)('a server behind keys and certificates', () => {
  let server: TestServer
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-tls-'))
  const [caPath, keyPath] = [join(folder, 'server.pem'), join(folder, 'server.key')]

  beforeAll(async () => {
    const subject = ['-subj', '/CN=triton.test', '-addext', 'subjectAltName=DNS:triton.test']
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', keyPath, '-out', caPath, ...subject],
      { stdio: 'pipe' },
    )
    server = await startTriton({
      load: ['identity_fp32'],
      extra: [
        '--grpc-use-ssl=true',
        `--grpc-server-cert=${caPath}`,
        `--grpc-server-key=${keyPath}`,
        '--http-restricted-api=statistics,model-repository:SOME-KEY=some-value',
        '--grpc-restricted-protocol=statistics:some-key=some-value',
        '--grpc-restricted-protocol=logging:OTHER-KEY=some-value',
      ],
    })
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const tlsUrl = () => server.grpcUrl.replace('grpc:', 'grpcs:')

  test('TLS with its authority and name connects, and requests go through', async () => {
    const target = { url: tlsUrl(), connection: { tls: { caPath, serverName: 'triton.test' }, metricsUrl: '' } }
    expect(await connect(target)).toMatchObject({ url: tlsUrl(), name: 'triton', ready: true })
    const insecure = { url: tlsUrl(), connection: { tls: { insecure: true }, metricsUrl: '' } }
    expect(await connect(insecure)).toMatchObject({ name: 'triton' })
  })

  test('the Python lines carry certificates and name, and run; the curl line asks under that name', async () => {
    const tls = { caPath, serverName: 'triton.test' }
    const target = ServerTarget.parse({ url: tlsUrl(), connection: { tls, metricsUrl: '' } })
    const inputs = [{ name: 'INPUT0', source: { from: 'json' as const, text: '[[1, 2]]' } }]
    const { python, curl } = await desk.infer(target, InferRequest.parse({ model: 'identity_fp32', inputs }))
    const printed = execFileSync(join(TRITON_ROOT, 'venv', 'bin', 'python'), ['-c', python], {
      encoding: 'utf8',
      timeout: 45_000,
    })
    expect(printed).toContain('OUTPUT0 [[1. 2.]]')
    expect(curl).toMatch(
      /--cacert \S+ --connect-to triton\.test:8000:127\.0\.0\.1:8000 .*https:\/\/triton\.test:8000\//,
    )
  })

  test.each([
    ['an unknown authority', () => ({ url: tlsUrl() }), 'SERVER_UNREACHABLE', /--ca FILE/],
    [
      'another name',
      () => ({ url: tlsUrl(), connection: { tls: { caPath, serverName: 'other.test' } } }),
      'SERVER_UNREACHABLE',
      /--server-name/,
    ],
    ['plain gRPC to a TLS port', () => ({ url: server.grpcUrl }), 'SERVER_PROTOCOL', /grpcs:\/\//],
    [
      'TLS to a plain port',
      () => ({ url: server.httpUrl.replace('http:', 'https:') }),
      'SERVER_PROTOCOL',
      /Write http:/,
    ],
    [
      'a certificate file that is not there',
      () => ({ url: tlsUrl(), connection: { tls: { caPath: '/no/such.pem' } } }),
      'FILE_NOT_FOUND',
      /PEM/,
    ],
  ])('%s is said, with the next step', async (_, target, code, hint) => {
    await expect(connect(target())).rejects.toMatchObject({ code, data: { hint: expect.stringMatching(hint) } })
  })

  test('closed statistics name their header, and open with it', async () => {
    const target = { url: server.httpUrl, connection: { metricsUrl: server.metricsUrl } }
    const { abilities, models } = await connect(target)
    expect(abilities.statistics).toMatchObject({
      has: false,
      why: expect.stringContaining('SOME-KEY'),
      hint: "Give it: --header 'SOME-KEY: VALUE'.",
    })
    expect(abilities.repository).toMatchObject({ has: false, hint: expect.stringContaining('type the name') })
    expect(abilities.metrics).toEqual({ has: true })
    expect(models).toEqual([])
    await expect(desk.statistics(ServerTarget.parse(target))).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
    // A model whose name is typed works all the same.
    expect((await desk.model(ServerTarget.parse(target), 'identity_fp32')).model).toMatchObject({
      state: 'READY',
      maxBatchSize: 64,
    })
    const withKey = { url: server.httpUrl, connection: { headers: { 'SOME-KEY': 'some-value' }, metricsUrl: '' } }
    const opened = await connect(withKey)
    expect(opened.abilities.statistics).toEqual({ has: true })
    expect(opened.models.map(({ name, state }) => [name, state])).toContainEqual(['identity_fp32', 'READY'])
    expect(opened.abilities.metrics).toMatchObject({ has: false, why: 'Metrics are not asked for' })
  })

  test('over gRPC the header has its prefix', async () => {
    const tls = { caPath, serverName: 'triton.test' }
    const shut = await connect({ url: tlsUrl(), connection: { tls, metricsUrl: '' } })
    expect(shut.abilities.statistics?.why).toContain('triton-grpc-protocol-some-key')
    expect(shut.abilities.logging?.hint).toContain('use HTTP')
    const headers = { 'Triton-Grpc-Protocol-Some-Key': 'some-value' }
    const open = await connect({ url: tlsUrl(), connection: { tls, headers, metricsUrl: '' } })
    expect(open.abilities.statistics).toEqual({ has: true })
  })

  test('a closed metrics port costs the metrics and nothing else', async () => {
    const info = await connect({ url: server.httpUrl, connection: { metricsUrl: 'http://127.0.0.1:9/metrics' } })
    expect(info.abilities.metrics).toMatchObject({
      has: false,
      why: expect.stringContaining('No metrics at'),
      hint: expect.stringContaining('--allow-metrics'),
    })
    const wrong = await connect({ url: server.httpUrl, connection: { metricsUrl: `${server.httpUrl}/metrics` } })
    expect(wrong.abilities.metrics).toMatchObject({ has: false })
    const watch = desk.watch(
      ServerTarget.parse({ url: server.httpUrl, connection: { metricsUrl: '' } }),
      undefined,
      200,
    )
    const { value } = await watch.next()
    expect(value?.missing.map(({ what }: { what: string }) => what)).toEqual(['statistics', 'metrics'])
    await watch.return(undefined)
  })

  test('watching gives a sample every interval and ends with its watcher', async () => {
    const connection = { headers: { 'SOME-KEY': 'some-value' }, metricsUrl: server.metricsUrl }
    const stop = new AbortController()
    const times: number[] = []
    for await (const sample of desk.watch(
      ServerTarget.parse({ url: server.httpUrl, connection }),
      'identity_fp32',
      200,
      stop.signal,
    )) {
      expect(sample.missing).toEqual([])
      expect(sample.statistics?.[0]?.name).toBe('identity_fp32')
      expect(sample.metrics?.some(({ name }) => name === 'nv_inference_count')).toBe(true)
      times.push(sample.atMs)
      if (times.length === 3) stop.abort()
    }
    expect(times).toHaveLength(3)
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(300)
  })

  test('a gRPC port given for HTTP is recognised where it is plain', async () => {
    await expect(connect({ url: `http://127.0.0.1:${portOf(server.grpcUrl)}` })).rejects.toMatchObject({
      code: /SERVER_PROTOCOL|SERVER_UNREACHABLE/,
    })
    await expect(connect({ url: `grpc://127.0.0.1:${portOf(server.httpUrl)}` })).rejects.toMatchObject({
      code: 'SERVER_PROTOCOL',
      data: { hint: expect.stringContaining(`http://127.0.0.1:${portOf(server.httpUrl)}`) },
    })
  })
})

describe('no Triton at all', () => {
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  const listen = async (answer: (socket: Socket) => void) => {
    const server = createServer(socket => {
      sockets.add(socket)
      socket.on('error', () => sockets.delete(socket))
      answer(socket)
    })
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    for (const server of servers) server.close()
  })

  test.each([
    'http',
    'grpc',
    'https',
    'grpcs',
  ])('%s: a server that never answers ends the call at its time limit', async scheme => {
    const port = await listen(() => {})
    const startMs = Date.now()
    await expect(
      connect({ url: `${scheme}://127.0.0.1:${port}`, connection: { timeoutMs: 300 } }),
    ).rejects.toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('300 ms') })
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(290)
  })

  test.each(['http', 'grpc'])('%s: a server that hangs is left as soon as the user cancels', async scheme => {
    const port = await listen(() => {})
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    const target = ServerTarget.parse({ url: `${scheme}://127.0.0.1:${port}` })
    await expect(desk.connect(target, stop.signal)).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test.each([
    ['http', 'SERVER_UNREACHABLE'],
    ['grpc', 'SERVER_UNREACHABLE'],
  ])('%s: nothing listens', async (scheme, code) => {
    await expect(connect({ url: `${scheme}://127.0.0.1:9` })).rejects.toMatchObject({
      code,
      message: 'Nothing answers at 127.0.0.1:9',
    })
    await expect(connect({ url: `${scheme}://no-such-host.invalid` })).rejects.toMatchObject({
      code,
      message: expect.stringContaining('no-such-host.invalid'),
    })
  })

  test('a gRPC port is recognised by its first bytes', async () => {
    const settings = Buffer.from('000018040000000000000400400000000500400000000600004000fe0300000001', 'hex')
    const port = await listen(socket => socket.write(settings))
    await expect(connect({ url: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'SERVER_PROTOCOL',
      message: `Port ${port} speaks gRPC, not HTTP`,
      data: { hint: expect.stringContaining(`grpc://127.0.0.1:${port}`) },
    })
  })

  test('another web server is no Triton', async () => {
    const port = await listen(socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>'))
    await expect(connect({ url: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'SERVER_PROTOCOL',
      data: { detail: '<html>' },
    })
  })

  test('an answer that breaks off is a broken connection', async () => {
    const port = await listen(socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n{'))
    await expect(connect({ url: `http://127.0.0.1:${port}` })).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' })
  })

  test('a server that closes on a large body is told from one that is gone', async () => {
    const port = await listen(socket => {
      let got = 0
      socket.on('data', chunk => {
        got += chunk.length
        if (got > 2 ** 20) socket.resetAndDestroy()
      })
    })
    const { HttpCaller } = await import('../../../src-main/triton/control/http-call.ts')
    const { parseAddress } = await import('../../../src-main/triton/address.ts')
    const caller = new HttpCaller(parseAddress(`http://127.0.0.1:${port}`), {}, { insecure: false }, 20_000)
    const body = [new Uint8Array(80 * 2 ** 20)]
    await expect(caller.call({ method: 'POST', path: '/v2/models/m/infer', body })).rejects.toMatchObject({
      code: 'SERVER_REFUSED',
      data: { hint: expect.stringContaining('gRPC or shared memory') },
    })
    caller.close()
  })

  test.each<Record<string, string>>([
    { 'a b': 'x' },
    { ok: 'x\r\nevil: y' },
    { 'Content-Length': '5' },
  ])('a header that would break the message is refused: %j', async headers => {
    const port = await listen(() => {})
    await expect(connect({ url: `http://127.0.0.1:${port}`, connection: { headers } })).rejects.toMatchObject({
      code: 'USAGE',
    })
  })
})
