import type { ModelConfig, RepositoryModel, StartedServer } from '#domain/repository.ts'
import type { Ability, InferAnswer, MetricSample, ModelStatistics, ServerInfo, ServerModel } from '#domain/server.ts'

/** A server as a real one answers (Triton 2.51 without a GPU, seen here), with invented GPU metrics beside it. */

function serverModel(change: Partial<ServerModel> & Pick<ServerModel, 'name'>): ServerModel {
  return {
    version: '1',
    versions: ['1'],
    state: 'READY',
    platform: '',
    backend: 'python',
    maxBatchSize: 8,
    inputs: [{ name: 'INPUT0', datatype: 'FP32', shape: [-1, -1] }],
    outputs: [{ name: 'OUTPUT0', datatype: 'FP32', shape: [-1, -1] }],
    instances: [{ kind: 'KIND_CPU', count: 1, gpus: [] }],
    batching: 'dynamic',
    decoupled: false,
    responseCache: false,
    composing: [],
    ...change,
  }
}

const unloaded = { version: undefined, versions: [], backend: undefined, platform: undefined, maxBatchSize: undefined }
const BROKEN_REASON =
  'Internal: RuntimeError: the weights are not here\n\nAt:\n  /models/broken/1/model.py(3): initialize\n'

export const serverModels: readonly ServerModel[] = [
  serverModel({
    name: 'broken',
    ...unloaded,
    versions: ['1'],
    state: 'UNAVAILABLE',
    reason: BROKEN_REASON,
    inputs: [],
    outputs: [],
    instances: [],
    batching: undefined,
  }),
  serverModel({ name: 'delay', inputs: [{ name: 'INPUT0', datatype: 'FP32', shape: [-1, 1] }] }),
  serverModel({
    name: 'ensemble',
    platform: 'ensemble',
    backend: '',
    maxBatchSize: 64,
    batching: 'ensemble',
    instances: [],
    inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 3, 224, 224] }],
    outputs: [{ name: 'probs', datatype: 'FP32', shape: [-1, 1000] }],
    composing: [
      { name: 'image_cls', version: '-1' },
      { name: 'identity_fp32', version: '-1' },
    ],
  }),
  serverModel({ name: 'identity_fp32', maxBatchSize: 64 }),
  serverModel({
    name: 'image_cls',
    maxBatchSize: 128,
    instances: [{ kind: 'KIND_CPU', count: 2, gpus: [] }],
    inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 3, 224, 224] }],
    outputs: [{ name: 'probs', datatype: 'FP32', shape: [-1, 1000] }],
  }),
  serverModel({
    name: 'mnist_digit',
    maxBatchSize: 32,
    inputs: [{ name: 'IMAGE', datatype: 'FP32', shape: [-1, 1, 28, 28] }],
    outputs: [{ name: 'SCORES', datatype: 'FP32', shape: [-1, 10], hasLabels: true }],
  }),
  serverModel({
    name: 'strings',
    ...unloaded,
    state: 'UNAVAILABLE',
    reason: 'unloaded',
    inputs: [],
    outputs: [],
    instances: [],
    batching: undefined,
  }),
]

/** Cold, as it comes back after a load. */
export const loadedStrings = serverModel({
  name: 'strings',
  maxBatchSize: 16,
  inputs: [{ name: 'TEXT', datatype: 'BYTES', shape: [-1, -1] }],
  outputs: [
    { name: 'UPPER', datatype: 'BYTES', shape: [-1, -1] },
    { name: 'LENGTH', datatype: 'INT32', shape: [-1, -1] },
  ],
})

const closed = (what: string): Ability => ({
  has: false,
  why: `This API is restricted, expecting header 'triton-access-token'`,
  hint: `Give the access token under Connection to open ${what}.`,
})

/** `restricted` in the address: a PyTriton that wants its token. */
export function serverInfo(url: string, models: readonly ServerModel[]): ServerInfo {
  const restricted = url.includes('restricted')
  const has: Ability = { has: true }
  const unlessClosed = (what: string) => (restricted ? closed(what) : has)
  return {
    url,
    protocol: url.startsWith('grpc') ? 'grpc' : 'http',
    name: 'triton',
    version: '2.51.0',
    extensions: ['classification', 'sequence', 'model_repository', 'statistics', 'trace', 'logging'],
    live: true,
    ready: !models.some(model => model.reason === BROKEN_REASON),
    abilities: {
      statistics: unlessClosed('statistics'),
      metrics: restricted
        ? { has: false, why: 'Nothing answers at http://localhost:8002/metrics', hint: 'Give the metrics address.' }
        : has,
      systemSharedMemory: unlessClosed('shared memory'),
      cudaSharedMemory: {
        has: false,
        why: 'The server shows no GPU',
        hint: 'CUDA shared memory needs a GPU in its metrics.',
      },
      repository: unlessClosed('the model list'),
      modelControl: unlessClosed('model control'),
      trace: unlessClosed('tracing'),
      logging: unlessClosed('log settings'),
    },
    models: restricted ? models.filter(model => model.state === 'READY').slice(0, 2) : [...models],
    roundTripMs: 0.42,
  }
}

