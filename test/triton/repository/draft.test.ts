import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NewModelInput } from '#domain/repository.ts'
import { testEngine } from '../../helpers/engine.ts'
import { identityModel, mixedInputModel, scalarInputModel, staticBatchModel } from '../../helpers/onnx-models.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'
import { startTriton, type TestServer, withoutTriton } from '../../helpers/triton/server.ts'

if (withoutTriton) console.warn(`Drafts are not loaded by the real Triton: ${withoutTriton}`)

async function draft(onnx: Uint8Array | undefined, model: NewModelInput, path?: string) {
  const { client, folder } = testEngine()
  const modelPath = join(folder, 'model.onnx')
  if (onnx !== undefined) writeFileSync(modelPath, onnx)
  const made = await client.repository.draft({
    ...model,
    ...(onnx === undefined ? {} : { modelPath }),
    ...(path === undefined ? {} : { path }),
  })
  return { ...made, said: made.problems.map(({ severity, field, message }) => `${severity} ${field}: ${message}`) }
}

test('inputs, outputs and batching come from the ONNX file; every option is written as Triton has it', async () => {
  const { text, said } = await draft(identityModel(), {
    name: 'echo',
    maxBatchSize: 16,
    dynamicBatching: { preferredBatchSizes: [4, 16], maxQueueDelayMicroseconds: 500 },
    instances: [{ kind: 'KIND_GPU', count: 2, gpus: [0, 1] }],
    tensorrt: { precision: 'FP16', maxWorkspaceBytes: 1073741824 },
    warmupBatch: 4,
    responseCache: true,
  })
  expect(text).toBe(`name: "echo"
backend: "onnxruntime"
max_batch_size: 16
input [
  {
    name: "x"
    data_type: TYPE_FP32
    dims: [ 4 ]
  }
]
output [
  {
    name: "y"
    data_type: TYPE_FP32
    dims: [ 4 ]
  }
]
optimization {
  execution_accelerators {
    gpu_execution_accelerator [
      {
        name: "tensorrt"
        parameters [
          {
            key: "precision_mode"
            value: "FP16"
          },
          {
            key: "max_workspace_size_bytes"
            value: "1073741824"
          }
        ]
      }
    ]
  }
}
dynamic_batching {
  preferred_batch_size: [ 4, 16 ]
  max_queue_delay_microseconds: 500
}
instance_group [
  {
    kind: KIND_GPU
    count: 2
    gpus: [ 0, 1 ]
  }
]
model_warmup [
  {
    name: "zeros"
    batch_size: 4
    inputs [
      {
        key: "x"
        value {
          data_type: TYPE_FP32
          dims: [ 4 ]
          zero_data: true
        }
      }
    ]
  }
]
response_cache {
  enable: true
}
`)
  expect(said).toEqual([])
})

test('a scalar input, a batch the model does not have and free sizes of a warm-up are said', async () => {
  const scalar = await draft(scalarInputModel(), { name: 'm', maxBatchSize: 4 })
  expect(scalar.config).toMatchObject({
    max_batch_size: 0,
    input: [
      { name: 'x', dims: [-1, 8] },
      { name: 'scale', dims: [1] },
    ],
  })
  expect(scalar.config.input).not.toHaveProperty('[1].reshape')
  expect(scalar.said).toEqual([
    'warning max_batch_size: The model cannot be batched: its inputs and outputs have no free first dimension',
    'warning input[1].dims: "scale" is a scalar, which Triton does not know where nothing is batched: written as one element',
  ])
  const fixed = await draft(staticBatchModel(4), { name: 'm' })
  expect(fixed.config).toMatchObject({ max_batch_size: 0, input: [{ dims: [4, 3, 16, 16] }] })
  expect(fixed.said).toEqual([])
  const mixed = await draft(mixedInputModel(), { name: 'm', warmupBatch: 1 })
  expect(mixed.config).toMatchObject({
    max_batch_size: 4,
    input: [
      { name: 'ids', data_type: 'TYPE_INT64', dims: [-1] },
      { name: 'x', data_type: 'TYPE_FP32', dims: [-1] },
      { name: 'text', data_type: 'TYPE_STRING', dims: [1], reshape: { shape: [] } },
    ],
  })
  expect(mixed.said).toEqual(['warning model_warmup: The warm-up takes 1 for the free sizes of ids, x'])
})

