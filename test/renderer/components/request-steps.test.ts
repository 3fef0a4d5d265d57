import { expect, test } from 'vitest'
import type { Point } from '#domain/point.ts'
import { diagramNotes, requestSteps } from '../../../src-renderer/components/request-steps.ts'
import { imageClsPoints, onlinePoints } from '../harness/sweep-fixtures.ts'

const [http] = imageClsPoints
const titles = (point: Point) => diagramNotes(point).map(({ title }) => title)

function online(change: Partial<Point> = {}): Point {
  const [point] = onlinePoints()
  if (point === undefined) throw new Error('the fixture has points')
  return { ...point, ...change }
}

test('eight steps in the order of a request; the network is one figure in two halves', () => {
  const steps = requestSteps(online())
  expect(steps.map(({ id }) => id)).toEqual([
    'clientSend',
    'networkThere',
    'queue',
    'computeInput',
    'computeInfer',
    'computeOutput',
    'networkBack',
    'clientRecv',
  ])
  // 0.5 + 8 × 0.008 ms of network, halved
  const halves = steps.filter(({ half }) => half).map(({ ms }) => ms)
  expect(halves.length).toBe(2)
  for (const half of halves) expect(half).toBeCloseTo(0.282, 9)
  expect(steps.reduce((sum, step) => sum + (step.percent ?? 0), 0)).toBeCloseTo(100, 9)
})

test('a step explains what it covers for the protocol of the row, and for both where it is not known', () => {
  const covers = (point: Point) => requestSteps(point)[0]?.covers ?? ''
  expect(covers(online())).toContain('first byte of the request')
  const grpc = online({ transport: { protocol: 'grpc', sharedMemory: 'none' } })
  expect(covers(grpc)).not.toContain('first byte of the request')
  const { transport: _, ...imported } = online()
  expect(covers(imported)).toMatch(/Over HTTP: .+ Over gRPC: /)
})

test('what was not measured is absent, not zero, and how to get it is said', () => {
  const { partsMs: _, ...rest } = online({ flags: ['no-statistics'] })
  expect(requestSteps(rest).every(({ ms }) => ms === undefined)).toBe(true)
  expect(titles(rest)).toEqual(['The server gave no statistics, so its side is not known'])
  expect(diagramNotes(rest)[0]?.text).toContain('TritonSecurityConfig')
})

test('a reloaded model and an imported table are told from a server without statistics', () => {
  const { partsMs: _, transport: __, ...rest } = online()
  expect(titles({ ...rest, flags: ['model-reloaded'] })[0]).toContain('reloaded')
  expect(titles({ ...rest, flags: [] })[0]).toContain('imported')
})

test('a response cache has a step of its own and says why the parts do not add up, once', () => {
  const cached = online({ partsMs: { ...online().partsMs, cacheHit: 2, cacheMiss: 0.1 } })
  expect(requestSteps(cached).map(({ id }) => id)).toContain('cacheHit')
  expect(titles(cached)).toEqual(['A response cache answered some requests'])
})

test('parts that exceed the average are named with both figures; rounding is not', () => {
  expect(http && titles(http)).toEqual([])
  const mean = online().latencyMs?.mean ?? 0
  expect(titles(online({ latencyMs: { mean: mean / 2 } }))[0]).toMatch(
    /^The parts add up to .+ ms, the average is .+ ms$/,
  )
})

test('ensembles and streams say what their figures are of', () => {
  const model = { name: 'm', version: '1', inferenceCount: 1, executionCount: 1, successCount: 1 }
  expect(titles(online({ server: { model, composing: [model] } }))).toEqual(['The model is an ensemble'])
  const streamed = online({ transport: { protocol: 'grpc', sharedMemory: 'none', streaming: true } })
  expect(titles(streamed)).toEqual(['Responses were streamed'])
})
