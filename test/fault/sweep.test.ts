import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { measuredKeys } from '#domain/sweep-keys.ts'
import type { SweepSpecInput } from '#domain/sweep-spec.ts'
import { selfSigned } from '../helpers/certificate.ts'
import { newSession, testEngine } from '../helpers/engine.ts'
import { silentServer } from '../helpers/silent-server.ts'
import { atPoint, QUICK, swept } from '../helpers/sweeps.ts'
import { startTriton, type TestServer, withoutTriton } from '../helpers/triton/server.ts'

/** Time-outs of half a second, the ten seconds a sweep waits for its server, and what a busy machine adds to them. */
const NO_HANG_MS = 40_000

test('a server that never answers costs one time-out a point, and the run ends after two', async () => {
  const engine = testEngine()
  const sessionId = await newSession(engine)
  const server = await silentServer()
  onTestFinished(() => server.close())
  const startedMs = performance.now()
  const run = await swept(engine.client, sessionId, {
    urls: [server.url],
    connection: { metricsUrl: '' },
    model: 'hang',
    concurrencies: [1, 2, 3, 4, 5],
    requestTimeoutMs: 500,
    ...QUICK,
  })
  expect(performance.now() - startedMs).toBeLessThan(NO_HANG_MS)
  expect(server.inferences).toBeGreaterThan(0)
  expect(run.status).toBe('failed')
  expect(run.points.map(({ status, error }) => [status, error?.code])).toEqual([
    ['failed', 'TIMEOUT'],
    ['failed', 'TIMEOUT'],
  ])
  expect(run.error).toMatchObject({ detail: expect.stringMatching(/Left: .*concurrency 3/) })
})

test('a server that is not there, or something else, is a problem of the plan', async () => {
  const { client } = testEngine()
  const gone = await client.runs.plan({ kind: 'sweep', spec: { urls: ['http://127.0.0.1:9'], model: 'm' } })
  expect(gone.problems).toMatchObject([{ code: 'SERVER_UNREACHABLE', hint: expect.any(String) }])
  const wrong = await client.runs.plan({ kind: 'sweep', spec: { urls: ['ftp://h'], model: 'm' } })
  expect(wrong.problems).toMatchObject([{ code: 'USAGE' }])
})

