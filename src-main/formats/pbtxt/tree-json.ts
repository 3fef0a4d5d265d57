import type { FieldNode, MessageNode, ScalarJson } from './tree.ts'
import type { FieldType } from './types.ts'

export type Json = ScalarJson | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

/** What a tree says, as Triton's HTTP API writes it: snake_case, enums by identifier; only what the text sets. */
export function treeToJson(tree: MessageNode): JsonObject {
  const values = new Map<string, Json>()
  const lists = new Map<string, Json[]>()
  const maps = new Map<string, Map<string, Json>>()
  for (const { name, type, values: nodes } of tree.fields) {
    if (type.isMap)
      addEntries(
        kept(maps, name, () => new Map()),
        nodes,
      )
    else if (type.repeated)
      addItems(
        kept(lists, name, () => []),
        nodes,
      )
    else {
      const value = nodes[0] === undefined ? undefined : jsonOf(nodes[0])
      if (value !== undefined) values.set(name, value)
    }
  }
  for (const [name, list] of lists) values.set(name, list)
  for (const [name, map] of maps) values.set(name, Object.fromEntries(map))
  // fromEntries makes own properties of any name, "__proto__" too
  return Object.fromEntries(values)
}

/** Value of a map entry that was not written: an empty message, or the default of the type. */
function emptyValue(type: FieldType): Json {
  if (type.kind === 'message') return {}
  return type.kind === 'scalar' && type.scalar === 'string' ? '' : 0
}

/** Key and value of one `{ key: … value: … }`; a key left out is the empty one. */
function entryOf(entry: MessageNode): { key: string; value: Json } {
  const fields = treeToJson(entry)
  const valueType = entry.type.fields.get('value')
  const keyType = entry.type.fields.get('key')
  const noKey = keyType?.kind === 'scalar' && keyType.scalar === 'string' ? '' : '0'
  return {
    key: String(fields.key ?? noKey),
    value: fields.value ?? (valueType === undefined ? '' : emptyValue(valueType)),
  }
}

function jsonOf(node: FieldNode['values'][number]): Json | undefined {
  return node.kind === 'message' ? treeToJson(node) : node.value
}

function addItems(list: Json[], nodes: FieldNode['values']): void {
  for (const node of nodes) {
    const value = jsonOf(node)
    if (value !== undefined) list.push(value)
  }
}

function addEntries(map: Map<string, Json>, entries: FieldNode['values']): void {
  for (const entry of entries) {
    if (entry.kind !== 'message') continue
    const { key, value } = entryOf(entry)
    map.set(key, value)
  }
}

function kept<T>(all: Map<string, T>, name: string, create: () => T): T {
  const value = all.get(name) ?? create()
  all.set(name, value)
  return value
}

export function isObject(value: unknown): value is Record<string, unknown> & JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
