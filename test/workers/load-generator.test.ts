import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { EngineError } from '../../src-main/domain/errors.ts'
import type { Protocol } from '../../src-main/domain/server.ts'
import { mean, nearestRank, pooled } from '../../src-main/stats/load-windows.ts'
import { ensembleParts, latencyParts, serverParts, statisticsDelta } from '../../src-main/stats/server-parts.ts'
import { sweepStale } from '../../src-main/triton/shared-memory/segments.ts'
import type { LoadMessage, LoadResult } from '../../src-main/workers/load-protocol.ts'
import { temporaryFolder } from '../helpers/bench-worker.ts'
import { loadInput, measureLoad } from '../helpers/triton/load.ts'
import { startTriton, type TestServer, withoutTriton } from '../helpers/triton/server.ts'

if (withoutTriton) console.log(`skipped: ${withoutTriton}`)

const WORKER = fileURLToPath(new URL('../../src-main/workers/load-generator.ts', import.meta.url))
const NS_PER_MS = 1e6

const failure = (measuring: Promise<unknown>) =>
  measuring.then(
    () => {
      throw new Error('the point was measured')
    },
    (thrown: EngineError) => thrown,
  )

/** Of one process: others may be measuring here too. */
const segments = (pid: number | undefined) =>
  readdirSync('/dev/shm').filter(name => name.startsWith(`batchscope-${pid}-`))

/** Means of the last three windows, split as a point has it. */
function partsOf({ windows, statisticsBefore }: LoadResult) {
  const counted = windows.slice(-3)
  const before = windows.at(-4)?.statistics ?? statisticsBefore
  const deltas = (counted.at(-1)?.statistics ?? []).map(after => {
    const start = before.find(({ name }) => name === after.name)
    if (start === undefined) throw new Error('no statistics at the start')
    return statisticsDelta(start, after)
  })
  const [own, ...composing] = deltas
  const sum = (value: (window: LoadResult['windows'][number]) => number) =>
    counted.reduce((total, window) => total + value(window), 0)
  const requests = sum(({ client }) => client.requests)
  const latencyMs = mean(pooled(counted.map(({ latenciesNs }) => latenciesNs))) / NS_PER_MS
  const server = own && (composing.length > 0 ? ensembleParts(own, composing) : serverParts(own))
  const parts = latencyParts(
    {
      latencyMs,
      sendMs: sum(({ client }) => client.sendNs) / requests / NS_PER_MS,
      receiveMs: sum(({ client }) => client.receiveNs) / requests / NS_PER_MS,
    },
    server,
  )
  return { latencyMs, parts, own, composing, requests }
}