describe.skipIf(withoutTriton)(`the real server (${withoutTriton ?? 'installed'})`, () => {
  let triton: TestServer
  beforeAll(async () => {
    triton = await startTriton({ load: ['identity_fp32', 'flaky'] })
  })
  afterAll(() => triton?.stop())

  const spec = (more: Partial<SweepSpecInput>): SweepSpecInput => ({
    urls: [triton.httpUrl],
    connection: { metricsUrl: triton.metricsUrl },
    model: 'identity_fp32',
    shapes: { INPUT0: [16] },
    ...QUICK,
    ...more,
  })

  test('an error in 50 is counted and shown, and the point is kept', async () => {
    const engine = testEngine()
    const run = await swept(engine.client, await newSession(engine), spec({ model: 'flaky', concurrencies: [2] }))
    expect(run.status).toBe('done')
    const [point] = run.points
    expect(point?.flags).toContain('server-errors')
    const { completed = 0, errors = 0, firstError } = point?.requests ?? {}
    // A request in 50 of all it ever got; the windows begin and end between two of them.
    expect(errors).toBeGreaterThan(0)
    expect(Math.abs(errors - (completed + errors) / 50)).toBeLessThanOrEqual(1)
    expect(firstError).toContain('fails on purpose')
    // The server counts them as success: its figure is that of all requests.
    expect(point?.server?.model.failCount).toBe(0)
  })

  test('wrong model, shape, protocol and port are named before anything is measured', async () => {
    const { client } = testEngine()
    const problems = async (more: Partial<SweepSpecInput>) =>
      (await client.runs.plan({ kind: 'sweep', spec: spec(more) })).problems
    expect(await problems({ model: 'nope' })).toMatchObject([
      { code: 'NOT_FOUND', hint: expect.stringContaining('flaky') },
    ])
    expect(await problems({ shapes: { INPUT0: [1, 2] } })).toMatchObject([{ code: 'SHAPE_MISMATCH', where: 'INPUT0' }])
    expect(await problems({ urls: [triton.grpcUrl.replace('grpc', 'http')] })).toMatchObject([
      { code: 'SERVER_PROTOCOL', message: expect.stringContaining('gRPC') },
    ])
    expect(await problems({ urls: [triton.httpUrl.replace('http', 'grpc')] })).toMatchObject([
      { code: 'SERVER_PROTOCOL', message: expect.stringContaining('gRPC'), hint: expect.stringContaining('http://') },
    ])
    // The metrics port speaks HTTP and knows no models.
    expect(await problems({ urls: [triton.metricsUrl.replace('/metrics', '')] })).toMatchObject([
      { code: expect.stringMatching(/^SERVER_/), hint: expect.any(String) },
    ])
  })

  test('TLS where there is none is said, over either protocol', async () => {
    const { client } = testEngine()
    for (const url of [triton.httpUrl.replace('http', 'https'), triton.grpcUrl.replace('grpc', 'grpcs')]) {
      const { problems } = await client.runs.plan({ kind: 'sweep', spec: spec({ urls: [url] }) })
      expect(problems).toMatchObject([
        { code: expect.stringMatching(/^SERVER_/), message: expect.stringMatching(/TLS/), hint: expect.any(String) },
      ])
    }
  })

  test('a body too large for HTTP is left out with its reason, the rest is measured', async () => {
    const engine = testEngine()
    // 64 × 400,000 × 4 bytes: 102 MB.
    const large = spec({ batches: [1, 64], shapes: { INPUT0: [400_000] }, requestCount: 3 })
    const run = await swept(engine.client, await newSession(engine), large)
    expect(run.points.map(({ batch, status }) => [batch, status])).toEqual([[1, 'done']])
    expect(run.notices).toContainEqual(expect.objectContaining({ text: expect.stringMatching(/Batch 64 .*64\.0 MiB/) }))
  })

  test('without metrics the sweep goes on, and says how to turn them on', async () => {
    const engine = testEngine()
    const closed = spec({ connection: { metricsUrl: 'http://127.0.0.1:9/metrics' } })
    const run = await swept(engine.client, await newSession(engine), closed)
    expect(run.points[0]).toMatchObject({ status: 'done' })
    expect(run.points[0]?.gpus).toBeUndefined()
    expect(run.notices).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(/No metrics.*allow-metrics/) }),
    )
  })

  test('a server that hangs in the middle is waited for; the point it cost says so, the others are measured', async () => {
    const engine = testEngine()
    const hung = spec({
      concurrencies: [1, 2, 3],
      connection: { metricsUrl: '', timeoutMs: 1000 },
      requestTimeoutMs: 500,
    })
    onTestFinished(() => void process.kill(triton.pid, 'SIGCONT'))
    let hungMs = 0
    const run = await swept(engine.client, await newSession(engine), hung, event => {
      if (event.type === 'point' && event.point.index === 0) {
        hungMs = performance.now()
        process.kill(triton.pid, 'SIGSTOP')
      }
      if (event.type === 'progress' && /waiting/.test(event.progress.phase)) process.kill(triton.pid, 'SIGCONT')
    })
    expect(hungMs).toBeGreaterThan(0)
    expect(performance.now() - hungMs).toBeLessThan(NO_HANG_MS)
    expect(run.status).toBe('done')
    // The second had begun or not when the server froze.
    const [first, second, third] = run.points
    expect([first?.status, third?.status]).toEqual(['done', 'done'])
    expect([...(second?.flags ?? []), second?.error?.code]).toContain(
      second?.status === 'failed' ? 'TIMEOUT' : 'server-lost',
    )
    expect(run.notices).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(/lost at .*concurrency 2.* came back/) }),
    )
  })
})

