import { describe, expect, test, vi } from 'vitest'
import type { ModelConfig } from '#domain/repository.ts'
import { editConfig } from '../../../src-main/formats/pbtxt/edit.ts'
import { parseConfig } from '../../../src-main/formats/pbtxt/parse-config.ts'
import { ConfigEditor } from '../../../src-renderer/components/config-editor.svelte.ts'
import { type ConfigForm, formProblems, readForm, withForm } from '../../../src-renderer/components/config-form.ts'
import { scripted } from '../pages/server-samples.ts'

const config: ModelConfig = {
  name: 'net',
  backend: 'onnxruntime',
  max_batch_size: 8,
  input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [3, '224', -1], format: 'FORMAT_NCHW' }],
  output: [{ name: 'y', data_type: 'TYPE_FP32', dims: [10], label_filename: 'labels.txt' }],
  instance_group: [{ count: 2, kind: 'KIND_GPU', gpus: [0], rate_limiter: { priority: 1 } }],
  dynamic_batching: { preferred_batch_size: [4, 8], preserve_ordering: true },
  optimization: { graph: { level: 1 } },
  parameters: { key: { string_value: 'kept' } },
}
const form = readForm(config)
const changed = (change: Partial<ConfigForm>, from = config) => withForm(from, { ...readForm(from), ...change })

test('a form that nobody touched changes nothing', () => {
  expect(withForm(config, form)).toEqual(config)
  expect(formProblems(form)).toEqual({})
})

describe('a change keeps what the form does not know', () => {
  test('of a tensor, an instance group and dynamic batching', () => {
    const next = changed({
      inputs: [{ name: 'x', dataType: 'TYPE_FP16', dims: '3, −1, −1' }],
      instances: [{ kind: 'KIND_GPU', count: '3', gpus: '' }],
      maxQueueDelayMicroseconds: '100',
    })
    expect(next.input).toEqual([{ name: 'x', data_type: 'TYPE_FP16', dims: [3, -1, -1], format: 'FORMAT_NCHW' }])
    expect(next.instance_group).toEqual([{ count: 3, kind: 'KIND_GPU', rate_limiter: { priority: 1 } }])
    expect(next.dynamic_batching).toEqual({
      preferred_batch_size: [4, 8],
      preserve_ordering: true,
      max_queue_delay_microseconds: 100,
    })
    expect(next.parameters).toEqual(config.parameters)
  })

  test('of the optimization when TensorRT comes and goes', () => {
    const on = changed({ tensorrt: 'FP16' })
    expect(on.optimization).toEqual({
      graph: { level: 1 },
      execution_accelerators: {
        gpu_execution_accelerator: [{ name: 'tensorrt', parameters: { precision_mode: 'FP16' } }],
      },
    })
    expect(readForm(on).tensorrt).toBe('FP16')
    expect(changed({ tensorrt: '' }, on).optimization).toEqual({ graph: { level: 1 } })
  })
})

test('what is switched off goes away', () => {
  const next = changed({ dynamicBatching: false, instances: [], maxBatchSize: '' })
  expect(Object.keys(next)).not.toEqual(expect.arrayContaining(['dynamic_batching']))
  expect([next.dynamic_batching, next.instance_group, next.max_batch_size]).toEqual([undefined, undefined, undefined])
})

test('a warm-up is one request of zeros whose free sizes are 1', () => {
  expect(changed({ warmupBatch: '4' }).model_warmup).toEqual([
    {
      name: 'zeros',
      batch_size: 4,
      inputs: { x: { data_type: 'TYPE_FP32', dims: [3, 224, 1], zero_data: true } },
    },
  ])
})

test('steps of an ensemble are lines of name = tensor', () => {
  const next = changed({ steps: [{ model: 'a', inputMap: 'IN = x', outputMap: 'OUT=y\n' }] })
  expect(next.ensemble_scheduling).toEqual({
    step: [{ model_name: 'a', model_version: -1, input_map: { IN: 'x' }, output_map: { OUT: 'y' } }],
  })
  expect(readForm(next).steps).toEqual([{ model: 'a', inputMap: 'IN = x', outputMap: 'OUT = y' }])
})

test.each<[string, Partial<ConfigForm>]>([
  ['maxBatchSize', { maxBatchSize: '-1' }],
  ['preferredBatchSizes', { preferredBatchSizes: '4, x' }],
  ['maxQueueDelayMicroseconds', { maxQueueDelayMicroseconds: '1.5' }],
  ['input:0', { inputs: [{ name: '', dataType: 'TYPE_FP32', dims: '3' }] }],
  ['output:0', { outputs: [{ name: 'y', dataType: 'TYPE_FP32', dims: '0' }] }],
  ['instance:0', { instances: [{ kind: 'KIND_CPU', count: '0', gpus: '' }] }],
  ['warmupBatch', { warmupBatch: '0' }],
  ['step:0', { steps: [{ model: 'a', inputMap: 'no arrow', outputMap: '' }] }],
])('%s is refused before it is written', (field, change) => {
  expect(Object.keys(formProblems({ ...form, ...change }))).toEqual([field])
})

describe('text and form', () => {
  const TEXT = '# ours\nname: "net"\nmax_batch_size: 8  # as trained\n'
  const calls = {
    parseConfig: vi.fn(async ({ text }: { text: string }) => {
      const { config: parsed, problems } = parseConfig(text)
      return { ...(parsed ? { config: parsed } : {}), problems }
    }),
    writeConfig: vi.fn(async ({ config: next, text }: { config: ModelConfig; text: string }) => ({
      text: editConfig(text, next),
      problems: [],
    })),
  }
  const editor = async (text = TEXT) => {
    const made = new ConfigEditor(scripted('repository', calls), { text })
    await made.settled()
    return made
  }

  test('a change in the form is written into the text, whose comments stay', async () => {
    const own = await editor()
    own.setForm({ maxBatchSize: '16' })
    await own.settled()
    expect(own.text).toBe('# ours\nname: "net"\nmax_batch_size: 16  # as trained\n')
    expect([own.dirty, own.pending]).toEqual([true, false])
  })

  test('a change in the text is seen in the form', async () => {
    const own = await editor()
    own.setText(TEXT.replace('8', '32'))
    await own.settled()
    expect(own.form?.maxBatchSize).toBe('32')
  })

  test('a text that does not parse keeps the form, says where, and comes back', async () => {
    const own = await editor()
    own.setText('name: "net"\nmax_batch_size: x\n')
    await own.settled()
    expect([own.config, own.hasErrors, own.problems[0]?.line]).toEqual([undefined, true, 2])
    expect(own.form?.maxBatchSize).toBe('8')
    own.setText(TEXT)
    await own.settled()
    expect([own.hasErrors, own.dirty]).toEqual([false, false])
  })

  test('keystrokes are asked about once, the last wins', async () => {
    const own = await editor()
    calls.parseConfig.mockClear()
    for (const text of ['name: "a"', 'name: "ab"', 'name: "abc"']) own.setText(text)
    await own.settled()
    expect(calls.parseConfig).toHaveBeenCalledTimes(1)
    expect(own.form?.name).toBe('abc')
  })

  test('a field that cannot be written leaves the text alone until it can', async () => {
    const own = await editor()
    calls.writeConfig.mockClear()
    own.setForm({ maxBatchSize: 'x' })
    await own.settled()
    expect(calls.writeConfig).not.toHaveBeenCalled()
    expect(own.text).toBe(TEXT)
  })
})
