import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SweepSpecInput } from '#domain/sweep-spec.ts'
import { BATCHSCOPE, batchscope } from '../helpers/cli.ts'
import { newSession, testEngine } from '../helpers/engine.ts'
import { atPoint, generatorOf, QUICK, segments, segmentsOf, swept, until } from '../helpers/sweeps.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { startTriton, type TestServer, withoutTriton } from '../helpers/triton/server.ts'

describe.skipIf(withoutTriton)(`shared memory with the real server (${withoutTriton ?? 'installed'})`, () => {
  let triton: TestServer
  beforeAll(async () => {
    triton = await startTriton({ load: ['identity_fp32'] })
  })
  afterAll(() => triton?.stop())

  const spec = (more: Partial<SweepSpecInput>): SweepSpecInput => ({
    urls: [triton.httpUrl],
    connection: { metricsUrl: '' },
    model: 'identity_fp32',
    shapes: { INPUT0: [16] },
    sharedMemory: ['system'],
    ...QUICK,
    ...more,
  })

  test('a cancel takes less than a second and leaves nothing, here or at the server', async () => {
    const engine = testEngine()
    const sessionId = await newSession(engine)
    let held: string[] = []
    let cancelledMs = 0
    const long = spec({ concurrencies: [1, 2], measurementIntervalMs: 5000 })
    const cancel = atPoint(0, runId => {
      held = segmentsOf(process.pid)
      cancelledMs = performance.now()
      void engine.client.runs.cancel({ sessionId, runId })
    })
    const run = await swept(engine.client, sessionId, long, cancel)
    expect(performance.now() - cancelledMs).toBeLessThan(1000)
    expect(run.status).toBe('cancelled')
    expect(held).not.toEqual([])
    expect(segments().filter(name => held.includes(name))).toEqual([])
    const regions = await engine.client.servers.sharedMemory({ target: { url: triton.httpUrl } })
    expect(regions.filter(({ name }) => held.includes(name))).toEqual([])
  })

  test('kill -9 of the load generator costs its point; the next ones are measured and nothing stays', async () => {
    const engine = testEngine()
    let killed = 0
    const kill = atPoint(0, () => {
      killed = generatorOf(segmentsOf(process.pid)[0] ?? '')
      process.kill(killed, 'SIGKILL')
    })
    const all = spec({ concurrencies: [1, 2, 3] })
    const run = await swept(engine.client, await newSession(engine), { ...all, measurementIntervalMs: 800 }, kill)
    expect(killed).toBeGreaterThan(0)
    expect(run.points.map(({ status, error }) => [status, error?.code])).toEqual([
      ['failed', 'CHILD_DIED'],
      ['done', undefined],
      ['done', undefined],
    ])
    expect(segments().filter(name => generatorOf(name) === killed)).toEqual([])
  })

  test('after kill -9 of engine and load generator the next sweep removes what they left', async () => {
    const dataDir = tempFolder()
    const args = ['sweep', triton.httpUrl, '-m', 'identity_fp32', '--shape', 'INPUT0:16', '--metrics-url', 'none']
    const killed = spawn(process.execPath, [BATCHSCOPE, ...args, '--shared-memory', 'system', '-p', '20000'], {
      env: { ...process.env, BATCHSCOPE_DATA_DIR: `${dataDir}/data`, HOME: dataDir },
      stdio: 'ignore',
    })
    const gone = new Promise(resolve => killed.once('exit', resolve))
    const [left = ''] = await until(() => {
      const found = segmentsOf(killed.pid ?? 0)
      return found.length > 0 ? found : undefined
    })
    // Registered at the server, too, a moment later.
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
