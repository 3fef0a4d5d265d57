import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ServerInfo } from '#domain/server.ts'
import { batchscope } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { startTriton, type TestServer, withoutTriton } from '../helpers/triton/server.ts'

if (withoutTriton) console.warn(`Skipped: ${withoutTriton}`)

test('nothing there: exit 69, the address without its password, the next step', async () => {
  const { code, stderr } = await batchscope(['server', 'http://user:secret@127.0.0.1:9'], { dataDir: tempFolder() })
  expect(code).toBe(69)
  expect(stderr).toContain('Nothing answers at 127.0.0.1:9')
  expect(stderr).not.toContain('secret')
})

test('nothing a server says can move the cursor or turn a line around, not in errors either', async () => {
  const evil = 'm\u001b[2J\u0007\u202e\r\nx'
  const tensor = [{ name: evil, datatype: evil, shape: [-1] }]
  const answers: Record<string, unknown> = {
    '/v2': { name: evil, version: evil, extensions: [evil, 'model_repository', 'statistics'] },
    '/v2/repository/index': [
      { name: evil, version: evil, state: 'READY', reason: evil },
      { name: 'other', state: evil, reason: evil },
    ],
    [`/v2/models/${encodeURIComponent(evil)}`]: {
      name: evil,
      versions: [evil],
      platform: evil,
      inputs: tensor,
      outputs: tensor,
    },
    [`/v2/models/${encodeURIComponent(evil)}/config`]: { name: evil, backend: evil, instance_group: [{ kind: evil }] },
  }
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? '']
    response.statusCode = answer === undefined ? 500 : 200
    response.end(JSON.stringify(answer ?? { error: evil }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const more = ['--metrics-url', 'none']
  const commands = [
    ['server', url, ...more],
    ['server', url, '--model', evil, ...more],
    ['server', url, '--load', 'x', ...more],
    ['infer', url, '--model', evil, ...more],
    ['infer', url, '--model', 'unknown', ...more],
  ]
  for (const command of commands) {
    const { stdout, stderr } = await batchscope(command, { dataDir: tempFolder() })
    expect(stdout + stderr, command.join(' ')).toContain('m?[2J')
    expect((stdout + stderr).replaceAll('\n', ''), command.join(' ')).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u)
    expect(stdout + stderr, command.join(' ')).not.toMatch(/^x/m)
  }
})

describe.skipIf(withoutTriton)('batchscope server', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTriton({ load: ['identity_fp32', 'image_cls', 'ensemble'] })
  })
  afterAll(() => server?.stop())
  const run = (...args: string[]) => batchscope(['server', ...args], { dataDir: tempFolder() })

  test('models, their state, and what the server may be asked', async () => {
    const { code, stdout, stderr } = await run(server.httpUrl, '--metrics-url', server.metricsUrl)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('triton 2.51.0')
    expect(stdout).toMatch(/^✓ statistics/m)
    expect(stdout).toMatch(/^– CUDA shared memory: The server shows no GPU/m)
    expect(stdout).toMatch(/^identity_fp32 +1 +READY +python +64 +INPUT0 FP32 \?×\?/m)
    expect(stdout).toMatch(/^delay +UNAVAILABLE$/m)
    const info = ServerInfo.parse(JSON.parse((await run(server.grpcUrl, '--json')).stdout))
    expect(info.protocol).toBe('grpc')
  })

  test('one model with its configuration as text', async () => {
    const { stdout } = await run(server.grpcUrl, '--model', 'ensemble')
    expect(stdout).toContain('made of: image_cls → identity_fp32')
    expect(stdout).toMatch(/^max_batch_size: 64$/m)
    expect(stdout).toMatch(/model_name: "image_cls"/)
  })

  test('models are loaded and unloaded', async () => {
    expect((await run(server.httpUrl, '--load', 'delay')).stdout).toMatch(/^delay +1 +READY/m)
    expect((await run(server.httpUrl, '--unload', 'delay')).stdout).toMatch(/^delay +1? +(UNLOADING|UNAVAILABLE)/m)
    const unknown = await run(server.httpUrl, '--unload', 'dleay')
    expect(unknown.code).toBe(66)
    expect(unknown.stderr).toContain('identity_fp32')
    expect((await run(server.httpUrl, '--load', 'x', '--unload', 'x')).code).toBe(64)
  })
})