describe.skipIf(withoutTriton)('against the real Triton', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTriton()
  })
  afterAll(() => server.stop())

  const ways = (['grpc', 'http'] as const).flatMap(protocol =>
    (['none', 'system'] as const).map(sharedMemory => ({ protocol, sharedMemory })),
  )

  test.each(ways)('delay comes apart into its known 5 ms and the rest: $protocol, $sharedMemory', async way => {
    let pid: number | undefined
    const result = await measureLoad(loadInput(server, 'delay', way), {
      onStart: started => {
        pid = started
      },
    })
    const { latencyMs, parts, own, requests } = partsOf(result)
    expect(result.errors).toEqual([])
    // Python sleeps 5 ms or a little longer; the batcher and the copies are beside it.
    expect(parts.computeInfer).toBeGreaterThanOrEqual(5)
    expect(parts.network).toBeGreaterThan(0)
    const total = Object.values(parts).reduce((a, b) => a + b, 0)
    expect(Math.abs(total / latencyMs - 1)).toBeLessThan(0.02)
    // One request in flight: what the server counted is what we counted, but for the ends.
    expect(Math.abs((own?.success.count ?? 0) - requests)).toBeLessThanOrEqual(2)
    // Little's law: one slot, always busy.
    const seconds = result.windows.slice(-3).reduce((sum, { durationNs }) => sum + durationNs / 1e9, 0)
    expect((requests / seconds) * (latencyMs / 1000)).toBeGreaterThan(0.9)
    expect(pid).toBeGreaterThan(0)
    expect(segments(pid)).toEqual([])
  })

  test('an ensemble’s queue is that of its models', async () => {
    const statisticsOf = ['ensemble', 'image_cls', 'identity_fp32'].map(name => ({ name }))
    const result = await measureLoad(
      loadInput(server, 'ensemble', { statisticsOf, load: { kind: 'concurrency', concurrency: 4 } }),
    )
    const { parts, composing, latencyMs } = partsOf(result)
    const queues = composing.reduce((sum, { queue }) => sum + queue.ns / queue.count / NS_PER_MS, 0)
    expect(parts.queue).toBeGreaterThan(queues * 0.95)
    const total = Object.values(parts).reduce((a, b) => a + b, 0)
    expect(Math.abs(total / latencyMs - 1)).toBeLessThan(0.05)
  })

  test.each(['grpc', 'http'] as const)('failed requests are counted by message, not measured: %s', async protocol => {
    const result = await measureLoad(
      loadInput(server, 'flaky', {
        protocol,
        window: { mode: 'request_count', requests: 200 },
        warmupRequestCount: 0,
        load: { kind: 'concurrency', concurrency: 2 },
      }),
    )
    const [window] = result.windows
    expect(window).toMatchObject({ completed: 196, errors: 4 })
    expect(window?.latenciesNs).toHaveLength(196)
    expect(result.errors).toMatchObject([{ count: 4 }])
    expect(result.stable).toBeUndefined()
  })

  test('texts, JSON data, and several variants in turn', async () => {
    const path = join(temporaryFolder(), 'texts.json')
    writeFileSync(path, JSON.stringify({ data: [{ TEXT: ['a', 'b'] }, { TEXT: ['déjà', ''] }] }))
    const result = await measureLoad(
      loadInput(server, 'strings', { inputData: path, window: { mode: 'request_count', requests: 50 } }),
    )
    expect(result.errors).toEqual([])
    expect(result.facts).toMatchObject({ inputData: 'texts.json', dataRequests: 2, requests: 50 })
  })

  test('a decoupled model is measured over the stream, to its last data response', async () => {
    const path = join(temporaryFolder(), 'repeat.json')
    writeFileSync(path, JSON.stringify({ data: [{ COUNT: [4], DELAY_MS: [5] }] }))
    const result = await measureLoad(
      loadInput(server, 'repeat', {
        inputData: path,
        streaming: true,
        window: { mode: 'request_count', requests: 30 },
      }),
    )
    const [window] = result.windows
    expect(window).toMatchObject({ completed: 30, responses: 120, errors: 0 })
    const median = nearestRank(pooled([window?.latenciesNs ?? new Float64Array()]), 50) / NS_PER_MS
    expect(median).toBeGreaterThan(15)
    expect(median).toBeLessThan(25)
  })

  test('an open loop keeps its rate and tells both latencies', async () => {
    const result = await measureLoad(
      loadInput(server, 'identity_fp32', {
        load: { kind: 'rate', requestsPerSec: 200, distribution: 'constant', maxInFlight: 64 },
        window: { mode: 'request_count', requests: 200 },
      }),
    )
    const [window] = result.windows
    const perSec = 200 / ((window?.durationNs ?? 0) / 1e9)
    expect(perSec).toBeGreaterThan(190)
    expect(perSec).toBeLessThan(210)
    const sent = mean(window?.latenciesNs ?? new Float64Array())
    const scheduled = mean(window?.scheduledNs ?? new Float64Array())
    expect(scheduled).toBeGreaterThan(sent)
  })

  test('own cost and the loopback are told', async () => {
    const messages: LoadMessage[] = []
    const result = await measureLoad(loadInput(server, 'identity_fp32', { calibrationMs: 100 }), {
      onMessage: message => messages.push(message),
    })
    const { client } = result
    expect(client.cpuUsPerRequest).toBeGreaterThan(5)
    expect(client.loopbackMs).toBeLessThan(mean(result.windows[0]?.latenciesNs ?? new Float64Array()) / NS_PER_MS)
    expect(client.loopbackPerSec).toBeGreaterThan(20)
    expect(client.peakBytes).toBeGreaterThan(20e6)
    expect(client.eventLoopP99Ms).toBeDefined()
    const phases = messages.flatMap(message => (message.type === 'phase' ? [message.phase] : []))
    expect(phases).toEqual(['connecting', 'calibrating', 'warming up', 'measuring'])
    expect(messages.filter(({ type }) => type === 'window')).toHaveLength(result.windows.length)
  })

  test.each([
    ['an unknown model', { model: 'nope' }, 'SERVER_REFUSED'],
    ['a shape that does not fit', { inputs: [{ name: 'INPUT0', datatype: 'FP32', shape: [1, 3] }] }, 'SERVER_REFUSED'],
    ['CUDA shared memory', { sharedMemory: 'cuda' as const }, 'RUNTIME_UNAVAILABLE'],
    ['data that does not exist', { inputData: '/no/such/data' }, 'FILE_NOT_FOUND'],
  ])('%s is said at once', async (_, overrides, code) => {
    const error = await failure(measureLoad(loadInput(server, 'delay', overrides)))
    expect(error).toMatchObject({ code })
    expect(error.data.hint).toBeTruthy()
  })

  test.each([
    ['http', 'grpc'],
    ['grpc', 'http'],
  ] as const)('%s to the port of %s is recognised', async (protocol: Protocol, other: Protocol) => {
    const input = loadInput(server, 'delay', { protocol })
    const error = await failure(measureLoad({ ...input, target: { ...input.target, port: server[other] } }))
    expect(error.code).toBe('SERVER_PROTOCOL')
  })

  test('a cancel takes the shared memory along, at the latest at the next start', async () => {
    const stop = new AbortController()
    const input = loadInput(server, 'delay', {
      sharedMemory: 'system',
      window: { mode: 'time_windows', intervalMs: 5000 },
    })
    let pid: number | undefined
    const measuring = failure(
      measureLoad(input, {
        onStart: started => {
          pid = started
        },
        signal: stop.signal,
        onMessage: message => message.type === 'phase' && message.phase === 'measuring' && stop.abort(),
      }),
    )
    expect((await measuring).code).toBe('CANCELLED')
    await sweepStale()
    expect(pid).toBeGreaterThan(0)
    expect(segments(pid)).toEqual([])
  })

  test('without its engine the worker ends, and its shared memory is gone', async () => {
    const child = fork(WORKER, [], { serialization: 'advanced', stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
    child.send(
      loadInput(server, 'delay', { sharedMemory: 'system', window: { mode: 'time_windows', intervalMs: 30_000 } }),
    )
    for (let phase = ''; phase !== 'measuring'; ) {
      const [message] = await once(child, 'message')
      phase = message.phase
    }
    expect(segments(child.pid)).toHaveLength(2)
    child.disconnect()
    await once(child, 'exit')
    expect(segments(child.pid)).toEqual([])
  })
})

