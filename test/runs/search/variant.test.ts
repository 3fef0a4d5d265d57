import { expect, test } from 'vitest'
import { variantConfig } from '../../../src-main/runs/search/variant.ts'

const current = {
  name: 'm',
  backend: 'python',
  max_batch_size: 16,
  instance_group: [{ name: 'm_0', kind: 'KIND_GPU', count: 1, gpus: [0, 1] }],
  dynamic_batching: { preferred_batch_size: [4, 8, 16], max_queue_delay_microseconds: 500 },
  parameters: { a: { string_value: 'b' } },
}
const candidate = { id: 'x', instanceCount: 2, maxBatchSize: 4 }

test('only instances and batch change; preferred batches that no longer fit go, as Triton refuses them', () => {
  expect(variantConfig(current, candidate)).toEqual({
    ...current,
    max_batch_size: 4,
    instance_group: [{ name: 'm_0', kind: 'KIND_GPU', count: 2, gpus: [0, 1] }],
    dynamic_batching: { preferred_batch_size: [4], max_queue_delay_microseconds: 500 },
  })
  expect(variantConfig(current, { ...candidate, maxBatchSize: 2 }).dynamic_batching).toEqual({
    max_queue_delay_microseconds: 500,
  })
})

test('a model without a scheduler gets the dynamic batcher where it may batch; one with sequences keeps its own', () => {
  const plain = { name: 'm', max_batch_size: 8 }
  expect(variantConfig(plain, candidate)).toMatchObject({
    dynamic_batching: {},
    instance_group: [{ kind: 'KIND_AUTO', count: 2 }],
  })
  expect(variantConfig(plain, { ...candidate, maxBatchSize: 1 })).not.toHaveProperty('dynamic_batching')
  expect(variantConfig({ ...plain, sequence_batching: {} }, candidate)).not.toHaveProperty('dynamic_batching')
})

test('a model that does not batch is not given a batch dimension', () => {
  const variant = variantConfig({ name: 'm', max_batch_size: 0 }, { ...candidate, maxBatchSize: 1 })
  expect(variant).toMatchObject({ max_batch_size: 0, instance_group: [{ count: 2 }] })
  expect(variant).not.toHaveProperty('dynamic_batching')
})
