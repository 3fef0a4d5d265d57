import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { z } from 'zod'
import type { Dtype } from '#domain/model.ts'
import { startWorker } from '../../native-tools/start-worker.ts'
import { encodeModel, type NodeSpec, type ValueSpec, type WeightSpec } from '../../resources/onnx-writer.ts'
import type { PointTask } from '../../src-main/runtimes/define.ts'
import { ortCpu } from '../../src-main/runtimes/ort-cpu.ts'
import { BenchMessage, type BenchResult } from '../../src-main/workers/bench-protocol.ts'

export const SAMPLE_MODEL = fileURLToPath(new URL('../../resources/sample-model.onnx', import.meta.url))

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Measuring {
  modelPath: string
  shapes: Record<string, number[]>
  task?: Partial<PointTask>
  options?: z.input<typeof ortCpu.options>
  onMessage?: (message: BenchMessage) => void
}

/** Measures one short point through the real worker process. */
export async function measure({
  modelPath,
  shapes,
  task = {},
  options = {},
  onMessage,
}: Measuring): Promise<BenchResult> {
  const call = ortCpu.child(
    {
      modelPath,
      modelSha256: createHash('sha256').update(readFileSync(modelPath)).digest('hex'),
      precision: 'model',
      batch: 1,
      repeat: 1,
      shapes,
      data: {},
      warmup: 2,
      minIterations: 5,
      minDurationMs: 0,
      maxDurationMs: 2000,
      ...task,
    },
    ortCpu.options.parse({ intraOpThreads: 1, ...options }),
  )
  const worker = startWorker(call.worker, call.input, {
    schema: BenchMessage,
    timeoutMs: 30_000,
    ...(call.affinity === undefined ? {} : { affinity: call.affinity }),
    ...(onMessage ? { onMessage } : {}),
  })
  return (await worker.done).result
}

export interface TinyModel {
  nodes: NodeSpec[]
  inputs: ValueSpec[]
  outputs: ValueSpec[]
  weights?: WeightSpec[]
  opset?: number
  irVersion?: number
  domain?: string
}

/** A small ONNX file for a test. */
export function tinyModel({ opset = 17, irVersion = 8, domain, ...graph }: TinyModel): Uint8Array<ArrayBuffer> {
  const opsets = [{ domain: '', version: opset }, ...(domain === undefined ? [] : [{ domain, version: 1 }])]
  return new Uint8Array(encodeModel({ producer: 'test', irVersion, opsets, graph: { name: 'test', ...graph } }))
}

/** One node, one input, one output of the same type. */
export function oneNode(
  op: string,
  dtype: Dtype,
  rest: Partial<TinyModel> & { domain?: string } = {},
): Uint8Array<ArrayBuffer> {
  const value = (name: string): ValueSpec => ({ name, dtype, shape: ['n', 2] })
  const node = { op, inputs: ['x'], outputs: ['y'], ...(rest.domain === undefined ? {} : { domain: rest.domain }) }
  return tinyModel({ nodes: [node], inputs: [value('x')], outputs: [value('y')], ...rest })
}

/** Writes a model into a temporary folder. @returns its path */
export function saved(bytes: Uint8Array, name = 'model.onnx'): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, bytes)
  return path
}
