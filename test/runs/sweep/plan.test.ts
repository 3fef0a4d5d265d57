import { describe, expect, test } from 'vitest'
import type { ServerInfo } from '#domain/server.ts'
import { SweepSpec, type SweepSpecInput } from '#domain/sweep-spec.ts'
import { planSweep } from '../../../src-main/runs/sweep/plan.ts'
import { keyOfStep, levelOf } from '../../../src-main/runs/sweep/step.ts'
import type { SweepDoor, SweepWorld } from '../../../src-main/runs/sweep/world.ts'
import { parseAddress } from '../../../src-main/triton/address.ts'
import { serverModel } from '../../helpers/server-points.ts'

const server: ServerInfo = {
  url: 'http://h:8000',
  protocol: 'http',
  name: 'triton',
  version: '2.51.0',
  extensions: [],
  live: true,
  ready: true,
  abilities: {
    statistics: { has: true },
    systemSharedMemory: { has: true },
    cudaSharedMemory: { has: false, why: 'The server shows no GPU' },
  },
  models: [],
}
const door = (url: string, local = true): SweepDoor => {
  const address = parseAddress(url)
  return { url, protocol: address.protocol, address, local }
}

function plan(given: Partial<SweepSpecInput>, world: Partial<SweepWorld> = {}) {
  const spec = SweepSpec.parse({ urls: ['grpc://h:8001'], model: 'm', ...given })
  const sweep = planSweep(spec, { doors: spec.urls.map(url => door(url)), server, model: serverModel(), ...world })
  const steps = sweep.series.flatMap(series => series.steps)
  return { ...sweep, steps, keys: steps.map(keyOfStep), texts: sweep.plan.notices.map(({ text }) => text) }
}

test('URL × shared memory × batch × load, repeat by repeat, loads ascending', () => {
  const { keys, plan: shown } = plan({
    urls: ['http://h:8000', 'grpc://h:8001'],
    batches: [2, 1],
    concurrencies: [4, 1],
    sharedMemory: ['none', 'system'],
    repeat: 2,
  })
  expect(keys).toHaveLength(2 * 2 * 2 * 2 * 2)
  expect(shown.pointCount).toBe(32)
  expect(keys.slice(0, 5)).toEqual([
    'http://h:8000 none b1 c1 #1',
    'http://h:8000 none b1 c4 #1',
    'http://h:8000 none b2 c1 #1',
    'http://h:8000 none b2 c4 #1',
    'http://h:8000 system b1 c1 #1',
  ])
  expect(keys[16]).toBe('http://h:8000 none b1 c1 #2')
  expect(shown.subtitle).toBe('m on http://h:8000, grpc://h:8001, 2 batches × 2 concurrencies')
  // Three windows of 1.2 × 5 s each, and the start.
  expect(shown.estimateMs).toBe(32 * (18_000 + 1500))
})

describe('scenarios', () => {
  test('offline: powers of two up to the largest batch, concurrency 1, shared memory', () => {
    const { keys, texts } = plan({ scenario: 'offline' })
    expect(keys).toEqual([1, 2, 4, 8].map(batch => `grpc://h:8001 system b${batch} c1 #1`))
    expect(texts).toEqual(['Batch 16, 32, 64 left out. m: its max_batch_size is 8.'])
  })

  test('online: batch 1, concurrency 8 to 256 by 8', () => {
    const { steps } = plan({ scenario: 'online' })
    expect(steps.map(({ load }) => levelOf(load))).toEqual(Array.from({ length: 32 }, (_, i) => 8 * (i + 1)))
    expect(steps.every(({ batch, sharedMemory }) => batch === 1 && sharedMemory === 'none')).toBe(true)
  })

  test('far from the server the scenario’s shared memory is replaced, an asked one is left out', () => {
    const doors = [door('grpc://h:8001', false)]
    const offline = plan({ scenario: 'offline' }, { doors })
    expect(offline.steps.every(({ sharedMemory }) => sharedMemory === 'none')).toBe(true)
    expect(offline.texts[0]).toMatch(/^No shared memory at grpc:\/\/h:8001.*another machine/)
    const asked = plan({ sharedMemory: ['none', 'system'] }, { doors })
    expect(asked.keys).toEqual(['grpc://h:8001 none b1 c1 #1'])
    expect(asked.texts[0]).toMatch(/^system shared memory at .* left out/)
  })
})

