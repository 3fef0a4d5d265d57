import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Dtype } from '#domain/model.ts'
import type { BenchMessage } from '../../src-main/workers/bench-protocol.ts'
import { measure, oneNode, SAMPLE_MODEL, saved, temporaryFolder, tinyModel } from '../helpers/bench-worker.ts'

const IMAGE = { image: [1, 3, 32, 32] }

test('a point has every latency, what it cost to get there, and what it ran on', async () => {
  const result = await measure({ modelPath: SAMPLE_MODEL, shapes: { image: [4, 3, 32, 32] }, task: { batch: 4 } })
  expect(result.latenciesMs).toHaveLength(7)
  expect(result.fixedWarmup).toBe(2)
  for (const latencyMs of result.latenciesMs) expect(latencyMs).toBeGreaterThan(0.01)
  expect(result.outputBytes).toBe(4 * 10 * 4)
  expect(result.sessionCreateMs).toBeGreaterThan(0.1)
  expect(result.libraryLoadMs).toBeGreaterThan(1)
  expect(result.peakBytes ?? 0).toBeGreaterThan(result.baselineBytes ?? Number.POSITIVE_INFINITY)
  expect(result.callUs).toBeGreaterThan(0.5)
  expect(result.callUs).toBeLessThan(200)
  expect(result.clockUs).toBeLessThan(1)
  expect(result.runtimeFacts).toMatchObject({ version: '1.30.0', threads: 1, provider: 'CPUExecutionProvider' })
  expect(result.coreToCoreNs).toBeUndefined()
})

test('several threads come with a core-to-core round trip before and after', async () => {
  const { coreToCoreNs, runtimeFacts } = await measure({
    modelPath: SAMPLE_MODEL,
    shapes: IMAGE,
    options: { intraOpThreads: 2 },
  })
  expect(runtimeFacts.threads).toBe(2)
  expect(coreToCoreNs?.before).toBeGreaterThan(5)
  expect(coreToCoreNs?.after).toBeGreaterThan(5)
})

test('both minima are reached, and the longest time ends a point that would not', async () => {
  const slow = { warmup: 0, minIterations: 1_000_000, minDurationMs: 0, maxDurationMs: 300 }
  const messages: BenchMessage[] = []
  const byTime = await measure({ modelPath: SAMPLE_MODEL, shapes: IMAGE, task: slow, onMessage: m => messages.push(m) })
  const sumMs = byTime.latenciesMs.reduce((sum, latency) => sum + latency, 0)
  expect(byTime.fixedWarmup).toBe(0)
  expect(sumMs).toBeLessThan(400)
  expect(sumMs).toBeGreaterThan(150)
  expect(messages.filter(({ type }) => type === 'live').length).toBeLessThanOrEqual(2)

  const both = await measure({
    modelPath: SAMPLE_MODEL,
    shapes: IMAGE,
    task: { minIterations: 10, minDurationMs: 100 },
  })
  expect(both.latenciesMs.length).toBeGreaterThan(12)
})

test('a warm-up that takes too long is cut short and said; one call is counted all the same', async () => {
  const logs: string[] = []
  const { latenciesMs, fixedWarmup } = await measure({
    modelPath: SAMPLE_MODEL,
    shapes: { image: [256, 3, 32, 32] },
    task: { warmup: 1000, minIterations: 1000, maxDurationMs: 1 },
    onMessage: message => message.type === 'log' && logs.push(message.text),
  })
  expect(fixedWarmup).toBe(1)
  expect(latenciesMs).toHaveLength(2)
  expect(logs).toEqual(['Warm-up stopped after 1 of 1000 calls: the time limit was reached.'])
})

test('a hundred thousand calls are all kept', async () => {
  const { latenciesMs } = await measure({
    modelPath: saved(oneNode('Identity', 'float32')),
    shapes: { x: [1, 2] },
    task: { minIterations: 100_000, maxDurationMs: 10_000 },
  })
  expect(latenciesMs).toHaveLength(100_002)
  expect(latenciesMs.every(latencyMs => latencyMs > 0)).toBe(true)
})

test.each<Dtype>([
  'float32',
  'float16',
  'float64',
  'int64',
  'int32',
  'uint8',
  'bool',
  'string',
])('a %s input is fed', async dtype => {
  const { latenciesMs } = await measure({ modelPath: saved(oneNode('Identity', dtype)), shapes: { x: [3, 2] } })
  expect(latenciesMs).toHaveLength(7)
})

test('large outputs do not pile up: peak memory stays near one call of it', { timeout: 30_000 }, async () => {
  const mib = 2 ** 20
  const {
    peakBytes = 0,
    baselineBytes = 0,
    outputBytes,
  } = await measure({
    modelPath: saved(oneNode('Identity', 'float32')),
    shapes: { x: [8 * mib, 2] },
    task: { minIterations: 30 },
  })
  expect(outputBytes).toBe(64 * mib)
  // input, output in ONNX Runtime's memory, output in JavaScript's: 3 × 64 MiB
  expect(peakBytes - baselineBytes).toBeLessThan(4.5 * 64 * mib)
})

