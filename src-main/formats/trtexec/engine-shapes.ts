import type { LayerTable } from '#domain/layer.ts'

/** Shapes of the engine's inputs, from the layers that read them: bindings that no layer writes. */
export function inputShapes({ bindings = [], layers }: LayerTable): Record<string, number[]> {
  const written = new Set(layers.flatMap(({ outputs = [] }) => outputs.map(({ name }) => name)))
  const shapes: Record<string, number[]> = {}
  for (const { inputs = [] } of layers) {
    for (const { name, dims } of inputs) {
      if (dims !== undefined && bindings.includes(name) && !written.has(name)) shapes[name] ??= dims
    }
  }
  return shapes
}
