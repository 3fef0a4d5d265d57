import { expect, test } from 'vitest'
import type { Correctness } from '#domain/correctness.ts'
import type { Point } from '#domain/point.ts'
import { precisionTrade } from '#domain/precision-trade.ts'
import { tensorDifference } from '#stats/tensor-difference.ts'

const point = (id: string, more: Partial<Point>): Point => ({
  id,
  index: 0,
  runtime: 'ort-cpu',
  device: 'cpu',
  precision: id,
  batch: 1,
  concurrency: 1,
  repeat: 1,
  shapes: {},
  status: 'done',
  startedAt: '2026-01-01T00:00:00Z',
  flags: [],
  artifact: { path: `/${id}.onnx`, bytes: 100, sha256: id },
  ...more,
})

/** A candidate twice as large as its base: drift 1. */
const doubled = (base: string, candidate: string): Correctness => ({
  base: { title: base, sha256: base, precision: 'fp32', ranOn: 'test' },
  candidate: { title: candidate, sha256: candidate, precision: 'fp16', ranOn: 'test' },
  inputs: [],
  outputs: [
    {
      name: 'y',
      candidateName: 'y',
      baseDtype: 'float32',
      candidateDtype: 'float32',
      verdict: 'fail',
      difference: tensorDifference([1, 2], [2, 4], [2], { atol: 0, rtol: 0 }),
    },
  ],
  verdict: 'fail',
  why: '',
  toleranceRule: '',
  notices: [],
})

test('speed is weighed against size, memory, drift and cold start; what nothing beats is marked', () => {
  const rows = precisionTrade(
    [
      point('fp32', { inferPerSec: 100, peakBytes: 900, sessionCreateMs: 5, firstCallMs: 7 }),
      point('fp16', {
        inferPerSec: 200,
        peakBytes: 500,
        sessionCreateMs: 6,
        artifact: { path: '', bytes: 50, sha256: 'fp16' },
      }),
      point('slow', {
        inferPerSec: 90,
        peakBytes: 950,
        sessionCreateMs: 9,
        firstCallMs: 9,
        artifact: { path: '', bytes: 120, sha256: 'fp32' },
      }),
      point('failed', { status: 'failed' }),
    ],
    [doubled('fp32', 'fp16')],
  )
  expect(rows.map(({ precision, isPareto, drift, coldStartMs }) => [precision, isPareto, drift, coldStartMs])).toEqual([
    ['fp32', true, 0, 12],
    ['fp16', true, 1, 6],
    ['slow', false, 0, 18],
  ])
})

test('batches and devices are not weighed against each other; unmeasured is neither better nor worse', () => {
  const rows = precisionTrade(
    [
      point('a', { inferPerSec: 100, batch: 8 }),
      point('b', { inferPerSec: 50, batch: 1, peakBytes: 10 }),
      point('c', { inferPerSec: 60, batch: 1 }),
      point('d', { inferPerSec: 500, batch: 1, device: 'cuda:0' }),
    ],
    [],
  )
  expect(rows.filter(({ isPareto }) => isPareto).map(({ precision }) => precision)).toEqual(['a', 'c', 'd'])
  expect(rows[0]).not.toHaveProperty('drift')
})