describe('hostile paths', () => {
  test.each([
    'with space',
    `'single' "double"`,
    '$(touch pwned)',
    'line\nbreak',
    '🧪 модель',
    '<img src=x onerror=alert(1)>',
    '-rf',
    '%s%n',
  ])('a model named %j is measured', async name => {
    const path = join(temporaryFolder(), `${name.replaceAll('/', '∕')}.onnx`)
    copyFileSync(SAMPLE_MODEL, path)
    expect((await measure({ modelPath: path, shapes: IMAGE })).latenciesMs).toHaveLength(7)
  })
})

describe('broken models and inputs', () => {
  const sample = readFileSync(SAMPLE_MODEL)
  test.each<[string, Uint8Array, string]>([
    ['of 0 bytes', new Uint8Array(0), 'MODEL_BROKEN'],
    ['that is text', Buffer.from('hello, I am not a model'), 'MODEL_BROKEN'],
    ['cut in the middle', sample.subarray(0, sample.length >> 1), 'MODEL_BROKEN'],
    ['cut near the end', sample.subarray(0, sample.length - 40), 'MODEL_BROKEN'],
    ['with an unknown operator', oneNode('NoSuchOp', 'float32'), 'MODEL_UNSUPPORTED'],
    ['with a custom operator', oneNode('Custom', 'float32', { domain: 'my.domain' }), 'MODEL_UNSUPPORTED'],
    ['of a future opset', oneNode('Identity', 'float32', { opset: 99 }), 'MODEL_UNSUPPORTED'],
  ])('a model %s fails with its type, and the worker lives to say so', async (_what, bytes, code) => {
    const modelPath = saved(bytes)
    const error = await measure({ modelPath, shapes: { ...IMAGE, x: [1, 2] } }).catch(thrown => thrown)
    expect(error).toMatchObject({ code, data: { where: modelPath, hint: expect.stringMatching(/\w/) } })
  })

  test('random bytes flipped in a model give a result or a typed failure, never a silent end', {
    timeout: 60_000,
  }, async () => {
    const allowed = [
      'MODEL_BROKEN',
      'MODEL_UNSUPPORTED',
      'RUNTIME_FAILED',
      'SHAPE_MISMATCH',
      'DATA_INVALID',
      'CHILD_DIED',
    ]
    for (let round = 0; round < 12; round++) {
      const bytes = Uint8Array.from(sample)
      // A simple fixed sequence; the graph is at the start, the weights fill the rest.
      for (let flip = 0; flip < 20; flip++)
        bytes[(round * 7919 + flip * 104729) % (flip % 2 ? 3000 : bytes.length)] = (round * 31 + flip * 17) % 256
      const outcome = await measure({ modelPath: saved(bytes), shapes: IMAGE }).catch(thrown => thrown)
      if ('latenciesMs' in outcome) expect(outcome.latenciesMs.length).toBeGreaterThan(0)
      else expect(allowed).toContain(outcome.code)
    }
  })

  test('a file that changed since the run was planned is refused', async () => {
    const path = saved(sample)
    const task = { modelSha256: 'f'.repeat(64) }
    await expect(measure({ modelPath: path, shapes: IMAGE, task })).rejects.toMatchObject({ code: 'MODEL_CHANGED' })
  })

  test('a model without its weight file says which weights are missing', async () => {
    const external = { location: 'weights.bin', offset: 0, length: 16 }
    const weights = [{ name: 'w', dtype: 'float32' as const, shape: [2, 2], external }]
    const value = (name: string) => ({ name, dtype: 'float32' as const, shape: ['n', 2] })
    const model = tinyModel({
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
      inputs: [value('x')],
      outputs: [value('y')],
      weights,
    })
    const path = join(temporaryFolder(), 'model.onnx')
    writeFileSync(path, model)
    await expect(measure({ modelPath: path, shapes: { x: [1, 2] } })).rejects.toMatchObject({
      code: 'MODEL_BROKEN',
      message: expect.stringContaining('another file'),
    })
    writeFileSync(join(path, '..', 'weights.bin'), new Uint8Array(16))
    expect((await measure({ modelPath: path, shapes: { x: [1, 2] } })).latenciesMs).toHaveLength(7)
  })

  test('wrong shapes are SHAPE_MISMATCH, a missing one too', async () => {
    const wrong: Record<string, number[]>[] = [{ image: [1, 3, 16, 16] }, { image: [3, 32, 32] }, { other: [1] }]
    for (const shapes of wrong) {
      await expect(measure({ modelPath: SAMPLE_MODEL, shapes })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
    }
  })

  test('more memory than there is fails with a hint, and takes nothing down', async () => {
    const shapes = { x: [2_000_000_000, 1000] }
    const outcome = await measure({
      modelPath: saved(
        oneNode('Identity', 'float32', {
          inputs: [{ name: 'x', dtype: 'float32', shape: ['n', 'm'] }],
          outputs: [{ name: 'y', dtype: 'float32', shape: ['n', 'm'] }],
        }),
      ),
      shapes,
    }).catch(thrown => thrown)
    expect(outcome.code).toMatch(/DATA_INVALID|RUNTIME_FAILED/)
    expect(outcome.data.hint).toMatch(/smaller/)
  })
})
