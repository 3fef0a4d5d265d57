import { normalMessage } from './check-json.ts'
import { itemsOf, printValue } from './print.ts'
import { isSame } from './same.ts'
import { type Edit, indentAt } from './splice.ts'
import type { FieldNode, MessageNode } from './tree.ts'
import { isObject, type Json, treeToJson } from './tree-json.ts'
import type { FieldType } from './types.ts'

type Value = FieldNode['values'][number]

/**
 * Changes, removes and adds items of a repeated field or map; what is matched keeps its text.
 * @param change writes an item over the value it is matched with
 */
export function editRepeated(
  edit: Edit,
  nodes: readonly FieldNode[],
  field: FieldType,
  wanted: Json,
  change: (value: Value, item: Json) => void,
): void {
  const items = itemsOf(field, wanted)
  const values = nodes.flatMap(node => node.values)
  const partner = field.isMap ? matchEntries(values, items) : matchInOrder(values, items)
  const kept = new Map(partner.flatMap((value, i) => (value === undefined ? [] : [[value, items[i]] as const])))
  for (const [value, item] of kept) if (item !== undefined) change(value, item)
  // Items that are new stand behind the kept one before them.
  const behind = new Map<Value | undefined, Json[]>()
  let anchor: Value | undefined
  for (const [i, item] of items.entries()) {
    if (partner[i] !== undefined) anchor = partner[i]
    else behind.set(anchor, [...(behind.get(anchor) ?? []), item])
  }
  for (const [i, node] of nodes.entries()) {
    const first = i === 0 ? (behind.get(undefined) ?? []) : []
    if (node.list === undefined) editLine(edit, node, field, kept, behind, first)
    else editList(edit, node, field, kept, behind, first)
  }
}

/** One `name: value`: stays or goes, and others come before or behind it as lines of the same form. */
function editLine(
  { text, splices }: Edit,
  node: FieldNode,
  field: FieldType,
  kept: ReadonlyMap<Value, Json | undefined>,
  behind: ReadonlyMap<Value | undefined, Json[]>,
  first: readonly Json[],
): void {
  const [value] = node.values
  if (value === undefined) return
  const indent = indentAt(text, node.start)
  const print = (item: Json) => `${node.name}${field.kind === 'message' ? '' : ':'} ${printValue(field, item, indent)}`
  const startsLine = text.slice(text.lastIndexOf('\n', node.start - 1) + 1, node.start).trim() === ''
  const gap = startsLine ? `\n${indent}` : ' '
  const before = first.map(item => print(item) + gap).join('')
  const after = (behind.get(value) ?? []).map(item => gap + print(item)).join('')
  if (kept.has(value)) {
    if (before !== '') splices.insert(node.start, before)
    if (after !== '') splices.insert(node.end, after)
  } else if (before !== '') splices.replace(node.start, node.end, before.trimEnd())
  else splices.remove(node.start, node.end)
}

/** `[ … ]`: one comma between any two that stay. */
function editList(
  { text, splices }: Edit,
  node: FieldNode & { list?: FieldNode['list'] },
  field: FieldType,
  kept: ReadonlyMap<Value, Json | undefined>,
  behind: ReadonlyMap<Value | undefined, Json[]>,
  first: readonly Json[],
): void {
  const { list, values } = node
  if (list === undefined) return
  const [example] = values
  const lineStart = text.lastIndexOf('\n', (example?.start ?? list.open) - 1) + 1
  const ownLine = example !== undefined && text.slice(lineStart, example.start).trim() === ''
  const indent = ownLine ? indentAt(text, example.start) : indentAt(text, node.start)
  const gap = ownLine ? `,\n${indent}` : ', '
  const print = (item: Json) => printValue(field, item, indent)
  const staying = values.filter(value => kept.has(value))
  const [firstStaying] = staying
  if (firstStaying === undefined) {
    if (first.length > 0) splices.insert(list.open, ` ${first.map(print).join(gap)}`)
  } else if (first.length > 0) splices.insert(firstStaying.start, first.map(item => print(item) + gap).join(''))
  for (const value of staying) {
    const added = behind.get(value) ?? []
    if (added.length > 0) splices.insert(value.end, added.map(item => gap + print(item)).join(''))
  }
  const lastStaying = values.findLastIndex(value => kept.has(value))
  for (const [i, value] of values.entries()) {
    const comma = list.commas[i]
    const needsComma = kept.has(value) && i < lastStaying
    const commaGoes = comma !== undefined && !needsComma
    const isBeside = comma !== undefined && text.slice(value.end, comma).trim() === ''
    if (!kept.has(value) && commaGoes && isBeside) splices.remove(value.start, comma + 1)
    else {
      if (!kept.has(value)) splices.remove(value.start, value.end)
      if (commaGoes) splices.remove(comma, comma + 1)
    }
  }
}

