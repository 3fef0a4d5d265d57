import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessagePort } from 'node:worker_threads'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { ContractRouterClient } from '@orpc/contract'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Contract } from '#contract'
import { EngineHost } from '../../electron/engine-host.ts'
import { RealChannel, UtilityProcess } from '../doubles/utility-process.ts'
import { type BuiltDesktop, buildDesktop } from '../helpers/built-desktop.ts'
import { ROOT } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

type Client = ContractRouterClient<Contract>

/** The real host and the real engine entry, the utility process being a thread. */
function startEngine(entry: string) {
  const folder = tempFolder()
  const env = { ...process.env, HOME: folder, BATCHSCOPE_DATA_DIR: join(folder, 'data') }
  const processes: UtilityProcess[] = []
  const deaths: unknown[] = []
  const host = new EngineHost({
    fork: () => {
      const started = new UtilityProcess(entry, env)
      processes.push(started)
      return started
    },
    MessageChannelMain: RealChannel,
    onDeath: death => deaths.push(death),
  })
  onTestFinished(() => void processes.map(each => each.kill()))
  host.start()
  const connect = (): Client => {
    let client: Client | undefined
    host.connect({
      postMessage: (_channel, _message, [port] = []) => {
        if (!(port instanceof MessagePort)) throw new Error('No port came with the message')
        port.start()
        client = createORPCClient(new RPCLink({ port }))
      },
    })
    if (client === undefined) throw new Error('The host gave no port')
    return client
  }
  return { folder, host, deaths, processes, connect }
}

let built: BuiltDesktop
beforeAll(async () => {
  built = await buildDesktop()
})

const ENTRIES: [how: string, entry: () => string][] = [
  ['from its sources', () => join(ROOT, 'electron', 'engine-process.ts')],
  ['as built', () => built.engine],
]

describe.each(ENTRIES)('the engine process %s', (_how, entry) => {
  test('serves two windows at once, measures in a Node of its own, and closes its session on shutdown', async () => {
    const { folder, host, deaths, connect } = startEngine(entry())
    const [first, second] = [connect(), connect()]
    const path = join(folder, 'a "$(b)" 🧪.bscope')
    const { info } = await first.sessions.create({ path })
    expect((await second.sessions.opened()).map(each => each.info.path)).toEqual([path])

    const model = await first.models.sample()
    const spec = { modelPath: model.path, batches: [1], minIterations: 5, minDurationMs: 0 }
    const { runId } = await first.runs.start({ sessionId: info.sessionId, kind: 'bench', spec })
    const types: string[] = []
    for await (const event of await second.runs.watch({ sessionId: info.sessionId, runId })) types.push(event.type)
    expect(types).toContain('point')
    expect(await first.runs.get({ sessionId: info.sessionId, runId })).toMatchObject({ status: 'done' })

    await host.shutdown()
    expect(deaths).toEqual([])
    expect(readFileSync(path).subarray(0, 15).toString()).toBe('SQLite format 3')
    expect(existsSync(`${path}-wal`)).toBe(false)
  })

  test('that dies is told of with its last words, and the next one serves the same files', async () => {
    const { folder, host, deaths, processes, connect } = startEngine(entry())
    const path = join(folder, 'a.bscope')
    await connect().sessions.create({ path })
    const [first] = processes
    if (first === undefined) throw new Error('No engine was started')
    const exit = once(first, 'exit')
    first.kill()
    await exit
    expect(deaths).toHaveLength(1)
    host.start()
    expect((await connect().sessions.open({ path })).info.path).toBe(path)
    await host.shutdown()
  })
})

test('the built preload is one CommonJS file that requires nothing but electron', () => {
  const text = readFileSync(built.preload, 'utf8')
  expect([...text.matchAll(/require\(([^)]*)\)/g)].map(([, what]) => what)).toEqual(['"electron"'])
  expect(text).not.toMatch(/^(import|export) /m)
})

test('the built engine has its Python helper beside it, where the sources have theirs', () => {
  const helper = 'native-tools/python/describe.py'
  expect(readFileSync(join(built.engine, '../..', helper))).toEqual(readFileSync(join(ROOT, helper)))
})
