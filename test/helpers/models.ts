import type { RuntimeInfo } from '#domain/machine.ts'
import { Model, type TensorSpec } from '#domain/model.ts'

/** A model record as `inspectModel` would give it, for tests of what is decided from one. */
export function modelWith(inputs: TensorSpec[], more: Partial<Model> = {}): Model {
  return Model.parse({
    path: '/models/net.onnx',
    name: 'net.onnx',
    format: 'onnx',
    bytes: 1000,
    sha256: 'ab'.repeat(32),
    inputs,
    outputs: [],
    ...more,
  })
}

export function tensor(name: string, shape: (number | string)[], dtype: TensorSpec['dtype'] = 'float32'): TensorSpec {
  return { name, kind: 'tensor', dtype, shape }
}

export const readyRuntime: RuntimeInfo = {
  id: 'ort-cpu',
  title: 'ONNX Runtime · CPU',
  device: 'cpu',
  includes: ['compute'],
  precisions: ['model'],
  readiness: { ready: true },
  optionsSchema: {},
}
