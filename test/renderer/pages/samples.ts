import type { Model } from '#domain/model.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Point } from '#domain/point.ts'
import type { Run, RunEvent, RunSummary } from '#domain/run.ts'
import type { Engine } from '../../../src-renderer/engine.ts'

/** Only what a test scripts exists: any other call fails the test with its name. */
export type Script = { [area in keyof Engine]?: { [call in keyof Engine[area]]?: (...args: never[]) => unknown } }

/** An engine that answers from a script. */
export function scriptedEngine(script: Script): Engine {
  const area = (areaName: string, calls: Record<string, unknown>) =>
    new Proxy(calls, {
      get: (known, name) =>
        known[String(name)] ?? (() => Promise.reject(new Error(`not scripted: ${areaName}.${String(name)}`))),
    })
  const areas = ['sessions', 'runs', 'models', 'servers', 'runtimes', 'tools', 'settings', 'system', 'traces'] as const
  const engine: unknown = Object.fromEntries(areas.map(name => [name, area(name, { ...script[name] })]))
  return engine as Engine // a double: the proxies above answer every name
}

/** Rejects like a call that the engine refused. */
export function refuse(message: string): () => Promise<never> {
  return () => Promise.reject(new Error(message))
}

export function point(change: Partial<Point> = {}): Point {
  const batch = change.batch ?? 1
  return {
    id: `p${change.index ?? 0}`,
    index: 0,
    runtime: 'ort-cpu',
    device: 'cpu',
    precision: 'fp32',
    batch,
    concurrency: 1,
    repeat: 1,
    shapes: {},
    status: 'done',
    startedAt: '2026-11-21T10:00:00.000Z',
    latencyMs: { p50: batch, p99: 1.2 * batch },
    inferPerSec: 1000,
    flags: [],
    ...change,
  }
}

export function summary(change: Partial<RunSummary> = {}): RunSummary {
  return {
    id: 'run1',
    kind: 'bench',
    title: 'tiny.onnx',
    status: 'done',
    createdAt: '2026-11-21T10:00:00.000Z',
    pointCount: 0,
    failedPointCount: 0,
    notes: '',
    ...change,
  }
}

export function run(change: Partial<Run> = {}): Run {
  return {
    ...summary(),
    spec: { modelPath: '/models/tiny.onnx' },
    command: 'batchscope bench /models/tiny.onnx',
    notices: [],
    points: [],
    findings: [],
    ...change,
  }
}

export function model(change: Partial<Model> = {}): Model {
  return {
    path: '/models/tiny.onnx',
    name: 'tiny.onnx',
    format: 'onnx',
    bytes: 1000,
    sha256: 'ab'.repeat(32),
    externalData: [],
    inputs: [{ name: 'x', kind: 'tensor', dtype: 'float32', shape: ['N', 3, 32, 32] }],
    outputs: [],
    weights: [],
    operators: [],
    opsets: [],
    ...change,
  }
}

export function plan(change: Partial<RunPlan> = {}): RunPlan {
  return {
    kind: 'bench',
    title: 'tiny.onnx',
    subtitle: 'ONNX Runtime · CPU · 8 batches',
    command: 'batchscope bench /models/tiny.onnx',
    pointCount: 8,
    notices: [],
    problems: [],
    inputs: [{ name: 'x', dtype: 'float32', modelShape: ['N', 3, 32, 32], batchAxis: 0, itemShape: [3, 32, 32] }],
    batches: [1, 2, 4, 8, 16, 32, 64, 128],
    ...change,
  }
}

/** Numbers the events from 0, as the engine does. */
export function numbered(events: readonly DistributedOmit<RunEvent, 'seq'>[]): RunEvent[] {
  return events.map((event, seq) => ({ ...event, seq }))
}

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
