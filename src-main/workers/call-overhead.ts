import type { OrtLibrary } from './ort-library.ts'
import { OrtCpuOptions } from './ort-options.ts'
import { Samples } from './samples.ts'
import { timeCalls } from './timed-loop.ts'

/** ONNX file of one Identity node, float32 [1] → [1]; a test writes it with our ONNX writer and compares. */
export const IDENTITY_MODEL_BASE64 =
  'CAgSCmJhdGNoc2NvcGU6QQoTCgF4EgF5GgF5IghJZGVudGl0eRIIaWRlbnRpdHlaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgQKABAN'

const WARMUP_CALLS = 200
const CALLS = 2000

/**
 * Median latency in µs of a model that does nothing, through the path that every point takes: what each latency
 * contains besides the model. Takes about 20 ms.
 */
export function callOverheadUs(ort: OrtLibrary): number {
  const session = ort.createSession(
    new Uint8Array(Buffer.from(IDENTITY_MODEL_BASE64, 'base64')),
    OrtCpuOptions.parse({ intraOpThreads: 1, interOpThreads: 1 }),
  )
  const call = { run: session.prepare({ x: new ort.Tensor('float32', Float32Array.of(1), [1]) }), release: () => {} }
  const samples = new Samples()
  timeCalls(call, samples, WARMUP_CALLS, Number.POSITIVE_INFINITY)
  const counted = samples.count
  timeCalls(call, samples, CALLS, Number.POSITIVE_INFINITY)
  return samples.medianMs(counted) * 1000
}
