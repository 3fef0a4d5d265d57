import { Places } from './place.ts'
import type { FieldNode, MessageNode } from './tree.ts'

/** Where a field such as `input[1].dims` stands in a text: its name, or the nearest field above it that is written. */
export function placeOf(text: string, tree: MessageNode, field: string): { line: number; column: number } | undefined {
  let message: MessageNode | undefined = tree
  let start: number | undefined
  for (const [, name = '', index] of field.matchAll(/(\w+)(?:\[(\d+)\])?/g)) {
    const nodes: FieldNode[] = message?.fields.filter(node => node.name === name) ?? []
    const values = nodes.flatMap(node => node.values.map(value => ({ node, value })))
    const found = values[Number(index ?? 0)] ?? (nodes[0] && { node: nodes[0], value: undefined })
    if (found === undefined) break
    const { node, value } = found
    start = index === undefined || node.list === undefined || value === undefined ? node.start : value.start
    message = value?.kind === 'message' ? value : undefined
  }
  return start === undefined ? undefined : new Places(text).of(start)
}
