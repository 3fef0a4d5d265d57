import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Run, RunEvent } from '#domain/run.ts'
import { measuredKeys } from '#domain/sweep-keys.ts'
import type { SweepSpecInput } from '#domain/sweep-spec.ts'
import type { EngineClient } from '../../src-main/api/doors.ts'
import { BATCHSCOPE, batchscope } from '../helpers/cli.ts'
import { newSession, testEngine } from '../helpers/engine.ts'
import { silentServer } from '../helpers/silent-server.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { startTriton, type TestServer, withoutTriton } from '../helpers/triton/server.ts'

/** Short windows: faults are looked for here, not figures. */
const QUICK = { measurementIntervalMs: 200, maxTrials: 3, stabilityPercentage: 90, warmupRequestCount: 2 } as const

/** Runs a sweep to its end. */
async function swept(
  client: EngineClient,
  sessionId: string,
  spec: SweepSpecInput,
  on?: (event: RunEvent, runId: string) => void,
): Promise<Run> {
  const { runId } = await client.runs.start({ sessionId, kind: 'sweep', spec })
  for await (const event of await client.runs.watch({ sessionId, runId })) on?.(event, runId)
  return client.runs.get({ sessionId, runId })
}

/** Shared memory of load generators that `parent` started; other sweeps may run on this machine. */
function segmentsOf(parent: number): string[] {
  return segments().filter(name => parentOf(generatorOf(name)) === parent)
}

function segments(): string[] {
  return readdirSync('/dev/shm').filter(name => name.startsWith('batchscope-'))
}

/** The process that made a segment: its id is in the name. */
function generatorOf(name: string): number {
  return Number(name.split('-')[1])
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined // gone
  }
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const found = look()
    if (found !== undefined) return found
    await sleep(100)
  }
  throw new Error('waited 30 s in vain')
}

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
  expect(performance.now() - startedMs).toBeLessThan(20_000)
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
    triton = await startTriton({ load: ['identity_fp32', 'flaky', 'delay'] })
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
    expect(errors / (completed + errors)).toBeGreaterThan(1 / 60)
    expect(errors / (completed + errors)).toBeLessThan(1 / 40)
    expect(firstError).not.toBe('')
    // The server counts them as success: its figure is that of all requests.
    expect(point?.server?.model.failCount).toBe(0)
  })

  test('wrong model, wrong shape and the gRPC port taken for HTTP are named before anything is measured', async () => {
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
      { code: 'SERVER_PROTOCOL' },
    ])
  })

  test('a body too large for HTTP is left out with its reason, the rest is measured', async () => {
    const engine = testEngine()
    const large = spec({ batches: [1, 64], shapes: { INPUT0: [400_000] }, requestCount: 3 })
    const run = await swept(engine.client, await newSession(engine), large)
    expect(run.points.map(({ batch, status }) => [batch, status])).toEqual([[1, 'done']])
    expect(run.notices).toContainEqual(expect.objectContaining({ text: expect.stringMatching(/Batch 64 .*64\.0 MiB/) }))
  })

  test('without metrics the sweep goes on, and says how to turn them on', async () => {
    const engine = testEngine()
    const run = await swept(
      engine.client,
      await newSession(engine),
      spec({ connection: { metricsUrl: 'http://127.0.0.1:9/metrics' } }),
    )
    expect(run.points[0]).toMatchObject({ status: 'done' })
    expect(run.points[0]?.gpus).toBeUndefined()
    expect(run.notices).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(/No metrics.*allow-metrics/) }),
    )
  })

  test('a cancel takes less than a second and leaves no shared memory, here or at the server', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    let held: string[] = []
    let cancelledMs = 0
    const cancel = (event: RunEvent, runId: string) => {
      if (cancelledMs > 0 || event.type !== 'progress' || event.progress.live === undefined) return
      held = segmentsOf(process.pid)
      cancelledMs = performance.now()
      void engine.client.runs.cancel({ sessionId, runId })
    }
    const long = spec({ sharedMemory: ['system'], concurrencies: [1, 2], measurementIntervalMs: 5000 })
    const run = await swept(engine.client, sessionId, long, cancel)
    expect(performance.now() - cancelledMs).toBeLessThan(1000)
    expect(run.status).toBe('cancelled')
    expect(held).not.toEqual([])
    expect(segments().filter(name => held.includes(name))).toEqual([])
    const regions = await engine.client.servers.sharedMemory({ target: { url: triton.httpUrl } })
    expect(regions.filter(({ name }) => held.includes(name))).toEqual([])
  })

  test('what a cancelled run left is measured by another that resumes it, and nothing twice', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const all = spec({ concurrencies: [1, 2, 3, 4], measurementIntervalMs: 300 })
    const first = await swept(engine.client, sessionId, all, (event, runId) => {
      if (event.type === 'point' && event.point.index === 1) void engine.client.runs.cancel({ sessionId, runId })
    })
    expect(first.status).toBe('cancelled')
    expect(first.points).toHaveLength(2)
    const resume = { runId: first.id, measured: measuredKeys(first.points) }
    const second = await swept(engine.client, sessionId, { ...all, resume })
    expect(second.status).toBe('done')
    expect(second.points.map(({ concurrency }) => concurrency)).toEqual([3, 4])
    expect(second.command).toContain(`--resume=${first.id}`)
  })

  test('after kill -9 of engine and load generator the next sweep removes their shared memory', async () => {
    const dataDir = tempFolder()
    const args = ['sweep', triton.httpUrl, '-m', 'identity_fp32', '--shape', 'INPUT0:16', '--metrics-url', 'none']
    const killed = spawn(process.execPath, [BATCHSCOPE, ...args, '--shared-memory', 'system', '-p', '20000'], {
      env: { ...process.env, BATCHSCOPE_DATA_DIR: join(dataDir, 'data'), HOME: dataDir },
      stdio: 'ignore',
    })
    const gone = new Promise(resolve => killed.once('exit', resolve))
    const [left = ''] = await until(() => {
      const found = segmentsOf(killed.pid ?? 0)
      return found.length > 0 ? found : undefined
    })
    await sleep(500)
    const generator = generatorOf(left)
    process.kill(generator, 'SIGKILL')
    killed.kill('SIGKILL')
    await gone
    expect(segments()).toContain(left)
    const { code, stderr } = await batchscope([...args, '-p', '200', '-r', '3', '--shared-memory', 'system'], {
      dataDir,
    })
    expect(stderr).not.toMatch(/error/i)
    expect(code).toBe(0)
    expect(segments().filter(name => generatorOf(name) === generator)).toEqual([])
  })
})

