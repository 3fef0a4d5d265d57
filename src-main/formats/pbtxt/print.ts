import type { ModelConfig } from '#domain/repository.ts'
import { checkConfig } from './check-json.ts'
import { MODEL_CONFIG } from './fields.ts'
import { invalidConfig } from './invalid-config.ts'
import { integerJson, printScalar } from './scalars.ts'
import { isObject, type Json, type JsonObject } from './tree-json.ts'
import type { FieldType, MessageType } from './types.ts'

const INDENT = '  '
/** Short lists of messages stay on one line in people's files; ours have a line a field. */
const EMPTY = '{ }'

/**
 * A configuration as text: fields in the order of `fields.ts`, two blanks a level, lists of numbers on one line,
 * a message per list item. Defaults that say nothing are left out.
 * @throws EngineError CONFIG_INVALID where the JSON does not fit
 */
export function printConfig(config: ModelConfig): string {
  const { config: checked, problems } = checkConfig(config)
  if (problems.length > 0) throw invalidConfig(problems)
  return printFields(MODEL_CONFIG, checked, '')
    .map(line => `${line}\n`)
    .join('')
}

/** Lines of a message's fields, in the table's order. */
function printFields(type: MessageType, json: JsonObject, indent: string): string[] {
  return [...type.fields].flatMap(([name, field]) => {
    const value = json[name]
    return value === undefined || !Object.hasOwn(json, name) ? [] : printField(name, field, value, indent)
  })
}

/** One field with its value, which has been checked: lines with their indentation. */
export function printField(name: string, field: FieldType, value: Json, indent: string): string[] {
  if (!field.repeated) {
    const text = printValue(field, value, indent)
    return [`${indent}${name}${field.kind === 'message' ? '' : ':'} ${text}`]
  }
  const items = itemsOf(field, value)
  if (items.length === 0) return []
  if (field.kind !== 'message')
    return [`${indent}${name}: [ ${items.map(item => printValue(field, item, indent)).join(', ')} ]`]
  const inner = indent + INDENT
  const lines = items.map((item, i) => inner + printValue(field, item, inner) + (i < items.length - 1 ? ',' : ''))
  return [`${indent}${name} [`, ...lines, `${indent}]`]
}

/** Items of a repeated field; those of a map as entries. */
export function itemsOf(field: FieldType, value: Json): Json[] {
  if (field.isMap && field.kind === 'message' && isObject(value)) {
    const keyType = field.message.fields.get('key')
    const isText = keyType?.kind === 'scalar' && keyType.scalar === 'string'
    return Object.entries(value).map(([key, value]) => ({ key: isText ? key : integerJson(BigInt(key)), value }))
  }
  return Array.isArray(value) ? value : []
}

/** One value; lines behind the first are indented. */
export function printValue(field: FieldType, value: Json, indent: string): string {
  if (field.kind !== 'message') {
    if (typeof value === 'object') throw new Error('a checked value is no object')
    return printScalar(field, value)
  }
  if (!isObject(value)) throw new Error('a checked message is an object')
  const lines = printFields(field.message, value, indent + INDENT)
  return lines.length === 0 ? EMPTY : `{\n${lines.join('\n')}\n${indent}}`
}
