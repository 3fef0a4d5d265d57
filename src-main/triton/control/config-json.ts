import { z } from 'zod'
import { CONFIG_MESSAGES } from './config-messages.ts'
import { type Field, type MessageTable, readMessageTable, resolveType } from './message-table.ts'

/** A model configuration as plain JSON: the protobuf's snake_case names, enums by name, integers as numbers. */
export type ModelConfigJson = Record<string, unknown>

const Json = z.record(z.string(), z.unknown())
let table: MessageTable | undefined

/**
 * Either dialect of a model configuration as one: HTTP's (snake_case, numbers) and protobuf-JSON's (camelCase, 64-bit
 * integers as text, as in Model Analyzer's checkpoints and gRPC's messages). Fields we do not know are kept as they came;
 * keys of maps (parameters, tensor names) are nobody's names and are never changed. Absent messages (null) are left out.
 */
export function normaliseConfig(config: unknown): ModelConfigJson {
  table ??= readMessageTable(CONFIG_MESSAGES)
  return normaliseMessage(table, 'ModelConfig', Json.parse(config))
}

function normaliseMessage(
  known: MessageTable,
  name: string,
  message: Record<string, unknown>,
): Record<string, unknown> {
  const fields = known.messages.get(name)?.fields
  const entries = Object.entries(message).flatMap(([key, value]): [string, unknown][] => {
    if (value === null || value === undefined) return []
    const field = fields?.get(key) ?? fields?.get(snakeCase(key))
    return [field === undefined ? [key, value] : [field.name, normaliseField(known, name, field, value)]]
  })
  // In the order of the protobuf, which is how people read one: gRPC's library gives lists first. Unknown fields last.
  const order = new Map([...(fields?.keys() ?? [])].map((field, index) => [field, index]))
  const place = ([key]: [string, unknown]) => order.get(key) ?? order.size
  return Object.fromEntries(entries.toSorted((a, b) => place(a) - place(b)))
}

function normaliseField(known: MessageTable, inside: string, field: Field, value: unknown): unknown {
  const one = (item: unknown) => {
    const type = resolveType(known, inside, field.type)
    if (type === undefined) return normaliseScalar(field.type, item)
    if (known.messages.has(type)) return isJson(item) ? normaliseMessage(known, type, item) : item
    const names = Object.entries(known.enums.get(type) ?? {})
    return names.find(([, number]) => number === item)?.[0] ?? item
  }
  if (field.keyType !== undefined && isJson(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, one(item)]))
  }
  return Array.isArray(value) ? value.map(one) : one(value)
}

function normaliseScalar(type: string, value: unknown): unknown {
  const isNumber = /^(u?int(32|64)|float|double)$/.test(type)
  if (!isNumber || typeof value !== 'string' || value.trim() === '') return value
  const number = Number(value)
  return Number.isNaN(number) || (type.includes('int') && !Number.isSafeInteger(number)) ? value : number
}

function isJson(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
