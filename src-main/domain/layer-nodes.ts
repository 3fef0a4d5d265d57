import type { Layer } from './layer.ts'

/** Copies between layouts belong to no node: their names quote the layer they feed. */
const COPY = /^(?:Reformatting CopyNode for|reformat|copied_)/i

/**
 * Nodes of the ONNX model a layer was made of: as its metadata tells them (TensorRT 9 and later), else as its name
 * spells them. `a + b` and `a || b` are fusions, `PWN(…)` wraps pointwise nodes, `{ForeignNode[a...b]}` tells the
 * first and the last of a range. A layer that names none (a copy, a generated name) gives an empty list.
 */
export function layerNodes({ name, onnxNodes }: Layer): readonly string[] {
  if (onnxNodes !== undefined) return onnxNodes
  if (COPY.test(name) || name.startsWith('__my')) return []
  const plain = name.replaceAll(/\{?ForeignNode\[|\]\}?|PWN\(|\)(?=\s|,|$)/g, ' ')
  return [...new Set(plain.split(/ \+ | \|\| |\.\.\.|,\s+/).map(part => part.trim()))].filter(part => part !== '')
}
