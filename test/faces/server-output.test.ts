import { expect, test } from 'vitest'
import type { Point } from '#domain/point.ts'
import { latencyTable, pointText, runList } from '../../src-main/faces/cli/output.ts'
import { ProgressLine } from '../../src-main/faces/cli/progress.ts'
import { aPoint } from '../helpers/points.ts'
import { serverPoint } from '../helpers/server-points.ts'

const [slow, fast] = [serverPoint({ concurrency: 1 }, { index: 0 }), serverPoint({ concurrency: 4 }, { index: 1 })]

/** DESIGN §8 with the unit of each, as the terminal writes its header. */
const HEADER = [
  ...['Batch', 'Concurrency', 'Inferences/s', 'Client Send ms', 'Network+Server Send/Recv ms', 'Server Queue ms'],
  ...['Compute Input ms', 'Compute Infer ms', 'Compute Output ms', 'Client Recv ms'],
  ...['p50 ms', 'p90 ms', 'p95 ms', 'p99 ms', 'avg ms', 'Flags'],
]

test('the table in the terminal has the columns of the design in ms and marks the row with most throughput', () => {
  const tails = { p95: 11, p99: 12 }
  const points = [slow, fast].map(point => ({ ...point, latencyMs: { ...point.latencyMs, ...tails } }))
  const [header = '', , ...rows] = latencyTable(points).split('\n')
  expect(header.trim().split(/ {2,}/)).toEqual(HEADER)
  // Little's law: 4 in flight at 10 ms are 400/s.
  expect(rows.map(row => [row.startsWith('★'), row.includes(' 400 ')])).toEqual([
    [false, false],
    [true, true],
    [true, false], // the legend
  ])
})

test('requests that failed have a column where there were any', () => {
  const requests = { completed: 98, errors: 2, firstError: 'no' }
  expect(latencyTable([slow])).not.toContain('Errors')
  expect(latencyTable([slow, { ...fast, requests, flags: ['server-errors'] }])).toMatch(
    /Errors.*\n.*\n(?:.*\n)*★.* 2 {2,}errors/,
  )
})

test('a measured point is a line with its place, its rate and its reservations; a name cannot move the cursor', () => {
  expect(pointText({ ...fast, flags: ['unstable'] })).toBe(
    'batch 1, concurrency 4, grpc: 400 infer/s, p50 10.0 ms · unstable',
  )
  const hostile = { ...slow, serverConfig: { configuration: 'a\u001b[2Jb' } }
  expect(pointText(hostile)).toMatch(/^a\?\[2Jb, batch 1/)
  const failed: Point = { ...aPoint(1, 1), ...{ runtime: 'triton', concurrency: 2, status: 'failed' } }
  const { inferPerSec: _, ...rest } = failed
  expect(pointText({ ...rest, error: { code: 'TIMEOUT', message: 'No answer' } })).toBe(
    'batch 1, concurrency 2: No answer',
  )
})

test('points are told one by one only where someone looks, and only those at a server', () => {
  const written: string[] = []
  const terminal = { out: () => {}, err: (text: string) => void written.push(text), interactive: true }
  new ProgressLine(terminal).measured(fast)
  new ProgressLine(terminal).measured(aPoint(1, 1))
  new ProgressLine({ ...terminal, interactive: false }).measured(fast)
  expect(written).toEqual(['batch 1, concurrency 4, grpc: 400 infer/s, p50 10.0 ms\n'])
})

test('the best of a run is in infer/s for a server and in FPS for a local batch', () => {
  const run = { id: 'r', kind: 'sweep', title: 't', status: 'done', createdAt: '', pointCount: 1 } as const
  const listed = (runtime: string) =>
    runList([{ ...run, failedPointCount: 0, notes: '', best: { inferPerSec: 1309, batch: 8, runtime } }])
  expect(listed('triton')).toContain('1,309 infer/s at batch 8')
  expect(listed('ort-cpu')).toContain('1,309 FPS at batch 8')
})
