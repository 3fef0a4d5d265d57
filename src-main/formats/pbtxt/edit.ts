import { EngineError } from '#domain/errors.ts'
import type { ModelConfig } from '#domain/repository.ts'
import { checkConfig, normalMessage } from './check-json.ts'
import { editRepeated } from './edit-repeated.ts'
import { invalidConfig } from './invalid-config.ts'
import { parseConfig } from './parse-config.ts'
import { printField, printValue } from './print.ts'
import { isSame } from './same.ts'
import { type Edit, endOfBlank, indentAt, Splices, startOfBlank } from './splice.ts'
import type { FieldNode, MessageNode } from './tree.ts'
import { type Json, type JsonObject, treeToJson } from './tree-json.ts'
import type { FieldType } from './types.ts'

/**
 * `text` changed so that it says `config`: what is the same stays character by character, comments and order too.
 * New fields come at the end of their message.
 * @throws EngineError CONFIG_INVALID when the text does not parse or the JSON does not fit
 */
export function editConfig(text: string, config: ModelConfig): string {
  const { config: before, tree, problems } = parseConfig(text)
  if (before === undefined) throw invalidConfig(problems)
  const { config: wanted, problems: unfit } = checkConfig(config)
  if (unfit.length > 0) throw invalidConfig(unfit)
  if (isSame(checkConfig(before).config, wanted)) return text
  const splices = new Splices(text)
  editMessage({ text, splices }, tree, wanted)
  const edited = splices.result()
  const after = parseConfig(edited).config
  if (after === undefined || !isSame(checkConfig(after).config, wanted))
    throw new EngineError('INTERNAL', 'The edited configuration does not say what it should', { detail: edited })
  return edited
}

/** @param wanted checked */
function editMessage(edit: Edit, message: MessageNode, wanted: JsonObject): void {
  const now = normalMessage(message.type, treeToJson(message))
  const missing: [name: string, field: FieldType, value: Json][] = []
  for (const [name, field] of message.type.fields) {
    const nodes = message.fields.filter(node => node.name === name)
    const value = Object.hasOwn(wanted, name) ? wanted[name] : undefined
    if (nodes.length === 0) {
      if (value !== undefined) missing.push([name, field, value])
    } else if (!isSame(now[name], value)) {
      if (value === undefined) removeAll(edit, nodes)
      else if (field.repeated)
        editRepeated(edit, nodes, field, value, (node, item) => editValue(edit, node, field, item))
      else editSingular(edit, nodes, field, value)
    }
  }
  addFields(edit, message, missing)
}

function removeAll({ splices }: Edit, nodes: readonly FieldNode[]): void {
  for (const { start, end } of nodes) splices.remove(start, end)
}

/** Written more than once only where all but the last say the default: the last one counts. */
function editSingular(edit: Edit, nodes: readonly FieldNode[], field: FieldType, wanted: Json): void {
  const [node, ...others] = nodes.toReversed()
  const value = node?.values[0]
  if (value === undefined) return
  removeAll(edit, others)
  editValue(edit, value, field, wanted)
}

function editValue(edit: Edit, node: FieldNode['values'][number], field: FieldType, wanted: Json): void {
  if (node.kind === 'message') editMessage(edit, node, asObject(wanted))
  else if (!isSame(node.value, wanted))
    edit.splices.replace(node.start, node.end, printValue(field, wanted, indentAt(edit.text, node.start)))
}

function asObject(value: Json): JsonObject {
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error('a checked message is an object')
  return value
}

/** New fields behind the last one: on the same line in a message of one line, else on lines of their own. */
function addFields(
  { text, splices }: Edit,
  message: MessageNode,
  fields: readonly (readonly [string, FieldType, Json])[],
): void {
  if (fields.length === 0) return
  const isRoot = message.start === message.open
  const inner = text.slice(message.open, message.close)
  const last = message.fields.at(-1)
  const indent = isRoot ? '' : last === undefined ? `${indentAt(text, message.start)}  ` : indentAt(text, last.start)
  const lines = fields.flatMap(([name, field, value]) => printField(name, field, value, indent))
  if (isRoot) {
    const gap = text === '' || text.endsWith('\n') ? '' : '\n'
    splices.insert(text.length, `${gap}${lines.join('\n')}\n`)
  } else if (inner.includes('\n')) {
    const at = startOfBlank(text, message.close)
    const ownLine = text[at - 1] === '\n'
    splices.insert(
      ownLine ? at : message.close,
      `${ownLine ? '' : '\n'}${lines.join('\n')}\n${ownLine ? '' : indentAt(text, message.start)}`,
    )
  } else {
    const at = last?.end ?? message.open
    splices.insert(at, ` ${lines.join('\n').trimStart()}${endOfBlank(text, at) === at ? ' ' : ''}`)
  }
}
