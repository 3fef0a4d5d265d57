import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InferRequest, ServerTarget } from '#domain/server.ts'
import { PathGuard } from '../../../src-main/desks/path-guard.ts'
import { ServerDesk } from '../../../src-main/desks/server-desk.ts'
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
