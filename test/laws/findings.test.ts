import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Finding } from '#domain/finding.ts'
import type { Point } from '#domain/point.ts'
import { RULES } from '../../src-main/catalog.ts'
import { type FactTable, judgeAll } from '../../src-main/findings/define.ts'
import { pointsOf } from '../helpers/points.ts'
import { serverModel, serverPoint } from '../helpers/server-points.ts'
import { traceFacts } from '../helpers/trace-facts.ts'
import { TRACE_CASES } from './trace-cases.ts'

/** Runs of configurations by name, infer/s. */
function searchedPoints(runs: Record<string, number[]>): Point[] {
  return Object.entries(runs).flatMap(([configuration, perSec]) =>
    pointsOf(perSec, { batch: 1, concurrency: 4, serverConfig: { configuration } }),
  )
}

/** A point whose time is spent as told; counts that show `merged` requests an execution. */
const spent = (partsMs: NonNullable<Point['partsMs']>) =>
  serverPoint({ meanMs: 10 }, { partsMs: { queue: 0, ...partsMs } })
const pressed = (executionCount: number, computeMs = 6) =>
  serverPoint(
    { concurrency: 8 },
    {
      server: {
        model: {
          name: 'm',
          version: '1',
          inferenceCount: 1000,
          executionCount,
          successCount: 1000,
          partsMs: { queue: 3, computeInput: 0, computeInfer: computeMs, computeOutput: 0 },
        },
        composing: [],
      },
      partsMs: { queue: 3, computeInfer: computeMs },
    },
  )
/** Concurrency → infer/s as a server with `width` places at 10 ms gives it. */
const curve = (width: number) =>
  [1, 2, 4, 8, 16, 32].map(concurrency => serverPoint({ concurrency, meanMs: 10 * Math.max(1, concurrency / width) }))

/** Per rule: facts that raise it, and facts that must not. A new rule without a line here fails the law. */
const CASES: Readonly<Record<string, { raises: Partial<FactTable>; mustNot: Partial<FactTable> }>> = {
  'best-batch': { raises: { points: pointsOf([100, 180, 200, 202]) }, mustNot: { points: pointsOf([100, 200, 400]) } },
  'best-configuration': {
    raises: { searched: searchedPoints({ current: [900, 910], 'instances 2': [1200, 1210] }) },
    mustNot: { searched: searchedPoints({ current: [1200, 1210], 'instances 2': [900, 910] }) },
  },
  'throughput-falls': { raises: { points: pointsOf([100, 200, 150]) }, mustNot: { points: pointsOf([100, 200, 210]) } },
  'server-queue-bound': {
    raises: { server: { points: [spent({ queue: 8, computeInfer: 1 })] } },
    mustNot: { server: { points: [spent({ queue: 2, computeInfer: 7 })] } },
  },
  'server-compute-bound': {
    raises: { server: { points: [spent({ computeInput: 1, computeInfer: 6 })] } },
    mustNot: { server: { points: [spent({ queue: 8, computeInfer: 1 })] } },
  },
  'server-network-bound': {
    raises: { server: { points: [spent({ clientSend: 1, network: 7 })] } },
    mustNot: { server: { points: [spent({ network: 2, computeInfer: 7 })] } },
  },
  'server-client-bound': {
    raises: { server: { points: [serverPoint({}, { client: { cpuCores: 0.97 }, flags: ['client-bound'] })] } },
    mustNot: { server: { points: [serverPoint({})] } },
  },
  'server-batching': {
    raises: { server: { points: [pressed(990)], model: serverModel() } },
    mustNot: { server: { points: [pressed(200)], model: serverModel() } },
  },
  'server-instances': {
    // 1000 executions of 6 ms in 6 s: one instance works all the time, and 3 of 10 ms are queue.
    raises: { server: { points: [pressed(1000)], model: serverModel() } },
    mustNot: { server: { points: [pressed(400)], model: serverModel() } },
  },
  'server-transport': {
    raises: { server: { points: [serverPoint({ meanMs: 5 }), serverPoint({ meanMs: 10, url: 'http://h:8000' })] } },
    mustNot: { server: { points: [serverPoint({ meanMs: 10 }), serverPoint({ meanMs: 10.3, url: 'http://h:8000' })] } },
  },
  'server-knee': { raises: { server: { points: curve(4) } }, mustNot: { server: { points: curve(64) } } },
  'server-dips': {
    raises: { server: { points: curve(4).map((point, i) => (i === 4 ? { ...point, inferPerSec: 380 } : point)) } },
    mustNot: { server: { points: curve(4) } },
  },
  'server-littles-law': {
    // Anchors §7: perf_analyzer's binary search kept 8 threads at its row for 2.
    raises: { server: { points: [serverPoint({ concurrency: 2 }, { inferPerSec: 800 })] } },
    mustNot: { server: { points: [serverPoint({ concurrency: 2 })] } },
  },
  'gpu-throttled': {
    raises: { watchedPoints: pointsOf([100, 200], { throttledShare: 0.3 }) },
    mustNot: { watchedPoints: pointsOf([100, 200], { throttledShare: 0.04 }) },
  },
  trust: { raises: { points: pointsOf([100], { flags: ['swapped'] }) }, mustNot: { points: pointsOf([100, 200]) } },
  ...TRACE_CASES,
}

const NOTHING: FactTable = { points: [], server: { points: [] }, searched: [], watchedPoints: [], trace: traceFacts() }

test('ids are unique', () => {
  expect(new Set(RULES.map(rule => rule.id)).size).toBe(RULES.length)
})

test('every rule of the room is in the catalog, under its file name', async () => {
  const room = new URL('../../src-main/findings/', import.meta.url)
  const ids: string[] = []
  for (const file of readdirSync(room).filter(name => name.endsWith('.ts'))) {
    const exported: Record<string, unknown> = await import(new URL(file, room).href)
    const isRule = (value: unknown) =>
      typeof value === 'object' && value !== null && 'judge' in value && 'needs' in value
    if (Object.values(exported).some(isRule)) ids.push(file.replace(/\.ts$/, ''))
  }
  expect(RULES.map(rule => rule.id).toSorted()).toEqual(ids.toSorted())
})

describe.each(RULES.map(rule => [rule.id, rule] as const))('%s', (id, rule) => {
  test('is raised by its case and not by the other', () => {
    expect(judgeAll([rule], CASES[id]?.raises ?? {})).toMatchObject([{ verdict: 'yes' }])
    expect(judgeAll([rule], CASES[id]?.mustNot ?? {})).toMatchObject([{ verdict: 'no' }])
  })

  test('abstains on nothing and on points without figures', () => {
    const blank = pointsOf([100, 200, 300], { latencyMs: {}, flags: [] })
    expect(judgeAll([rule], NOTHING)).toMatchObject([{ verdict: 'cannot-tell' }])
    expect(judgeAll([rule], { points: blank, server: { points: blank }, searched: blank })[0]?.verdict).not.toBe('yes')
    expect(judgeAll([rule], {})).toEqual([])
  })

  test('gives findings that fit the domain', () => {
    for (const facts of [CASES[id]?.raises, CASES[id]?.mustNot, NOTHING]) {
      const [finding] = judgeAll([rule], facts ?? {})
      expect(Finding.parse(finding)).toEqual(finding)
    }
  })
})
