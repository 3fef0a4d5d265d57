import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Run, RunEvent } from '#domain/run.ts'
import type { SearchSpecInput } from '#domain/search-spec.ts'
import { BATCHSCOPE, batchscope } from '../helpers/cli.ts'
import { newSession, type TestEngine, testEngine } from '../helpers/engine.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { startTriton, type TestServer, withoutTriton } from '../helpers/triton/server.ts'

/** Windows of 120 ms: what is found is so clear that they do, and the search is short. */
const QUICK = { measurementIntervalMs: 100, maxTrials: 3, stabilityPercentage: 90, warmupRequestCount: 4 } as const

/** Limit of tests that load several configurations; on a busy machine loading one takes seconds. */
const SLOW_MS = 180_000

/** As the server tells it; only what is looked at is named. */
const Config = z.looseObject({ instance_group: z.array(z.looseObject({ count: z.number() })) })
type Config = z.infer<typeof Config>

/** Sleeps 5 ms a request and serves one at a time: its instances are its throughput, however busy the machine is. */
const MODEL = 'delay'

describe.skipIf(withoutTriton)(`a search on the real server (${withoutTriton ?? 'installed'})`, () => {
  let triton: TestServer
  beforeAll(async () => {
    triton = await startTriton({ load: [MODEL, 'ensemble', 'identity_fp32'] })
  })
  afterAll(() => triton?.stop())

  const spec = (more: Partial<SearchSpecInput> = {}): SearchSpecInput => ({
    urls: [triton.grpcUrl],
    model: MODEL,
    instanceCounts: [1, 3],
    maxBatchSizes: [1],
    concurrencies: [1, 4],
    ...QUICK,
    ...more,
  })

  /** All that the server says of the model; the order of a map's entries changes from answer to answer. */
  async function configuration(): Promise<Config> {
    return Config.parse(await (await fetch(`${triton.httpUrl}/v2/models/${MODEL}/config`)).json())
  }

  async function searched(
    host: TestEngine,
    wanted: SearchSpecInput,
    on?: (event: RunEvent, at: { sessionId: string; runId: string }) => void,
  ): Promise<Run> {
    const sessionId = await newSession(host)
    const { runId } = await host.client.runs.start({ sessionId, kind: 'search', spec: wanted })
    for await (const event of await host.client.runs.watch({ sessionId, runId })) on?.(event, { sessionId, runId })
    return host.client.runs.get({ sessionId, runId })
  }

  test(
    'finds the instances that serve most, in its budget, and gives the configuration back',
    async () => {
      const before = await configuration()
      const run = await searched(testEngine(), spec({ includeCurrent: false, concurrencies: [4], maxMeasurements: 8 }))
      expect(run).toMatchObject({ status: 'done', title: `${MODEL}: best configuration` })
      expect(run.points.length).toBeLessThanOrEqual(8)
      expect(run.findings).toMatchObject([{ rule: 'best-configuration', verdict: 'yes' }])
      // Three instances asleep serve three times as much; two would be clear already.
      expect(run.findings[0]?.statement).toMatch(/^instances 3, max batch 1 at concurrency 4/)
      expect(run.notices.map(({ text }) => text).join('\n')).toMatch(
        /1\. instances 3, max batch 1 at concurrency 4: .*median of 3 runs/,
      )
      expect(run.points.map(point => point.serverConfig)).toContainEqual({
        configuration: 'instances 3, max batch 1',
        instanceCount: 3,
        maxBatchSize: 1,
      })
      expect(await configuration()).toEqual(before)
    },
    SLOW_MS,
  )

  test('tells the nearest where nothing keeps the constraint', async () => {
    const before = await configuration()
    const run = await searched(testEngine(), spec({ latencyThresholdMs: 1, maxMeasurements: 2 }))
    expect(run.status).toBe('done')
    const told = run.notices.map(({ text }) => text).join('\n')
    // 5 ms of sleep in every request.
    expect(told).toMatch(/No configuration keeps p95 at or under 1.00 ms. Nearest: .* at concurrency 1: p95 \d/)
    expect(await configuration()).toEqual(before)
  })

  test('gives the configuration back when it is cancelled, also while one is loading', async () => {
    const before = await configuration()
    const host = testEngine()
    let changed = ''
    const run = await searched(host, spec({ includeCurrent: false }), (event, at) => {
      if (event.type === 'progress' && event.progress.phase.includes('loading')) {
        changed = event.progress.phase
        void host.client.runs.cancel(at)
      }
    })
    expect(changed).toContain('loading the configuration')
    expect(run.status).toBe('cancelled')
    expect(await configuration()).toEqual(before)
  })

  test('a model that had another configuration than its file keeps that one', async () => {
    const load = (config: object) =>
      fetch(`${triton.httpUrl}/v2/repository/models/${MODEL}/load`, {
        method: 'POST',
        body: JSON.stringify({ parameters: { config: JSON.stringify(config) } }),
      })
    const own = await configuration()
    const overridden = { ...own, instance_group: [{ ...own.instance_group[0], count: 2 }] }
    expect((await load(overridden)).status).toBe(200)
    const before = await configuration()
    const run = await searched(testEngine(), spec({ instanceCounts: [1], concurrencies: [1], maxMeasurements: 2 }))
    expect(run.notices.map(({ text }) => text).join()).toContain('a configuration other than its file')
    expect(await configuration()).toEqual(before)
    await load(own)
  })

  test(
    'after kill -9 the session and doctor tell, and the next search puts it right',
    async () => {
      const before = await configuration()
      const dataDir = tempFolder()
      const session = join(dataDir, 'killed.bscope')
      const args = ['search', triton.grpcUrl, '--model', MODEL, '--instances', '1,3', '--max-batch', '1']
      const quick = ['--no-current', '--concurrency', '1,2,4,8', '--measurement-interval', '300', '--session', session]
      const child = spawn(process.execPath, [BATCHSCOPE, ...args, ...quick], {
        env: { ...process.env, BATCHSCOPE_DATA_DIR: join(dataDir, 'data'), HOME: dataDir },
        stdio: 'ignore',
      })
      await until(async () => !isDeepStrictEqual(await configuration(), before))
      child.kill('SIGKILL')

      const doctor = await batchscope(['doctor'], { dataDir })
      expect(doctor.stdout).toContain(`A search of ${MODEL} on ${triton.grpcUrl}`)
      const shown = JSON.parse((await batchscope(['show', session, '--json'], { dataDir })).stdout)
      expect(shown.runs[0].status).toBe('interrupted')
      expect(JSON.parse(shown.runs[0].passport.model.configurationBefore).name).toBe(MODEL)

      const next = await batchscope(
        [
          ...args,
          '--concurrency',
          '1',
          '--measurement-interval',
          '100',
          '--max-trials',
          '3',
          '--max-measurements',
          '2',
        ],
        { dataDir },
      )
      expect(next).toMatchObject({ code: 0 })
      expect(next.stdout).toContain(`was killed and left ${MODEL} changed: it was read from its file again`)
      expect(await configuration()).toEqual(before)
      expect(readdirSync(join(dataDir, 'data', 'changed-models'))).toEqual([])
    },
    SLOW_MS,
  )

  test('what cannot be searched is said before anything is changed', async () => {
    const { client } = testEngine()
    const plan = async (more: Partial<SearchSpecInput>) =>
      (await client.runs.plan({ kind: 'search', spec: spec(more) })).problems
    expect(await plan({ model: 'no_such' })).toMatchObject([
      { code: 'NOT_FOUND', hint: expect.stringContaining(MODEL) },
    ])
    expect(await plan({ model: 'ensemble' })).toMatchObject([{ code: 'SPEC_INVALID' }])
  })

  test('a server that goes away fails the search and tells that the configuration could not be given back', async () => {
    const own = await startTriton({ load: [MODEL] })
    let killed = false
    const run = await searched(testEngine(), { ...spec({ includeCurrent: false }), urls: [own.grpcUrl] }, event => {
      if (event.type !== 'point' || killed) return
      killed = true
      own.kill()
    })
    await own.stop()
    expect(run).toMatchObject({ status: 'failed', error: { code: 'SERVER_UNREACHABLE' } })
    expect(run.points.length).toBeGreaterThan(0)
    expect(run.notices.map(({ text }) => text).join()).toContain('could not be given its configuration back')
  })
})

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (await done()) return
    await sleep(100)
  }
  throw new Error('waited 30 s in vain')
}