describe.skipIf(withoutTriton)('a real server of its own', () => {
  test('killed in the middle: points before it are kept, the rest is named, and measured once it is back', async () => {
    const load = ['identity_fp32']
    const triton = await startTriton({ load })
    onTestFinished(() => triton.stop())
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const spec: SweepSpecInput = {
      urls: [triton.httpUrl],
      connection: { metricsUrl: '' },
      model: 'identity_fp32',
      shapes: { INPUT0: [16] },
      concurrencies: [1, 2, 3, 4, 5],
      ...QUICK,
      // What is measured is told once a second: long enough for the loss to come within a point.
      measurementIntervalMs: 800,
    }
    const run = await swept(
      engine.client,
      sessionId,
      spec,
      atPoint(1, () => triton.kill()),
    )
    expect(run.status).toBe('failed')
    expect(run.error).toMatchObject({ code: 'SERVER_UNREACHABLE', hint: expect.stringContaining('--resume') })
    expect(run.error?.detail).toMatch(/Left: .*concurrency 5/)
    const kept = run.points.slice(0, -1)
    expect(kept.length).toBeGreaterThan(0)
    for (const point of kept) expect([point.status, point.flags.includes('server-lost')]).toEqual(['done', false])
    // What the last had measured before is there, or it says why not.
    const last = run.points.at(-1)
    if (last?.status === 'done') expect(last.flags).toContain('server-lost')
    else expect(last?.error?.code).toBe('SERVER_UNREACHABLE')
    await triton.stop()
    const back = await startTriton({ load, ports: triton })
    onTestFinished(() => back.stop())
    const resume = { runId: run.id, measured: measuredKeys(run.points) }
    const rest = await swept(engine.client, sessionId, { ...spec, concurrencies: [1, 5], resume })
    expect([rest.status, rest.points.map(({ concurrency }) => concurrency)]).toEqual(['done', [5]])
    expect(rest.command).toContain(`--resume=${run.id}`)
  }, 90_000)

  test('behind keys and certificates: statistics closed are absent and said, TLS left out or unknown is named', async () => {
    const { caPath, keyPath } = selfSigned('triton.test')
    const triton = await startTriton({
      load: ['identity_fp32'],
      extra: [
        '--http-restricted-api=statistics:admin-key=secret',
        '--grpc-restricted-protocol=statistics:admin-key=secret',
        '--grpc-use-ssl=true',
        `--grpc-server-cert=${caPath}`,
        `--grpc-server-key=${keyPath}`,
      ],
    })
    onTestFinished(() => triton.stop())
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const tlsUrl = triton.grpcUrl.replace('grpc', 'grpcs')
    const tls = { caPath, serverName: 'triton.test' }
    const spec = (more: Partial<SweepSpecInput>): SweepSpecInput => ({
      urls: [triton.httpUrl],
      connection: { metricsUrl: '' },
      model: 'identity_fp32',
      shapes: { INPUT0: [16] },
      ...QUICK,
      ...more,
    })
    for (const [url, remedy] of [
      [triton.grpcUrl, 'grpcs://'],
      [tlsUrl, '--ca'],
    ] as const) {
      const { problems } = await engine.client.runs.plan({ kind: 'sweep', spec: spec({ urls: [url] }) })
      expect(problems).toMatchObject([
        { code: expect.stringMatching(/^SERVER_/), hint: expect.stringContaining(remedy) },
      ])
    }
    const run = await swept(engine.client, sessionId, spec({ urls: [tlsUrl], connection: { metricsUrl: '', tls } }))
    expect(run.points[0]).toMatchObject({ status: 'done', flags: expect.arrayContaining(['no-statistics']) })
    expect(run.points[0]?.partsMs?.queue).toBeUndefined()
    expect(run.notices).toContainEqual(expect.objectContaining({ text: expect.stringMatching(/statistics closed/) }))
    const headers = { 'admin-key': 'secret' }
    const open = await swept(engine.client, sessionId, spec({ connection: { metricsUrl: '', headers } }))
    expect(open.points[0]?.partsMs?.queue).toBeDefined()
    expect(JSON.stringify(open)).not.toContain('secret')
  }, 90_000)
})
