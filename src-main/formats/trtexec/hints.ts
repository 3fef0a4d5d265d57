import { shapeOf } from './shapes.ts'
import type { TrtexecHint } from './types.ts'

type Teller = readonly [RegExp, (groups: readonly string[]) => TrtexecHint | undefined]

const TELLERS: readonly Teller[] = [
  [/Throughput may be bound by Enqueue Time/, () => ({ kind: 'enqueue-bound' })],
  [
    /Throughput may be bound by (host-to-device|device-to-host) transfers/,
    ([way]) => ({ kind: 'transfer-bound', direction: way === 'host-to-device' ? 'h2d' : 'd2h' }),
  ],
  [
    /GPU compute time is unstable(?:, with coefficient of variance = ([\d.e+-]+)%)?/,
    ([percent]) => ({ kind: 'unstable', ...(percent ? { coefficientPercent: Number(percent) } : {}) }),
  ],
  [/Multiple inference streams are used/, () => ({ kind: 'multiple-streams' })],
  [/The engine uses (\d+) auxiliary streams/, ([streams]) => ({ kind: 'auxiliary-streams', streams: Number(streams) })],
  [/Some tactics do not have sufficient workspace memory/, () => ({ kind: 'workspace-short' })],
  [/encountered issues when converting weights between types/, () => ({ kind: 'weights-converted' })],
  [
    /- (\d+) weights are affected by this issue: (.*)/,
    ([weights, why = '']) => ({ kind: 'weights-affected', weights: Number(weights), why }),
  ],
  [/ONNX model has been generated with INT64 weights/, () => ({ kind: 'int64-weights' })],
  [/Detected layernorm nodes in FP16/i, () => ({ kind: 'layernorm-fp16' })],
  [/Using an engine plan file across different models of devices/, () => ({ kind: 'plan-of-other-device' })],
  [/CUDA lazy loading is not enabled/, () => ({ kind: 'no-lazy-loading' })],
  [/precisions have been specified - more performance might be enabled/, () => ({ kind: 'more-precisions' })],
  [
    /^Dynamic dimensions required for input: (.+), but no shapes were provided\. Automatically overriding shape to: ([\dx]+)/,
    assumed,
  ],
  // No blank between name and text, as printed.
  [/^Shape missing for input with dynamic shape: (.+?) ?Automatically setting shape to: ([\dx]+)/, assumed],
  [
    /^(--\w+ .*\bdeprecated\b.*|.*\bhave been deprecated in TensorRT\b.*)/,
    ([text = '']) => ({ kind: 'deprecated', text }),
  ],
  [/^The e2e network timing is not reported/, () => ({ kind: 'no-end-to-end' })],
  [/Skip layer timing collection in CUDA graph capture mode/, () => ({ kind: 'no-layer-times-in-graph' })],
]

function assumed([input = '', printed]: readonly string[]): TrtexecHint | undefined {
  const dims = shapeOf(printed)
  return dims === undefined ? undefined : { kind: 'shape-assumed', input, dims }
}

/** What a line of trtexec or TensorRT advises, typed. */
export function hintOf(text: string): TrtexecHint | undefined {
  for (const [pattern, tell] of TELLERS) {
    const match = pattern.exec(text)
    if (match !== null) return tell(match.slice(1))
  }
  return undefined
}