describe.skipIf(withoutTriton)('a server that goes away', () => {
  test.each(['grpc', 'http'] as const)('ends the point, and what it measured is kept: %s', async protocol => {
    const server = await startTriton({ load: ['delay'] })
    onTestFinished(() => server.stop())
    let windows = 0
    const result = await measureLoad(loadInput(server, 'delay', { protocol, stabilityPercentage: 0.001 }), {
      onMessage: message => {
        if (message.type === 'window' && ++windows === 2) setTimeout(server.kill, 200)
      },
    })
    expect(result.stopped).toBe('server-lost')
    expect(result.lost).toMatchObject({ code: 'SERVER_UNREACHABLE' })
    expect(result.windows.length).toBeGreaterThanOrEqual(2)
    expect(result.windows[1]?.completed).toBeGreaterThan(20)
    expect(result.windows[1]?.statistics).toHaveLength(1)
  })
})

test('nobody listens: SERVER_UNREACHABLE', async () => {
  const error = await failure(measureLoad(loadInput({ http: 1, grpc: 1 }, 'delay', { protocol: 'http' })))
  expect(error.code).toBe('SERVER_UNREACHABLE')
})

test('a server that never answers costs one time-out, not a hang', async () => {
  const silent = createServer(() => {})
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => void silent.close())
  const address = silent.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const startMs = performance.now()
  const error = await failure(
    measureLoad(loadInput({ http: port, grpc: port }, 'delay', { protocol: 'http', requestTimeoutMs: 500 })),
  )
  expect(['TIMEOUT', 'SERVER_UNREACHABLE', 'SERVER_PROTOCOL']).toContain(error.code)
  expect(performance.now() - startMs).toBeLessThan(8000)
})
