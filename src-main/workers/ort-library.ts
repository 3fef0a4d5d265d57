import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-node'
import type { Binding } from 'onnxruntime-node/dist/binding.js'
import type { OrtCpuOptions } from './ort-options.ts'

/*
 * The one door to onnxruntime-node.
 *
 * It calls the addon's own session class, not the package's `InferenceSession`: that one waits for the next turn of
 * Node's event loop (`setImmediate`) in front of each call and walks through two more layers of checks and promises.
 * Measured with 1.30.0 on 2 vCPUs, median of 10 alternating slices: an empty model 5.6 µs here against 7.8 µs there,
 * a 0.18 ms model 179.7 µs against 186.0 µs; Python's `run` takes 4.3 µs and 177.4 µs. Those 6 µs are Node's, not the
 * model's. A test compares the results of both ways.
 */

/** Element types as numbers in the addon's metadata: ONNX's TensorProto.DataType. */
export interface OrtValueInfo {
  name: string
  isTensor: boolean
  typeCode: number
  /** Symbolic dimensions by name, '' for unnamed. */
  shape: (number | string)[]
}

export type OrtFeeds = Record<string, Tensor>
export type OrtOutputs = Record<string, Tensor>

/** A loaded model. `run` computes on this thread and returns when its outputs are in JavaScript memory. */
export interface OrtSession {
  inputs: OrtValueInfo[]
  outputs: OrtValueInfo[]
  /** Prepares a call with these inputs and all outputs; the function it gives allocates nothing of its own. */
  prepare(feeds: OrtFeeds): () => OrtOutputs
  /** Writes what the profiler recorded; only for a session created with a `profilePrefix`. */
  endProfiling(): void
}

export interface OrtLibrary {
  version: string
  /** @param profilePrefix with it the session is profiled: ONNX Runtime writes to this path with a time and `.json` behind it */
  createSession(source: string | Uint8Array<ArrayBuffer>, options: OrtCpuOptions, profilePrefix?: string): OrtSession
  Tensor: TensorConstructor
}

/** Loads the native library: about 20 ms and 30 MB, so it happens when it is first needed, not at import. */
export async function loadOrt(): Promise<OrtLibrary> {
  const { default: ort } = await import('onnxruntime-node')
  const { binding, initOrt } = await import('onnxruntime-node/dist/binding.js')
  initOrt()
  return {
    version: ort.env.versions.node ?? ort.env.versions.common,
    createSession(source, options, profilePrefix) {
      const session = new binding.InferenceSession()
      // Without the prefix `enableProfiling` alone does nothing (onnxruntime-node 1.30).
      const profiling = profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }
      const native = { ...sessionOptions(options), ...profiling }
      if (typeof source === 'string') session.loadModel(source, native)
      else session.loadModel(source.buffer, source.byteOffset, source.byteLength, native)
      const outputs = session.outputMetadata.map(valueInfo)
      const fetches = Object.fromEntries(outputs.map(({ name }) => [name, null]))
      const runOptions = {}
      return {
        inputs: session.inputMetadata.map(valueInfo),
        outputs,
        prepare: feeds => () => session.run(feeds, fetches, runOptions) as OrtOutputs,
        endProfiling: () => session.endProfiling(),
      }
    },
    Tensor: ort.Tensor,
  }
}

/** 0 threads and everything unset stay ONNX Runtime's own choice: a value is only passed where it says something. */
export function sessionOptions(options: OrtCpuOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    ...(options.intraOpThreads === 0 ? {} : { intraOpNumThreads: options.intraOpThreads }),
    ...(options.interOpThreads === 0 ? {} : { interOpNumThreads: options.interOpThreads }),
    graphOptimizationLevel: options.graphOptimization,
    executionMode: options.executionMode,
    enableMemPattern: options.memoryPattern,
    enableCpuMemArena: options.memoryArena,
  }
}

function valueInfo({ name, isTensor, type, shape = [], symbolicDimensions = [] }: Binding.ValueMetadata): OrtValueInfo {
  return {
    name,
    isTensor,
    typeCode: type,
    shape: shape.map((size, at) => (size >= 0 ? size : (symbolicDimensions[at] ?? ''))),
  }
}
