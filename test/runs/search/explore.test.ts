import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  candidatesOf,
  type Measurement,
  nextMeasurement,
  ranking,
  type Space,
} from '../../../src-main/runs/search/explore.ts'

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
    expect(tried('instances 1, max batch 1')).toEqual([1, 2, 4])
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
    expect(tried.map(one => one.concurrency)).toEqual([1, 2])
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
