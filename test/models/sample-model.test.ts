import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { sampleModel } from '../../resources/make-sample-model.ts'

const path = fileURLToPath(new URL('../../resources/sample-model.onnx', import.meta.url))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('the bundled model is what its script writes, byte for byte', async () => {
  expect(sha256(sampleModel())).toBe(sha256(await readFile(path)))
})

test('the bundled model runs at any batch and gives probabilities', async () => {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 })
  for (const batch of [1, 3]) {
    const image = new Tensor('float32', new Float32Array(batch * 3 * 32 * 32).fill(0.5), [batch, 3, 32, 32])
    const { scores } = await session.run({ image })
    expect(scores?.dims).toEqual([batch, 10])
    const data = Array.from(scores?.data as Float32Array)
    expect(data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(batch, 5)
  }
  await session.release()
})