const PYTHON_CONFIG = `# One pass over the pixels.
name: "image_cls"
backend: "python"
max_batch_size: 128
input [
  { name: "image" data_type: TYPE_FP32 dims: [ 3, 224, 224 ] }
]
output [
  { name: "probs" data_type: TYPE_FP32 dims: [ 1000 ] }
]
instance_group [ { count: 2 kind: KIND_CPU } ]
dynamic_batching {
  preferred_batch_size: [ 4, 8, 16, 32 ]  # as the clients send
  max_queue_delay_microseconds: 500
}
`

export function configTextOf(name: string): string {
  return PYTHON_CONFIG.replace('image_cls', name)
}

export const BROKEN_CONFIG = `name: "half_done"
backend: "onnxruntime"
max_batch_size: 8
input [
  { name: "x" data_type: TYPE_FP23 dims: [ 3 ] }
]
`

/** Requests at about `perSec` since `sinceMs`, half of them waiting 0.4 ms. */
export function statistics(name: string, seconds: number, perSec: number): ModelStatistics {
  const count = Math.round(perSec * (seconds + 3 * Math.sin(seconds / 7)))
  /** `ms` on average, a fifth more or less in turn; ever growing, as a counter does. */
  const part = (ms: number) => ({
    count,
    ns: Math.round(ms * 1e6 * perSec * (seconds + 3 * Math.sin(seconds / 7) + 2.2 * (1 - Math.cos(seconds / 11)))),
  })
  return {
    name,
    version: '1',
    lastInferenceMs: 0,
    inferenceCount: count * 4,
    executionCount: Math.round(count * 0.6),
    success: part(4.2),
    fail: { count: 0, ns: 0 },
    queue: part(0.43),
    computeInput: part(0.34),
    computeInfer: part(1.99),
    computeOutput: part(0.53),
    batches: [],
  }
}

export function metrics(seconds: number): MetricSample[] {
  const gauge = (name: string, value: number, labels: Record<string, string> = {}): MetricSample => ({
    name,
    type: 'gauge',
    labels,
    value,
  })
  const wave = Math.sin(seconds / 9)
  return ['GPU-0b1c', 'GPU-77aa']
    .flatMap((gpu_uuid, index) => [
      gauge('nv_gpu_utilization', 0.6 - 0.3 * index + 0.2 * wave, { gpu_uuid }),
      gauge('nv_gpu_power_usage', 180 - 70 * index + 30 * wave, { gpu_uuid }),
      gauge('nv_gpu_memory_used_bytes', 6.1e9 - 2e9 * index, { gpu_uuid }),
    ])
    .concat([
      gauge('nv_cpu_utilization', 0.35 + 0.1 * wave),
      gauge('nv_cpu_memory_used_bytes', 9.4e9 + 1e8 * wave),
      gauge('nv_inference_pending_request_count', Math.max(0, Math.round(3 * wave)), {
        model: 'image_cls',
        version: '1',
      }),
      gauge('nv_inference_pending_request_count', 0, { model: 'delay', version: '1' }),
    ])
}

export function answerOf(model: ServerModel, top: number): InferAnswer {
  const classes = [
    { index: 1, score: 0.806225, label: 'one' },
    { index: 3, score: 0.129099, label: 'three' },
    { index: 2, score: 0.0612, label: 'two' },
  ].slice(0, top)
  return {
    modelVersion: '1',
    responses: [
      {
        afterMs: 4.31,
        outputs: model.outputs.map(({ name, datatype, shape }) => ({
          name,
          datatype,
          shape: shape.map(size => Math.abs(size)),
          values: Array.from({ length: 100 }, (_, index) => (index / 1000).toFixed(4)),
          count: 1000,
          minimum: 0.0000124,
          maximum: 0.806225,
          ...(top > 0 ? { top: [classes] } : {}),
        })),
      },
    ],
    timing: {
      totalMs: 4.31,
      sendMs: 0.21,
      waitMs: 3.9,
      receiveMs: 0.2,
      requestBytes: 602_340,
      responseBytes: 4120,
    },
    inputs: model.inputs.map(({ name }) => ({
      name,
      facts: { source: 'random, seed 0', shape: [1, 3, 224, 224], range: '0 to 1' },
    })),
    curl: `curl -s http://localhost:8000/v2/models/${model.name}/infer \\\n  -H 'Content-Type: application/json' \\\n  -d @request.json`,
    python: `import numpy as np\nimport tritonclient.http as http\n\nclient = http.InferenceServerClient("localhost:8000")\nimage = http.InferInput("${model.inputs[0]?.name ?? 'x'}", [1, 3, 224, 224], "FP32")\nprint(client.infer("${model.name}", [image]).get_response())`,
  }
}

export function repositoryModel(name: string, text: string, config?: ModelConfig): RepositoryModel {
  return {
    name,
    path: `/models/${name}`,
    versions: [{ version: '1', files: [{ name: 'model.onnx', bytes: 46_800_000 }] }],
    configText: text,
    ...(config ? { config } : {}),
    problems: [],
  }
}

export function startedServer(change: Partial<StartedServer> = {}): StartedServer {
  return {
    id: 's1',
    repositoryPath: '/models',
    how: 'local',
    command: 'tritonserver --model-repository=/models --http-port=40101 --grpc-port=40102 --metrics-port=40103',
    status: 'starting',
    httpUrl: 'http://127.0.0.1:40101',
    grpcUrl: 'grpc://127.0.0.1:40102',
    metricsUrl: 'http://127.0.0.1:40103/metrics',
    startedAt: '2026-11-21T10:00:00.000Z',
    ...change,
  }
}