test('what no file tells is a problem, not a guess', async () => {
  expect((await draft(undefined, { name: 'm' })).said).toEqual(['error backend: No model file is named'])
  const unknown = await draft(undefined, { name: 'm', modelPath: '/x/model.bin' })
  expect(unknown.said[0]).toBe('error backend: model.bin has no known extension')
  const engine = await draft(undefined, { name: 'm', modelPath: '/x/model.engine', tensorrt: { precision: 'FP16' } })
  expect(engine.config).toMatchObject({ backend: 'tensorrt' })
  expect(engine.said).toContain('warning optimization: Only ONNX models can be accelerated by TensorRT')
  const parts = await draft(
    undefined,
    { name: 'm', ensemble: [{ model: 'no', inputMap: {}, outputMap: {} }] },
    tempFolder(),
  )
  expect(parts.said).toContain(
    'error ensemble_scheduling.step[0].model_name: There is no model "no" in this repository',
  )
})

describe.skipIf(withoutTriton)('a real Triton that completes nothing', () => {
  let server: TestServer
  const models = mkdtempSync(join(tmpdir(), 'batchscope-drafts-'))
  const put = (folder: string, name: string, text: string) => {
    mkdirSync(join(folder, name, '1'), { recursive: true })
    writeFileSync(join(folder, name, 'config.pbtxt'), text)
    // Takes whatever its configuration says.
    writeFileSync(
      join(folder, name, '1', 'model.py'),
      'import triton_python_backend_utils as pb\nclass TritonPythonModel:\n    def execute(self, requests):\n        return [pb.InferenceResponse([]) for _ in requests]\n',
    )
  }
  beforeAll(async () => {
    put(
      models,
      'first',
      'backend: "python" max_batch_size: 8 input { name: "A" data_type: TYPE_FP32 dims: 4 } output { name: "B" data_type: TYPE_FP32 dims: 4 }',
    )
    server = await startTriton({
      models,
      load: ['first'],
      extra: ['--disable-auto-complete-config', '--cache-config=local,size=1048576'],
    })
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(models, { recursive: true })
  })

  // The onnxruntime backend is not installed here: the python backend takes its place in drafts from ONNX files.
  const cases: [string, () => ReturnType<typeof draft>][] = [
    [
      'every CPU option',
      () =>
        draft(identityModel(), {
          name: 'all',
          maxBatchSize: 16,
          dynamicBatching: { preferredBatchSizes: [4, 16], maxQueueDelayMicroseconds: 500 },
          instances: [{ kind: 'KIND_CPU', count: 2 }],
          responseCache: true,
          warmupBatch: 8,
        }),
    ],
    [
      'a TensorRT accelerator',
      () => draft(identityModel(), { name: 'trt', tensorrt: { precision: 'FP16', maxWorkspaceBytes: 1 << 30 } }),
    ],
    ['a scalar', () => draft(scalarInputModel(), { name: 'scalar' })],
    ['a fixed batch', () => draft(staticBatchModel(4), { name: 'fixed' })],
    ['texts', () => draft(mixedInputModel(), { name: 'mixed' })],
    [
      'an ensemble',
      () =>
        draft(
          undefined,
          {
            name: 'twice',
            ensemble: [
              { model: 'first', inputMap: { A: 'IN' }, outputMap: { B: 'between' } },
              { model: 'first', inputMap: { A: 'between' }, outputMap: { B: 'OUT' } },
            ],
          },
          models,
        ),
    ],
  ]
  test.each(cases)('loads what is drafted: %s', async (_, make) => {
    const { config, text, said } = await make()
    expect(said.filter(one => one.startsWith('error'))).toEqual([])
    const name = String(config.name)
    put(server.models ?? '', name, text.replace('backend: "onnxruntime"', 'backend: "python"'))
    const answer = await fetch(`${server.httpUrl}/v2/repository/models/${name}/load`, { method: 'POST', body: '{}' })
    expect(
      await answer.text(),
      readFileSync(server.log ?? '', 'utf8')
        .split('\n')
        .slice(-6)
        .join('\n'),
    ).toBe('')
    const served: unknown = await (await fetch(`${server.httpUrl}/v2/models/${name}/config`)).json()
    const { backend: _backend, ...wanted } = config
    // The server adds what it takes for granted (instances, version policy); what was written stands as written.
    const { input, output, max_batch_size, dynamic_batching, ensemble_scheduling, response_cache, model_warmup } =
      wanted
    for (const [field, value] of Object.entries({
      max_batch_size,
      dynamic_batching,
      ensemble_scheduling,
      response_cache,
      model_warmup,
    }))
      if (value !== undefined) expect(served, field).toMatchObject({ [field]: value })
    expect(served).toMatchObject({ input, output })
  })
})
