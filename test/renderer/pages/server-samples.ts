import type { ModelStatistics, ServerInfo, ServerModel, ServerSample } from '#domain/server.ts'
import type { Engine } from '../../../src-renderer/engine.ts'

/** An engine with only the calls that a test scripts; any other call is a mistake of the test and says so. */
export function scripted<Area extends 'servers' | 'repository'>(
  area: Area,
  calls: { [name in keyof Engine[Area]]?: (input: never, options?: never) => unknown },
): Pick<Engine, Area> {
  const known: Record<string, unknown> = { ...calls }
  const proxy = new Proxy(known, {
    get: (own, name) => own[String(name)] ?? (() => Promise.reject(new Error(`not scripted: ${area}.${String(name)}`))),
  })
  const engine: unknown = { [area]: proxy }
  return engine as Pick<Engine, Area> // a double: the proxy answers every name
}

export function serverModel(change: Partial<ServerModel> = {}): ServerModel {
  return {
    name: 'image_cls',
    version: '1',
    versions: ['1'],
    state: 'READY',
    maxBatchSize: 8,
    inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 3, 224, 224] }],
    outputs: [{ name: 'probs', datatype: 'FP32', shape: [-1, 1000] }],
    instances: [],
    composing: [],
    ...change,
  }
}

export function serverInfo(models: ServerModel[], change: Partial<ServerInfo> = {}): ServerInfo {
  return {
    url: 'http://localhost:8000',
    protocol: 'http',
    name: 'triton',
    version: '2.51.0',
    extensions: [],
    live: true,
    ready: true,
    abilities: { statistics: { has: true } },
    models,
    ...change,
  }
}

/** Counters after `requests` of batch 4, joined by pairs: 2 ms in the queue and 3 ms of compute each. */
export function counters(requests: number, change: Partial<ModelStatistics> = {}): ModelStatistics {
  const part = (ms: number) => ({ count: requests, ns: requests * ms * 1e6 })
  return {
    name: 'image_cls',
    version: '1',
    lastInferenceMs: 0,
    inferenceCount: requests * 4,
    executionCount: requests / 2,
    success: part(5.5),
    fail: { count: 0, ns: 0 },
    queue: part(2),
    computeInput: part(0.25),
    computeInfer: part(3),
    computeOutput: part(0.25),
    batches: [],
    ...change,
  }
}

export function sample(atMs: number, statistics?: ModelStatistics[], change: Partial<ServerSample> = {}): ServerSample {
  return { atMs, missing: [], ...(statistics ? { statistics } : {}), ...change }
}
