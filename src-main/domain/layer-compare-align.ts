import type { Layer } from './layer.ts'
import { layerNodes } from './layer-nodes.ts'

/** `nodes`: they were made of the same nodes of the model. `name`: same name. `order`: same type and output shapes, in the same order. */
export type LayerMatch = 'nodes' | 'name' | 'order'

export interface AlignedLayers {
  base: Layer[]
  other: Layer[]
  by?: LayerMatch
}

/** Cells of the table that aligning by order needs: 2000 × 2000 layers take 16 MB and a tenth of a second. */
const MOST_CELLS = 4_000_000

/**
 * Puts layers of two engines that do the same work together: by the model's nodes, then by name, then, where nothing
 * names them (two exports of one network number their nodes differently), by type and output shapes in engine order.
 * Every layer is in exactly one of the results.
 */
export function alignedPairs(base: readonly Layer[], other: readonly Layer[]): AlignedLayers[] {
  const byNodes = pairsByNodes(base, other)
  const left = {
    base: without(
      base,
      byNodes.flatMap(pair => pair.base),
    ),
    other: without(
      other,
      byNodes.flatMap(pair => pair.other),
    ),
  }
  const byName = pairsByName(left.base, left.other)
  const rest = {
    base: without(
      left.base,
      byName.flatMap(pair => pair.base),
    ),
    other: without(
      left.other,
      byName.flatMap(pair => pair.other),
    ),
  }
  const byOrder = pairsByOrder(rest.base, rest.other)
  const pairs = [...byNodes, ...byName, ...byOrder]
  const found = new Map(pairs.flatMap(pair => pair.base.slice(0, 1).map(first => [first, pair] as const)))
  const taken = new Set(pairs.flatMap(pair => [...pair.base, ...pair.other]))
  return [
    ...base.flatMap(layer => found.get(layer) ?? (taken.has(layer) ? [] : { base: [layer], other: [] })),
    ...other.flatMap(layer => (taken.has(layer) ? [] : { base: [], other: [layer] })),
  ]
}

function without(layers: readonly Layer[], gone: readonly Layer[]): Layer[] {
  const set = new Set(gone)
  return layers.filter(layer => !set.has(layer))
}

/** Layers that share a node, through any number of steps, are one piece of work. */
function pairsByNodes(base: readonly Layer[], other: readonly Layer[]): AlignedLayers[] {
  const parents = new Map<string, string>()
  const rootOf = (node: string): string => {
    let root = node
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root)) root = next
    parents.set(node, root)
    return root
  }
  for (const layer of [...base, ...other]) {
    const [first, ...more] = layerNodes(layer)
    if (first !== undefined) for (const node of more) parents.set(rootOf(node), rootOf(first))
  }
  const pieces = new Map<string, AlignedLayers>()
  const put = (layer: Layer, side: 'base' | 'other') => {
    const [first] = layerNodes(layer)
    if (first === undefined) return
    const root = rootOf(first)
    const piece = pieces.get(root) ?? { base: [], other: [], by: 'nodes' }
    piece[side].push(layer)
    pieces.set(root, piece)
  }
  for (const layer of base) put(layer, 'base')
  for (const layer of other) put(layer, 'other')
  return [...pieces.values()].filter(piece => piece.base.length > 0 && piece.other.length > 0)
}

/** The nth layer of a name with the nth of that name. */
function pairsByName(base: readonly Layer[], other: readonly Layer[]): AlignedLayers[] {
  const waiting = new Map<string, Layer[]>()
  for (const layer of other) {
    const same = waiting.get(layer.name)
    if (same) same.push(layer)
    else waiting.set(layer.name, [layer])
  }
  return base.flatMap(layer => {
    const partner = waiting.get(layer.name)?.shift()
    return partner === undefined ? [] : { base: [layer], other: [partner], by: 'name' as const }
  })
}

/** Longest common subsequence of what can be told of a layer without its name. */
function pairsByOrder(base: readonly Layer[], other: readonly Layer[]): AlignedLayers[] {
  const [a, b] = [base.filter(isTold), other.filter(isTold)]
  const width = b.length + 1
  if ((a.length + 1) * width > MOST_CELLS) return []
  const [keysA, keysB] = [a.map(signature), b.map(signature)]
  const lengths = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const [skipA, skipB, both] = [(i + 1) * width + j, i * width + j + 1, (i + 1) * width + j + 1]
      lengths[i * width + j] =
        keysA[i] === keysB[j] ? (lengths[both] ?? 0) + 1 : Math.max(lengths[skipA] ?? 0, lengths[skipB] ?? 0)
    }
  }
  const pairs: AlignedLayers[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [one, two] = [a[i], b[j]]
    if (keysA[i] === keysB[j]) {
      if (one !== undefined && two !== undefined) pairs.push({ base: [one], other: [two], by: 'order' })
      i++
      j++
    } else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i++
    else j++
  }
  return pairs
}

function isTold({ type, outputs }: Layer): boolean {
  return type !== undefined && (outputs?.some(({ dims }) => dims !== undefined) ?? false)
}

function signature({ type, outputs }: Layer): string {
  return JSON.stringify([type, outputs?.map(({ dims }) => dims)])
}
