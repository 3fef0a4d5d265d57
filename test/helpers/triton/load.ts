import { startWorker } from '../../../native-tools/start-worker.ts'
import type { Protocol } from '../../../src-main/domain/server.ts'
import {
  LOAD_NODE_FLAGS,
  type LoadInput,
  LoadMessage,
  type LoadResult,
} from '../../../src-main/workers/load-protocol.ts'
import type { TestServer } from './server.ts'

type Input = Partial<Omit<LoadInput, 'target'>> & { protocol?: Protocol; timeoutMs?: number }

/** Input of a short point on one of the test models; `overrides` change any of it. */
export function loadInput(
  server: Pick<TestServer, 'http' | 'grpc'>,
  model: keyof typeof MODELS,
  { protocol = 'grpc', timeoutMs: _, batch = 1, ...overrides }: Input = {},
): LoadInput {
  const { inputs, outputs, batches } = MODELS[model](batch)
  return {
    target: {
      protocol,
      host: '127.0.0.1',
      port: server[protocol],
      tls: false,
      connection: { headers: {}, timeoutMs: 5000 },
    },
    model,
    inputs,
    outputs,
    batch,
    batches,
    load: { kind: 'concurrency', concurrency: 1 },
    seed: 1,
    inputData: 'random',
    stringLength: 8,
    sharedMemory: 'none',
    outputSharedMemoryBytes: 102_400,
    streaming: false,
    window: { mode: 'time_windows', intervalMs: 400 },
    stabilityPercentage: 50,
    maxTrials: 10,
    warmupRequestCount: 10,
    requestTimeoutMs: 10_000,
    calibrationMs: 0,
    statisticsOf: [{ name: model }],
    ...overrides,
  }
}

/** Measures it through the real worker process. */
export async function measureLoad(
  input: LoadInput,
  {
    onMessage,
    onStart,
    signal,
  }: {
    onMessage?: (message: LoadMessage) => void
    onStart?: (pid: number | undefined) => void
    signal?: AbortSignal
  } = {},
): Promise<LoadResult> {
  const worker = startWorker('load-generator', input, {
    schema: LoadMessage,
    nodeFlags: LOAD_NODE_FLAGS,
    timeoutMs: 600_000 + (input.window.mode === 'duration' ? input.window.durationMs : 0),
    ...(onMessage === undefined ? {} : { onMessage }),
    ...(signal === undefined ? {} : { signal }),
  })
  onStart?.(worker.pid)
  return (await worker.done).result
}

const tensor = (name: string, datatype: string, shape: number[]) => ({ name, datatype, shape })

/** The models of `triton-models/` as the API takes them. */
const MODELS = {
  identity_fp32: (batch: number) => ({
    inputs: [tensor('INPUT0', 'FP32', [batch, 16])],
    outputs: [tensor('OUTPUT0', 'FP32', [batch, -1])],
    batches: true,
  }),
  delay: (batch: number) => ({
    inputs: [tensor('INPUT0', 'FP32', [batch, 1])],
    outputs: [tensor('OUTPUT0', 'FP32', [batch, 1])],
    batches: true,
  }),
  flaky: (batch: number) => ({
    inputs: [tensor('INPUT0', 'FP32', [batch, 4])],
    outputs: [tensor('OUTPUT0', 'FP32', [batch, -1])],
    batches: true,
  }),
  image_cls: (batch: number) => ({
    inputs: [tensor('image', 'FP32', [batch, 3, 224, 224])],
    outputs: [tensor('probs', 'FP32', [batch, 1000])],
    batches: true,
  }),
  ensemble: (batch: number) => ({
    inputs: [tensor('image', 'FP32', [batch, 3, 224, 224])],
    outputs: [tensor('probs', 'FP32', [batch, 1000])],
    batches: true,
  }),
  strings: (batch: number) => ({
    inputs: [tensor('TEXT', 'BYTES', [batch, 2])],
    outputs: [tensor('UPPER', 'BYTES', [batch, -1]), tensor('LENGTH', 'INT32', [batch, -1])],
    batches: true,
  }),
  repeat: (_: number) => ({
    inputs: [tensor('COUNT', 'INT32', [1]), tensor('DELAY_MS', 'FP32', [1])],
    outputs: [tensor('INDEX', 'INT32', [1])],
    batches: false,
  }),
}
