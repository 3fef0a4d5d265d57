import type { OnnxGraph } from '#formats/onnx-graph.ts'

/** A tensor that both models compute. */
export interface JoinedTensor {
  tensor: string
  candidate: string
  node: string
  operator: string
  /** Nodes on the longest way from an input. */
  depth: number
}

/** Nodes that only move or choose values: what they give has drifted before. */
const MOVES = new Set(['Constant', 'Identity', 'Cast', 'Shape', 'ConstantOfShape'])

/**
 * Nodes' outputs of the base that the candidate has too, in the base's order, which is topological: by the tensor's name,
 * else by the node's name and place. Converters keep the names of what they don't replace; but a node that was taken into
 * the one before it (quantisers do so with Relu) leaves its name to a tensor that is not the same, and is passed over.
 */
export function joinNodes(base: OnnxGraph, candidate: OnnxGraph): JoinedTensor[] {
  const byTensor = new Map(candidate.nodes.flatMap(({ operator, outputs }) => outputs.map(name => [name, operator])))
  const makers = new Map(base.nodes.flatMap(({ operator, outputs }) => outputs.map(name => [name, operator])))
  const byNode = new Map(candidate.nodes.filter(({ name }) => name !== '').map(node => [node.name, node]))
  const depths = new Map<string, number>()
  const joined: JoinedTensor[] = []
  for (const { name, operator, inputs, outputs } of base.nodes) {
    const depth = 1 + Math.max(0, ...inputs.map(input => depths.get(input) ?? 0))
    for (const [at, tensor] of outputs.entries()) {
      depths.set(tensor, depth)
      if (tensor === '' || MOVES.has(operator)) continue
      const maker = byTensor.get(tensor)
      if (maker !== undefined && maker !== operator && inputs.some(input => makers.get(input) === maker)) continue
      const other = maker !== undefined ? tensor : sameNode(byNode.get(name), operator, at)
      if (other !== undefined) joined.push({ tensor, candidate: other, node: name || tensor, operator, depth })
    }
  }
  return joined
}

function sameNode(node: OnnxGraph['nodes'][number] | undefined, operator: string, at: number): string | undefined {
  return node?.operator === operator ? node.outputs[at] : undefined
}