/** Entries with the same key; the last one with a key counts, the others go. */
function matchEntries(values: readonly Value[], items: readonly Json[]): (Value | undefined)[] {
  const byKey = new Map(values.flatMap(value => (value.kind === 'message' ? [[keyOf(value), value] as const] : [])))
  return items.map(item => (isObject(item) ? byKey.get(String(item.key)) : undefined))
}

function keyOf(entry: MessageNode): string {
  const value = entry.fields.findLast(field => field.name === 'key')?.values[0]
  return value?.kind === 'scalar' ? String(value.value ?? '') : ''
}

/**
 * Partners in the same order: first those that are equal, then those of the same name between them, then, where as
 * many are left on both sides, one after the other.
 */
function matchInOrder(values: readonly Value[], items: readonly Json[]): (Value | undefined)[] {
  const partner: (Value | undefined)[] = items.map(() => undefined)
  align(values, items, (value, item) => isSame(normalJson(value), item), partner, [0, values.length], [0, items.length])
  betweenMatches(values, partner, (from, to) => {
    align(values, items, hasSameName, partner, from, to)
  })
  betweenMatches(values, partner, ([low, high], [first, last]) => {
    for (let i = 0; i < Math.min(high - low, last - first); i++) partner[first + i] = values[low + i]
  })
  return partner
}

function normalJson(value: Value): Json | undefined {
  return value.kind === 'message' ? normalMessage(value.type, treeToJson(value)) : value.value
}

type Span = readonly [from: number, to: number]

/** Greedy, in order: each item takes the next value that fits. */
function align(
  values: readonly Value[],
  items: readonly Json[],
  fits: (value: Value, item: Json) => boolean,
  partner: (Value | undefined)[],
  [low, high]: Span,
  [first, last]: Span,
): void {
  let next = low
  for (let i = first; i < last; i++) {
    for (let at = next; at < high; at++) {
      const value = values[at]
      const item = items[i]
      if (value === undefined || item === undefined || !fits(value, item)) continue
      partner[i] = value
      next = at + 1
      break
    }
  }
}

/** Calls for each stretch without partners, on both sides. */
function betweenMatches(
  values: readonly Value[],
  partner: readonly (Value | undefined)[],
  visit: (values: Span, items: Span) => void,
): void {
  const known = [...partner]
  let from = 0
  let first = 0
  for (let i = 0; i <= known.length; i++) {
    const match = known[i]
    if (match === undefined && i < known.length) continue
    const to = match === undefined ? values.length : values.indexOf(match)
    if (to > from && i > first) visit([from, to], [first, i])
    from = to + 1
    first = i + 1
  }
}

const NAMES = ['name', 'model_name', 'input_name'] as const

function hasSameName(value: Value, item: Json): boolean {
  const json = normalJson(value)
  if (!isObject(json) || !isObject(item)) return false
  return NAMES.some(name => json[name] !== undefined && json[name] === item[name])
}
