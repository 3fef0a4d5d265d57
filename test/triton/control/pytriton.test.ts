import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InferRequest, ServerInfo, ServerTarget } from '#domain/server.ts'
import type { SweepSpecInput } from '#domain/sweep-spec.ts'
import { PathGuard } from '../../../src-main/desks/path-guard.ts'
import { ServerDesk } from '../../../src-main/desks/server-desk.ts'
import { batchscope } from '../../helpers/cli.ts'
import { newSession, testEngine } from '../../helpers/engine.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'
import { startPyTriton, type TestServer, withoutTriton } from '../../helpers/triton/server.ts'

if (withoutTriton) console.warn(`Skipped: ${withoutTriton}`)

const desk = new ServerDesk(new PathGuard())

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe.skipIf(withoutTriton).each([{ restricted: false }, { restricted: true }])(
  'PyTriton, $restricted',
  ({ restricted }) => {
    let server: TestServer
    beforeAll(async () => {
      const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()]
      server = await startPyTriton({ http, grpc, metrics }, { restricted })
    })
    afterAll(() => server?.stop())

    const target = (protocol: 'http' | 'grpc', accessToken?: string) =>
      ServerTarget.parse({
        url: protocol === 'http' ? server.httpUrl : server.grpcUrl,
        connection: { metricsUrl: server.metricsUrl, ...(accessToken === undefined ? {} : { accessToken }) },
      })

    test.each([
      'http',
      'grpc',
    ] as const)('over %s its models come from the statistics: it lists no repository', async protocol => {
      const info = await desk.connect(target(protocol, restricted ? 'test-token' : undefined))
      expect(info.models.map(({ name, state, maxBatchSize }) => [name, state, maxBatchSize]).sort()).toEqual([
        ['add_sub', 'READY', 32],
        ['classify', 'READY', 64],
      ])
      expect(info.abilities.repository).toMatchObject({ has: false, why: expect.stringContaining('PyTriton') })
      expect(info.abilities.statistics).toEqual({ has: true })
      expect(info.abilities.systemSharedMemory).toEqual({ has: true })
    })

    test.each(['http', 'grpc'] as const)('over %s one request', async protocol => {
      const json = (name: string, text: string) => ({ name, source: { from: 'json' as const, text } })
      const request = InferRequest.parse({
        model: 'add_sub',
        inputs: [json('a', '[[1,2,3]]'), json('b', '[[10,20,30]]')],
      })
      const answer = await desk.infer(target(protocol), request)
      const outputs = answer.responses[0]?.outputs.map(({ name, values }) => [name, values])
      expect(outputs).toEqual([
        ['sum', ['11', '22', '33']],
        ['difference', ['-9', '-18', '-27']],
      ])
    })

    test.each(['http', 'grpc'] as const)('over %s it is swept; its token is in no record', async protocol => {
      const engine = testEngine()
      const sessionId = await newSession(engine)
      const { url, connection } = target(protocol, restricted ? 'test-token' : undefined)
      const spec: SweepSpecInput = {
        urls: [url],
        connection,
        model: 'add_sub',
        shapes: { a: [4], b: [4] },
        batches: [1, 8],
        concurrencies: [2],
        measurementIntervalMs: 200,
        maxTrials: 3,
        stabilityPercentage: 90,
      }
      const { runId } = await engine.client.runs.start({ sessionId, kind: 'sweep', spec })
      const events: unknown[] = []
      for await (const event of await engine.client.runs.watch({ sessionId, runId })) events.push(event)
      const run = await engine.client.runs.get({ sessionId, runId })
      expect(run.points.map(({ status, batch }) => [status, batch])).toEqual([
        ['done', 1],
        ['done', 8],
      ])
      for (const { partsMs, flags } of run.points) {
        expect(partsMs?.computeInfer).toBeGreaterThan(0)
        expect(flags).not.toContain('no-statistics')
      }
      const report = await engine.client.sessions.report({ sessionId, format: 'json' })
      await engine.engine.close()
      const files = readdirSync(engine.folder, { recursive: true, withFileTypes: true }).filter(file => file.isFile())
      const written = Buffer.concat(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))))
      expect(written.length).toBeGreaterThan(1000)
      expect(JSON.stringify([run, events, report])).not.toContain('test-token')
      expect(written.includes('test-token')).toBe(false)
    })

    test.runIf(restricted)('the command line takes its token from the environment, and shows it nowhere', async () => {
      const args = ['server', server.httpUrl, '--metrics-url', 'none', '--json']
      const env = { TRITON_ACCESS_TOKEN: 'test-token' }
      const { code, stdout, stderr } = await batchscope(args, { dataDir: tempFolder(), env })
      expect([code, stderr]).toEqual([0, ''])
      expect(ServerInfo.parse(JSON.parse(stdout)).abilities.statistics).toEqual({ has: true })
      expect(stdout).not.toContain('test-token')
      const lines = ['infer', server.grpcUrl, '--model', 'add_sub', '--shape', 'a:1,2', '--shape', 'b:1,2', '--lines']
      const inferred = await batchscope(lines, { dataDir: tempFolder(), env })
      expect(inferred.stdout).toContain('os.environ["TRITON_ACCESS_TOKEN"]')
      expect(inferred.stdout).not.toContain('test-token')
    })

    test.runIf(restricted)('without its token a sweep still measures, and says what is closed', async () => {
      const engine = testEngine()
      const sessionId = await newSession(engine)
      const { url, connection } = target('http')
      const { runId } = await engine.client.runs.start({
        sessionId,
        kind: 'sweep',
        spec: {
          urls: [url],
          connection,
          model: 'add_sub',
          shapes: { a: [4], b: [4] },
          measurementIntervalMs: 200,
          maxTrials: 3,
          concurrencies: [1],
        },
      })
      for await (const _ of await engine.client.runs.watch({ sessionId, runId }));
      const run = await engine.client.runs.get({ sessionId, runId })
      expect(run.points).toMatchObject([{ status: 'done', flags: expect.arrayContaining(['no-statistics']) }])
      expect(run.notices.map(({ text }) => text).join('\n')).toMatch(/statistics closed/)
    })

    test.runIf(restricted).each(['http', 'grpc'] as const)(
      'over %s without its token each closed part says what it wants',
      async protocol => {
        const info = await desk.connect(target(protocol))
        expect(info).toMatchObject({ ready: true, models: [] })
        for (const id of ['statistics', 'repository', 'systemSharedMemory', 'modelControl', 'trace', 'logging']) {
          expect(info.abilities[id], id).toMatchObject({ has: false, hint: expect.stringContaining('--access-token') })
        }
        expect(info.abilities.repository?.hint).toContain('type the name')
        await expect(desk.statistics(target(protocol))).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
        await expect(desk.connect(target(protocol, 'wrong-token'))).resolves.toMatchObject({
          abilities: { statistics: { has: false } },
        })
      },
    )
  },
)
