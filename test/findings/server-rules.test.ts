import { describe, expect, test } from 'vitest'
import type { Finding } from '#domain/finding.ts'
import type { Point } from '#domain/point.ts'
import { readHead } from '#formats/define.ts'
import { FORMATS, RULES } from '../../src-main/catalog.ts'
import { judgeAll, type ServerFacts } from '../../src-main/findings/define.ts'
import { makePoints } from '../../src-main/runs/import/make-points.ts'
import { memorySource } from '../helpers/bytes.ts'
import { sampleBytes, withoutSamples } from '../helpers/samples.ts'
import { serverModel, serverPoint } from '../helpers/server-points.ts'

function judge(rule: string, server: ServerFacts): Finding {
  const [finding] = judgeAll(
    RULES.filter(({ id }) => id === `server-${rule}`),
    { server },
  )
  if (finding === undefined) throw new Error(`no rule server-${rule}`)
  return finding
}

const noParts = (point: Point): Point => ({ ...point, partsMs: { clientSend: 0.1, clientRecv: 0.1 } })
const counted = (point: Point, executionCount: number, more: Partial<Point> = {}): Point => ({
  ...point,
  server: {
    model: { name: 'm', version: '1', inferenceCount: 1000, executionCount, successCount: 1000, partsMs: {} },
    composing: [],
  },
  ...more,
})

/** Evidence that is missing, by rule, and what the rule then says. */
const UNTOLD: readonly (readonly [rule: string, why: string, facts: ServerFacts, says: RegExp])[] = [
  ...['queue-bound', 'compute-bound', 'network-bound'].flatMap(
    rule =>
      [
        [rule, 'no statistics', { points: [noParts(serverPoint({}))] }, /Without statistics/],
        [rule, 'a cache answered', { points: [serverPoint({}, { flags: ['cache-parts'] })] }, /cache answered/],
        [rule, 'only a p99', { points: [serverPoint({}, { latencyMs: { p99: 9 } })] }, /mean or median/],
      ] as const,
  ),
  ['client-bound', 'an imported table', { points: [serverPoint({}, { client: undefined })] }, /cost of the client/],
  ['batching', 'no batcher', { points: [], model: serverModel({ batching: 'none' }) }, /no dynamic batcher/],
  [
    'batching',
    'no counts',
    { points: [serverPoint({ concurrency: 8 }, { server: undefined })], model: serverModel() },
    /no counts of the server/,
  ],
  [
    'batching',
    'one client at a time',
    { points: [counted(serverPoint({}), 1000)], model: serverModel() },
    /concurrency 4/,
  ],
  ['batching', 'nobody knows the model', { points: [counted(serverPoint({ concurrency: 8 }), 990)] }, /is not known/],
  ['instances', 'nobody knows the model', { points: [serverPoint({})] }, /How many instances/],
  ['instances', 'no statistics', { points: [noParts(serverPoint({}))], model: serverModel() }, /no statistics/],
  ['transport', 'one way only', { points: [serverPoint({}), serverPoint({ concurrency: 2 })] }, /No two points/],
  [
    'transport',
    'unstable points',
    {
      points: [serverPoint({ meanMs: 5 }), serverPoint({ meanMs: 10, url: 'http://h:8000' }, { flags: ['unstable'] })],
    },
    /reservations/,
  ],
  ['knee', 'three loads', { points: [1, 2, 4].map(concurrency => serverPoint({ concurrency })) }, /at least 4/],
  [
    'knee',
    'one load measured four times',
    { points: [1, 1, 1, 1].map(concurrency => serverPoint({ concurrency })) },
    /at least 4 concurrencies/,
  ],
  ['littles-law', 'open loop', { points: [serverPoint({}, { requestRate: 50 })] }, /closed-loop/],
]

test.each(UNTOLD)('%s: %s: cannot tell, and says what is missing', (rule, _, facts, says) => {
  expect(judge(rule, facts)).toMatchObject({ verdict: 'cannot-tell', statement: expect.stringMatching(says) })
})

describe('the queue', () => {
  const queued = (concurrency: number, meanMs: number, queue: number) =>
    serverPoint({ concurrency, meanMs }, { partsMs: { queue, computeInfer: meanMs - queue } })

  test('that grows with load wants instances, or less load where that has the same throughput', () => {
    const points = [queued(1, 10, 0), queued(2, 10, 0), queued(4, 20, 10), queued(8, 40, 30)]
    expect(judge('queue-bound', { points }).next).toEqual([
      'Turn on dynamic_batching, where the model can batch',
      'Raise instance_group count',
      'Send less at once: concurrency 2 has 100 % of the throughput',
    ])
  })

  test('that is longest under the least load is a wait of the batcher', () => {
    const points = [queued(1, 10, 8), queued(2, 10, 6), queued(4, 10, 4)]
    const { detail, next } = judge('queue-bound', { points, model: serverModel() })
    expect(detail).toContain('make a batch')
    expect(next).toEqual([expect.stringContaining('max_queue_delay_microseconds')])
    // A model that cannot batch cannot wait for a batch.
    expect(judge('queue-bound', { points, model: serverModel({ batching: 'none' }) }).detail).not.toContain('a batch')
  })
})

