import type { Point } from '#domain/point.ts'
import type { ServerModel } from '#domain/server.ts'
import { aPoint } from './points.ts'

/** A point at a server, closed loop, parts adding up; in accordance with Little's law. `more` overrides. */
export function serverPoint(
  { batch = 1, concurrency = 1, meanMs = 10, url = 'grpc://h:8001' },
  more: Partial<Point> = {},
): Point {
  const [queue, compute] = [0.1 * meanMs, 0.6 * meanMs]
  return aPoint(batch, meanMs, {
    runtime: 'triton',
    concurrency,
    latencyMs: { mean: meanMs, p50: meanMs, p90: meanMs },
    inferPerSec: (1000 * batch * concurrency) / meanMs,
    transport: { protocol: url.startsWith('http') ? 'http' : 'grpc', sharedMemory: 'none', url },
    partsMs: {
      clientSend: 0.01 * meanMs,
      network: 0.28 * meanMs,
      queue,
      computeInput: 0,
      computeInfer: compute,
      computeOutput: 0,
      clientRecv: 0.01 * meanMs,
    },
    requests: { completed: 1000, errors: 0 },
    client: { cpuCores: 0.2 },
    windows: [{ durationMs: 6000, requests: 1000, errors: 0, inferPerSec: 100, counted: true }],
    server: {
      model: {
        name: 'm',
        version: '1',
        inferenceCount: 1000 * batch,
        executionCount: 1000,
        successCount: 1000,
        partsMs: { queue, computeInput: 0, computeInfer: compute, computeOutput: 0 },
      },
      composing: [],
    },
    ...more,
  })
}

/** A model with dynamic batching, one instance, one free-size input; `more` overrides. */
export function serverModel(more: Partial<ServerModel> = {}): ServerModel {
  return {
    name: 'm',
    version: '1',
    versions: ['1'],
    state: 'READY',
    platform: '',
    backend: 'python',
    maxBatchSize: 8,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3, 4] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 10] }],
    instances: [{ kind: 'KIND_CPU', count: 1, gpus: [] }],
    batching: 'dynamic',
    decoupled: false,
    responseCache: false,
    composing: [],
    ...more,
  }
}
