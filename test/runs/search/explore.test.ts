import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  candidatesOf,
  type Measurement,
  nextMeasurement,
  ranking,
  type Space,
  untried,
} from '../../../src-main/runs/search/explore.ts'
import { sampleText, withoutSamples } from '../../helpers/samples.ts'

/** Runs the search against a model of a server. */
function explore(
  space: Space,
  server: (candidate: { instanceCount?: number; maxBatchSize?: number }, concurrency: number) => Partial<Measurement>,
): Measurement[] {
  const measured: Measurement[] = []
  for (let next = nextMeasurement(space, measured); next !== undefined; next = nextMeasurement(space, measured)) {
    const { candidate, concurrency } = next
    measured.push({ candidateId: candidate.id, concurrency, ...server(candidate, concurrency) })
    if (measured.length > 500) throw new Error('the search does not end')
  }
  return measured
}

const space = (more: Partial<Space> = {}): Space => ({
  candidates: candidatesOf([1, 2], [1, 2, 4], true),
  concurrencies: [1, 2, 4, 8],
  maxMeasurements: 40,
  ...more,
})

/** Two instances serve twice as much; batching brings nothing; latency by Little's law. */
const twoServers = ({ instanceCount = 2 }: { instanceCount?: number }, concurrency: number) => {
  const inferPerSec = 1000 * Math.min(concurrency, instanceCount)
  return { inferPerSec, latencyMs: (1000 * concurrency) / inferPerSec }
}

describe('a search', () => {
  test('finds the configuration that serves most and measures it and its rival three times', () => {
    const measured = explore(space(), twoServers)
    const [best, second] = ranking(space(), measured)
    expect(best).toMatchObject({ inferPerSec: 2000, runs: [2000, 2000, 2000] })
    expect(second?.runs).toHaveLength(3)
  })

  test('stops a series after two steps without gain, and does not grow a batch that brought nothing', () => {
    const measured = explore(space(), twoServers)
    const tried = (id: string) => measured.filter(({ candidateId }) => candidateId === id).map(one => one.concurrency)
    expect(tried('current').slice(0, 4)).toEqual([1, 2, 4, 8])
    // From the best load so far up; half of what the present one serves at both, so it is left.
    expect(tried('instances 1, max batch 1')).toEqual([2, 4])
    expect(tried('instances 1, max batch 4')).toEqual([])
    expect(new Set(measured.map(one => `${one.candidateId} ${one.concurrency}`)).size).toBeLessThanOrEqual(20)
  })

  test('goes on where a larger batch pays', () => {
    const measured = explore(space(), ({ maxBatchSize = 1 }, concurrency) => ({
      inferPerSec: 1000 * Math.min(concurrency, maxBatchSize),
    }))
    expect(measured.some(({ candidateId }) => candidateId === 'instances 2, max batch 4')).toBe(true)
    expect(ranking(space(), measured)[0]).toMatchObject({ inferPerSec: 4000 })
  })

  test('does not follow a candidate that serves far less than another at every load so far', () => {
    const measured = explore(space(), ({ instanceCount, maxBatchSize }, concurrency) => ({
      inferPerSec: concurrency * (instanceCount === 1 && maxBatchSize === 2 ? 100 : 1000),
    }))
    const tried = measured.filter(({ candidateId }) => candidateId === 'instances 1, max batch 2')
    expect(tried.map(one => one.concurrency)).toEqual([8, 4])
  })

  test('begins with a further candidate where the best was found, and looks on both sides', () => {
    const measured = explore(space({ candidates: candidatesOf([1, 2], [1], false) }), (candidate, concurrency) => {
      const best = candidate.instanceCount === 1 ? 4 : 2
      return { inferPerSec: 1000 - 100 * Math.abs(Math.log2(concurrency / best)) }
    })
    const tried = measured.filter(({ candidateId }) => candidateId === 'instances 2, max batch 1')
    expect(tried.slice(0, 4).map(one => one.concurrency)).toEqual([4, 8, 2, 1])
  })

  test('tells which candidates its budget did not reach, and keeps a part of it for confirmations', () => {
    const few = space({ maxMeasurements: 8 })
    const measured = explore(few, twoServers)
    expect(untried(few, measured).map(({ id }) => id)).toContain('instances 2, max batch 2')
    expect(ranking(few, measured)[0]?.runs).toHaveLength(2)
  })

  test('keeps the constraint: what is over it ends its series and is never ranked', () => {
    const limited = space({ latencyThresholdMs: 2 })
    const measured = explore(limited, (_, concurrency) => ({ inferPerSec: 1000 * concurrency, latencyMs: concurrency }))
    expect(Math.max(...measured.map(one => one.concurrency))).toBe(4)
    expect(ranking(limited, measured)[0]).toMatchObject({ concurrency: 2 })
  })

  test('a point that failed ends its series and the others go on', () => {
    const measured = explore(space(), ({ maxBatchSize }, concurrency) =>
      maxBatchSize === 2 ? {} : { inferPerSec: 100 * concurrency },
    )
    expect(measured.filter(({ candidateId }) => candidateId === 'instances 1, max batch 2')).toHaveLength(1)
    expect(ranking(space(), measured).map(({ candidate }) => candidate.maxBatchSize)).not.toContain(2)
  })

  test('always ends within its budget, whatever the server does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 30 }),
        fc.func(fc.option(fc.double({ min: 0, max: 1e4, noNaN: true }), { nil: undefined })),
        (maxMeasurements, rate) => {
          const measured = explore(space({ maxMeasurements }), (candidate, concurrency) => {
            const inferPerSec = rate(JSON.stringify(candidate), concurrency)
            return inferPerSec === undefined ? {} : { inferPerSec }
          })
          expect(measured.length).toBeLessThanOrEqual(maxMeasurements)
        },
      ),
    )
  })
})

