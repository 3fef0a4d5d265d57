import { expect, test } from 'vitest'
import { z } from 'zod'
import { fake } from '../../src-main/runtimes/fake.ts'
import { ortCpu } from '../../src-main/runtimes/ort-cpu.ts'
import { BenchInput } from '../../src-main/workers/bench-protocol.ts'

const task = {
  modelPath: 'm.onnx',
  modelSha256: 'a',
  precision: 'model',
  batch: 2,
  repeat: 1,
  shapes: { x: [2, 3] },
  data: {},
  warmup: 1,
  minIterations: 2,
  minDurationMs: 3,
  maxDurationMs: 4,
}

test.each([ortCpu, fake])('$id: every option has a default and a description, as a form needs them', runtime => {
  const schema = z.object({ properties: z.record(z.string(), z.looseObject({ description: z.string().min(5) })) })
  const { properties } = schema.parse(z.toJSONSchema(runtime.options, { io: 'input' }))
  expect(Object.keys(properties)).toEqual(Object.keys(runtime.options.parse({})))
})

test('ONNX Runtime on the CPU is ready here, with the version of its package', async () => {
  expect(await ortCpu.ready()).toMatchObject({ ready: true, version: '1.30.0' })
})

test("a point becomes a worker call that fits the worker's protocol", () => {
  const call = ortCpu.child(task, ortCpu.options.parse({ intraOpThreads: 2, affinity: '0-1' }))
  expect(call).toMatchObject({ worker: 'ort-bench', affinity: '0-1' })
  expect(BenchInput.parse(call.input)).toEqual(call.input)
  expect(call.input.options).toMatchObject({ intraOpThreads: 2, graphOptimization: 'all' })
  expect(ortCpu.child(task, ortCpu.options.parse({})).affinity).toBeUndefined()
})

test('options that ONNX Runtime would silently take wrongly are refused', () => {
  for (const wrong of [
    { intraOpThreads: -1 },
    { graphOptimization: 'max' },
    { affinity: '0; reboot' },
    { intraOpThreads: 1.5 },
  ]) {
    expect(ortCpu.options.safeParse(wrong).success).toBe(false)
  }
})
