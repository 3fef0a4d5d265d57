import { extname } from 'node:path'

/** Backend ↔ the name of its file in a version folder, and the older `platform` name. Source: Triton, model_configuration.md. */
export interface Backend {
  id: string
  platform?: string
  file: string
  /** Extensions a model file of this backend comes with. */
  extensions: readonly string[]
  /** What Triton finds in the file by itself when the configuration leaves it out. */
  completes: string
}

const BACKENDS: readonly Backend[] = [
  {
    id: 'onnxruntime',
    platform: 'onnxruntime_onnx',
    file: 'model.onnx',
    extensions: ['.onnx'],
    completes: 'inputs, outputs and batching',
  },
  {
    id: 'tensorrt',
    platform: 'tensorrt_plan',
    file: 'model.plan',
    extensions: ['.plan', '.engine', '.trt'],
    completes: 'inputs, outputs and batching, from the engine',
  },
  { id: 'pytorch', platform: 'pytorch_libtorch', file: 'model.pt', extensions: ['.pt', '.ts'], completes: 'nothing' },
  {
    id: 'python',
    file: 'model.py',
    extensions: ['.py'],
    completes: 'what auto_complete_config of the model says',
  },
  { id: 'openvino', file: 'model.xml', extensions: ['.xml'], completes: 'inputs and outputs' },
]

export const MODEL_EXTENSIONS = BACKENDS.flatMap(({ extensions }) => extensions)

export function backendOfFile(path: string): Backend | undefined {
  const extension = extname(path).toLowerCase()
  return BACKENDS.find(({ extensions }) => extensions.includes(extension))
}

/** By `backend`, else by `platform`. */
export function backendOfConfig({ backend, platform }: Record<string, unknown>): Backend | undefined {
  return BACKENDS.find(known =>
    backend ? known.id === backend : platform !== undefined && known.platform === platform,
  )
}