/** The configurations of the recorded run of Model Analyzer (its 1:CPU is one instance), as this search calls them. */
const RECORDED: Record<string, string> = {
  image_cls_config_default: 'current',
  image_cls_config_0: 'instances 1, max batch 1',
  image_cls_config_1: 'instances 1, max batch 2',
  image_cls_config_2: 'instances 2, max batch 1',
  image_cls_config_3: 'instances 2, max batch 2',
}

test.skipIf(withoutSamples)('on the figures of a recorded Model Analyzer run it names the same best, in its 20', () => {
  const [, ...rows] = sampleText('triton/model_analyzer_real/metrics-model-inference.csv').trim().split('\n')
  const table = new Map(
    rows.map(row => {
      const [, , concurrency, config = '', , , , inferPerSec, p99Ms] = row.split(',')
      return [`${RECORDED[config]} ${concurrency}`, { inferPerSec: Number(inferPerSec), latencyMs: Number(p99Ms) }]
    }),
  )
  expect(table.size).toBe(20)
  const recorded = { ...space({ maxMeasurements: 20 }), candidates: candidatesOf([1, 2], [1, 2], true) }
  const measured: Measurement[] = []
  for (let next = nextMeasurement(recorded, measured); next !== undefined; next = nextMeasurement(recorded, measured)) {
    const { candidate, concurrency } = next
    measured.push({ candidateId: candidate.id, concurrency, ...table.get(`${candidate.id} ${concurrency}`) })
  }
  expect(measured.length).toBeLessThanOrEqual(20)
  expect(untried(recorded, measured)).toEqual([])
  // Its first row: image_cls_config_2 at concurrency 4, 1309.0 infer/s.
  expect(ranking(recorded, measured)[0]).toMatchObject({
    candidate: { id: 'instances 2, max batch 1' },
    concurrency: 4,
    inferPerSec: 1309,
    runs: [1309, 1309, 1309],
  })
})