describe('the knee', () => {
  /** A server with `width` places of 10 ms each: saturates at `width` requests in flight. */
  const curve = (width: number, loads: readonly number[], flags: string[] = []) =>
    loads.map(concurrency => serverPoint({ concurrency, meanMs: 10 * Math.max(1, concurrency / width) }, { flags }))

  test.each([1, 2, 4, 8, 16])('of a server with %i places is at that many requests', places => {
    const { verdict, statement } = judge('knee', { points: curve(places, [1, 2, 4, 8, 16, 32, 64]) })
    expect([verdict, statement]).toEqual(['yes', expect.stringContaining(`best at concurrency ${places};`)])
  })

  test('is less certain from few points and from points with reservations', () => {
    const confidence = (points: readonly Point[]) => judge('knee', { points }).confidence ?? 0
    const sure = confidence(curve(4, [1, 2, 3, 4, 5, 6, 8, 12, 16, 32]))
    expect(confidence(curve(4, [1, 4, 16, 32]))).toBeLessThan(sure)
    expect(confidence(curve(4, [1, 2, 3, 4, 5, 6, 8, 12, 16, 32], ['unstable']))).toBe(0)
  })

  test('that lies below what was measured is said to', () => {
    expect(judge('knee', { points: curve(4, [8, 16, 32, 64]) }).next).toContainEqual(
      expect.stringContaining('below concurrency 8'),
    )
  })
})

/** Points of a recorded file as an import makes them. */
async function recorded(path: string, batch?: number): Promise<Point[]> {
  const source = memorySource(sampleBytes(path), path)
  const head = await readHead(source)
  const format = FORMATS.find(each => each.sniff(head))
  if (format?.gives !== 'points') throw new Error(`${path} gives no points`)
  const content = await format.read(source)
  if (!('points' in content)) throw new Error(`${path} gives no points`)
  return makePoints(content, batch, '2026-11-21T10:00:00.000Z').made.flatMap(({ point }) =>
    point.status === 'done' ? [point] : [],
  )
}

/** Verdicts worked out by hand from the printed rows: + yes, - no, ? cannot tell. */
const READ: readonly (readonly [path: string, batch: number | undefined, verdicts: Record<string, string>])[] = [
  // 65 % of the least loaded row is queue (preferred batch 64); 216 of its rows' product differs by 6 %.
  [
    'seeds/gpunet_v100_online.csv',
    undefined,
    {
      'queue-bound': '+',
      'compute-bound': '-',
      'network-bound': '-',
      knee: '+',
      dips: '+',
      'littles-law': '+',
      batching: '?',
    },
  ],
  ['seeds/gpunet_a100_online.csv', undefined, { 'queue-bound': '+', knee: '+', dips: '+', 'littles-law': '-' }],
  // 16.3 of 16.6 ms are compute at batch 64; one concurrency only.
  [
    'seeds/gpunet_v100_offline.csv',
    undefined,
    { 'queue-bound': '-', 'compute-bound': '+', 'network-bound': '-', knee: '?', dips: '?', 'littles-law': '-' },
  ],
  ['seeds/gpunet_a100_offline.csv', undefined, { 'compute-bound': '+', knee: '?', 'littles-law': '-' }],
  // 4.8 MB a request over HTTP: send, network and receive are 17 of 22.7 ms.
  [
    'triton/perf_analyzer_real/image_cls_http_b8.csv',
    8,
    { 'network-bound': '+', 'queue-bound': '-', 'compute-bound': '-', 'littles-law': '-' },
  ],
  // Executions printed: 16 requests in flight, 8 of them in each.
  ['triton/perf_analyzer_real/delay_grpc.log', undefined, { batching: '-', 'compute-bound': '+', knee: '-' }],
  ['triton/perf_analyzer_real/cached_grpc.csv', 1, { 'queue-bound': '?', 'compute-bound': '?', 'network-bound': '?' }],
  ['triton/perf_analyzer_real/delay_rate.csv', 1, { 'compute-bound': '+', knee: '?', 'littles-law': '?' }],
  ['triton/perf_analyzer_real/delay_profile.profile.json', 1, { 'compute-bound': '?', 'littles-law': '-' }],
  // Five runs at concurrency 1 under one header each are no curve.
  ['triton/dle_tft_offline_multiheader.csv', undefined, { 'compute-bound': '+', knee: '?' }],
  ['triton/model_analyzer_real/metrics-model-inference.csv', undefined, { 'compute-bound': '?', knee: '?' }],
]

test.skipIf(withoutSamples).each(READ)('%s is judged as its rows say', async (path, batch, verdicts) => {
  const points = await recorded(path, batch)
  const words: Record<Finding['verdict'], string> = { yes: '+', no: '-', 'cannot-tell': '?' }
  const judged = Object.keys(verdicts).map(rule => [rule, words[judge(rule, { points }).verdict]])
  expect(Object.fromEntries(judged)).toEqual(verdicts)
})

test.skipIf(withoutSamples)('the knee of the tutorial’s online sweep is where its batches are full', async () => {
  const { statement, detail } = judge('knee', { points: await recorded('seeds/gpunet_v100_online.csv') })
  // 1995 ÷ 3113 infer/s and 23.80 ÷ 78.24 ms, as printed at 48 and 256.
  expect(statement).toContain('best at concurrency 48 (24 to 64 are as good)')
  expect(detail).toBe('Concurrency 48 has 64.1 % of the throughput at 256 with 30.4 % of its latency.')
})