describe.skipIf(withoutTriton)('a real server of its own', () => {
  test('killed in the middle: points before it are kept, the rest is named and not tried', async () => {
    const triton = await startTriton({ load: ['identity_fp32'] })
    let isKilled = false
    onTestFinished(() => triton.stop())
    const engine = testEngine()
    const run = await swept(
      engine.client,
      await newSession(engine),
      {
        urls: [triton.httpUrl],
        connection: { metricsUrl: '' },
        model: 'identity_fp32',
        shapes: { INPUT0: [16] },
        concurrencies: [1, 2, 3, 4, 5, 6],
        ...QUICK,
        // Long enough for the loss to be sure within the point.
        measurementIntervalMs: 400,
        maxTrials: 10,
        stabilityPercentage: 1,
      },
      event => {
        if (
          isKilled ||
          event.type !== 'progress' ||
          event.progress.pointsDone !== 1 ||
          event.progress.live === undefined
        )
          return
        isKilled = true
        triton.kill()
      },
    )
    expect(run.status).toBe('failed')
    expect(run.error).toMatchObject({ code: 'SERVER_UNREACHABLE', hint: expect.stringContaining('--resume') })
    expect(run.error?.detail).toMatch(/Left: .*concurrency 6/)
    expect(run.points.length).toBe(2)
    expect(run.points[0]).toMatchObject({ status: 'done', concurrency: 1 })
    expect(run.points[0]?.flags).not.toContain('server-lost')
    // What the second had measured before is there, or it says why not.
    const [, second] = run.points
    expect(second?.status === 'done' ? second.flags : [second?.error?.code]).toContain(
      second?.status === 'done' ? 'server-lost' : 'SERVER_UNREACHABLE',
    )
  }, 60_000)

  test('statistics closed by a key: client columns only, and the notice says why', async () => {
    const triton = await startTriton({
      load: ['identity_fp32'],
      extra: ['--http-restricted-api=statistics:admin-key=secret'],
    })
    onTestFinished(() => triton.stop())
    const engine = testEngine()
    const sessionId = await newSession(engine)
    const spec: SweepSpecInput = {
      urls: [triton.httpUrl],
      connection: { metricsUrl: '' },
      model: 'identity_fp32',
      shapes: { INPUT0: [16] },
      ...QUICK,
    }
    const run = await swept(engine.client, sessionId, spec)
    expect(run.points[0]).toMatchObject({ status: 'done', flags: expect.arrayContaining(['no-statistics']) })
    expect(run.points[0]?.partsMs?.queue).toBeUndefined()
    expect(run.notices).toContainEqual(expect.objectContaining({ text: expect.stringMatching(/statistics closed/) }))
    const withKey = { ...spec, connection: { metricsUrl: '', headers: { 'admin-key': 'secret' } } }
    const open = await swept(engine.client, sessionId, withKey)
    expect(open.points[0]?.partsMs?.queue).toBeDefined()
    expect(JSON.stringify(open)).not.toContain('secret')
  })
})