describe('what cannot be measured', () => {
  test('a body over 64 MiB is left out over HTTP, and measured over gRPC and shared memory', () => {
    const model = serverModel({
      maxBatchSize: 128,
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3, 224, 224] }],
    })
    const { keys, texts } = plan(
      { urls: ['http://h:8000', 'grpc://h:8001'], batches: [64, 128], sharedMemory: ['none', 'system'] },
      { model },
    )
    // 128 × 3 × 224 × 224 × 4 B = 77 MB
    expect(keys.filter(key => key.includes('b128'))).toHaveLength(3)
    expect(keys).not.toContain('http://h:8000 none b128 c1 #1')
    expect(texts).toEqual([expect.stringMatching(/^Batch 128 over http left out.*73\.5 MiB.*64\.0 MiB/)])
  })

  test('nothing left is a problem that says what was left out', () => {
    const { plan: shown, steps } = plan({ batches: [16], sharedMemory: ['cuda'] })
    expect(steps).toEqual([])
    expect(shown.problems).toMatchObject([
      { code: 'SPEC_INVALID', message: expect.stringContaining('max_batch_size is 8') },
    ])
  })

  test('a model without batching takes batch 1 only', () => {
    const model = serverModel({ maxBatchSize: 0, inputs: [{ name: 'x', datatype: 'FP32', shape: [4] }] })
    const { steps, texts } = plan({ batches: [1, 2] }, { model })
    expect(steps.map(({ shapes }) => shapes)).toEqual([{ x: [4] }])
    expect(texts).toEqual(['Batch 2 left out. m: it does not batch (max_batch_size 0).'])
  })

  test('a free size must be given, and a given one must fit', () => {
    const model = serverModel({ inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, -1, 4] }] })
    expect(plan({}, { model }).plan.problems).toMatchObject([
      { code: 'SHAPE_MISMATCH', where: 'x', hint: expect.stringContaining('--shape x:N,4') },
    ])
    expect(plan({ shapes: { x: [7, 5] } }, { model }).plan.problems).toMatchObject([
      { code: 'SHAPE_MISMATCH', where: 'x' },
    ])
    expect(plan({ shapes: { z: [7] } }).plan.problems).toMatchObject([{ code: 'SHAPE_MISMATCH', where: 'z' }])
    expect(plan({ shapes: { x: [7, 4] }, batches: [2] }, { model }).steps[0]?.shapes).toEqual({ x: [2, 7, 4] })
  })

  test('a decoupled model goes over the gRPC stream, and not over HTTP', () => {
    const model = serverModel({ decoupled: true })
    expect(plan({}, { model }).steps[0]?.streaming).toBe(true)
    expect(plan({ urls: ['http://h:8000'] }, { model }).plan.problems).toMatchObject([
      { code: 'SPEC_INVALID', hint: expect.stringContaining('grpc://') },
    ])
  })

  test('kept secrets and models that are not ready are refused', () => {
    const { plan: shown } = plan(
      { connection: { headers: { 'x-key': '…' } } },
      { model: serverModel({ state: 'UNAVAILABLE', reason: 'unloaded' }) },
    )
    expect(shown.problems.map(({ code }) => code)).toEqual(['SPEC_INVALID', 'SERVER_REFUSED'])
  })

  test('closed statistics are said, not refused', () => {
    const closed = {
      ...server,
      abilities: { ...server.abilities, statistics: { has: false, why: 'Restricted', hint: 'Give a token' } },
    }
    const { plan: shown, texts } = plan({}, { server: closed })
    expect(shown.problems).toEqual([])
    expect(texts).toContainEqual(expect.stringMatching(/statistics closed.*Restricted\. Give a token/))
  })
})

describe('resume and search', () => {
  test('a resumed sweep measures only what is missing', () => {
    const measured = ['grpc://h:8001 none b1 c1 #1', 'grpc://h:8001 none b1 c2 #1', 'grpc://h:8001 none b2 c1 #1']
    const { keys } = plan({ batches: [1, 2], concurrencies: [1, 2], resume: { runId: 'r1', measured } })
    expect(keys).toEqual(['grpc://h:8001 none b2 c2 #1'])
    const done = plan({ resume: { runId: 'r1', measured } })
    expect(done.plan.problems).toMatchObject([{ message: 'Run r1 has measured every point' }])
  })

  test('a search needs a threshold and two ends; its step is that of the list', () => {
    expect(plan({ binarySearch: true, concurrencies: [1, 64] }).plan.problems).toMatchObject([{ code: 'SPEC_INVALID' }])
    const { series, plan: shown } = plan({
      binarySearch: true,
      concurrencies: [1, 5, 9, 13, 17],
      latencyThresholdMs: 5,
    })
    expect(series.map(({ searchStep }) => searchStep)).toEqual([4])
    expect(shown.pointCount).toBe(2 + 2) // 17 − 1 = 16 = 4 · 2²
  })

  test('a schedule is one level at its mean rate', () => {
    const { steps, plan: shown } = plan({ requestIntervalsPath: 'i.txt' }, { intervalsUs: [1000, 3000] })
    expect(steps.map(({ load }) => levelOf(load))).toEqual([500])
    expect(shown.subtitle).toContain('1 batch × a schedule')
  })
})
