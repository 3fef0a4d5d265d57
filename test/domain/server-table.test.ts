import { expect, test } from 'vitest'
import { PART_TITLES, sumOfParts } from '#domain/part-titles.ts'
import { PART_NAMES, type Point } from '#domain/point.ts'
import { POINT_FLAGS } from '#domain/point-flags.ts'
import { allServerColumns, isServerPoint, meanServerBatch, serverColumnsFor } from '#domain/server-table.ts'
import { aPoint } from '../helpers/points.ts'

const server = { runtime: 'triton', device: 'server' }
const PARTS = { clientSend: 0.1, network: 0.2, queue: 0.3, computeInput: 0.01, computeInfer: 5, computeOutput: 0.02 }
const measured = aPoint(1, 5, {
  ...server,
  latencyMs: { mean: 5.7, p50: 5.6, p90: 6, p95: 6.1, p99: 7 },
  partsMs: { ...PARTS, clientRecv: 0.01 },
})
const titles = (points: Parameters<typeof serverColumnsFor>[0]) => serverColumnsFor(points).map(({ title }) => title)

/** DESIGN §8, word by word. */
const FIFTEEN =
  'Batch, Concurrency, Inferences/s, Client Send, Network+Server Send/Recv, Server Queue, Compute Input, Compute Infer, Compute Output, Client Recv, p50, p90, p95, p99, avg'

test('a measured table has the fifteen columns of the design in their order, then the flags', () => {
  expect(titles([measured]).join(', ')).toBe(`${FIFTEEN}, Flags`)
  expect(titles([]).join(', ')).toBe(`${FIFTEEN}, Flags`)
})

test('a server without statistics has no server columns', () => {
  const point = aPoint(1, 5, { ...server, partsMs: { clientSend: 0.1, clientRecv: 0.01 } })
  expect(titles([point]).join(', ')).toBe('Batch, Concurrency, Inferences/s, Client Send, Client Recv, p50, p90, Flags')
})

test('what tells rows apart, what failed and what was asked for is shown', () => {
  const http = { protocol: 'http', sharedMemory: 'none' }
  const points = [
    { ...measured, transport: http },
    { ...measured, transport: { ...http, sharedMemory: 'system' }, requests: { completed: 9, errors: 1 } },
    { ...measured, transport: http, requestRate: 50, otherPercentilesMs: { p85: 5.8, 'p99.9': 9 } },
  ]
  const shown = titles(points)
  expect(shown).toEqual(expect.arrayContaining(['Shared memory', 'Request rate', 'Errors']))
  expect(shown).not.toContain('Protocol')
  expect(shown.slice(shown.indexOf('p50'), shown.indexOf('avg') + 1)).toEqual([
    'p50',
    'p85',
    'p90',
    'p95',
    'p99',
    'p99.9',
    'avg',
  ])
})

test('cache columns appear where a response cache answered', () => {
  const cached = aPoint(1, 5, { ...server, partsMs: { ...PARTS, cacheHit: 0.02, cacheMiss: 0.5 } })
  expect(titles([cached])).toEqual(expect.arrayContaining(['Cache Hit', 'Cache Miss']))
})

test('every part has words, in the order of a request', () => {
  expect(PART_TITLES.map(({ name }) => name)).toEqual([...PART_NAMES])
  expect(sumOfParts({ queue: 1, computeInfer: 2 })).toBe(3)
  expect(sumOfParts({})).toBeUndefined()
})

test('column ids and keys are unique and every column explains itself', () => {
  const columns = allServerColumns([measured])
  for (const of of ['id', 'key', 'title'] as const) expect(new Set(columns.map(c => c[of])).size).toBe(columns.length)
  for (const { means } of columns) expect(means).toMatch(/^\S.*\.$/)
  expect(new Set(POINT_FLAGS.map(({ id }) => id)).size).toBe(POINT_FLAGS.length)
})

test('the mean server batch is items per execution', () => {
  const model = { name: 'm', version: '1', inferenceCount: 80, executionCount: 20, successCount: 80 }
  expect(meanServerBatch({ server: { model, composing: [] } })).toBe(4)
  expect(meanServerBatch({ server: { model: { ...model, executionCount: 0 }, composing: [] } })).toBeUndefined()
})

test('a local point is no server point', () => {
  expect(isServerPoint(measured)).toBe(true)
  expect(isServerPoint(aPoint(1, 5))).toBe(false)
})

test('the configuration is named first where points differ in it, by its own name and what it says', () => {
  const variant = (serverConfig: NonNullable<Point['serverConfig']>) => ({ ...measured, serverConfig })
  const searched = variant({ configuration: 'instances 2, max batch 1', instanceCount: 2, maxBatchSize: 1 })
  const current = variant({ configuration: 'current', instanceCount: 2, maxBatchSize: 128 })
  const analyzed = variant({ config: 'image_cls_config_2', instanceGroup: '2:CPU', maxBatchSize: 1 })
  expect(titles([searched, current])[0]).toBe('Configuration')
  expect(titles([searched, searched])).not.toContain('Configuration')
  const [column] = serverColumnsFor([searched, current, analyzed])
  expect([searched, current, analyzed, measured].map(point => column?.text(point))).toEqual([
    'instances 2, max batch 1',
    'current (instances 2, max batch 128)',
    'image_cls_config_2 (instances 2:CPU, max batch 1)',
    '–',
  ])
  expect(column?.value(analyzed)).toBe('image_cls_config_2')
  // A point that only tells what differs is named by that.
  expect(column?.value(variant({ instanceCount: 3 }))).toBe('instances 3')
})
