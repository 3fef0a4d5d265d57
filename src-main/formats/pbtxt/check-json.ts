import type { ConfigProblem, ModelConfig } from '#domain/repository.ts'
import { MODEL_CONFIG } from './fields.ts'
import { enumJson, fits, integerJson, isDefault, isInteger } from './scalars.ts'
import type { ScalarJson } from './tree.ts'
import { isObject, type Json, type JsonObject } from './tree-json.ts'
import { type FieldType, hasPresence, type MessageType } from './types.ts'

/**
 * A configuration from JSON of either dialect (Triton's HTTP: snake_case and numbers; protobuf's: camelCase and 64-bit
 * integers as text), checked and in ours: snake_case, only what differs from the default where the default says nothing.
 * @returns what fits, and a problem for each part that does not
 */
export function checkConfig(config: ModelConfig): { config: JsonObject; problems: ConfigProblem[] } {
  const problems: ConfigProblem[] = []
  return { config: checkMessage(MODEL_CONFIG, config, '', problems), problems }
}

/** A message of a parsed tree in the form of a checked one: without defaults that say nothing. */
export function normalMessage(type: MessageType, json: JsonObject): JsonObject {
  return checkMessage(type, json, '', [])
}

function checkMessage(type: MessageType, json: unknown, path: string, problems: ConfigProblem[]): JsonObject {
  const checked = new Map<string, Json>()
  if (!isObject(json)) {
    problem(problems, path, `Expected an object for ${type.name}`)
    return {}
  }
  const given = new Map(Object.entries(json).map(([name, value]) => [snakeCase(type, name), value]))
  const oneofs = new Map<string, string>()
  for (const name of given.keys()) {
    if (!type.fields.has(name)) problem(problems, join(path, name), `${type.name} has no field "${name}"`)
  }
  for (const [name, field] of type.fields) {
    const value = given.get(name)
    if (value === undefined || value === null) continue
    const other = field.oneof === undefined ? undefined : oneofs.get(field.oneof)
    if (other !== undefined) problem(problems, join(path, name), `"${name}" cannot stand beside "${other}"`)
    else {
      if (field.oneof !== undefined) oneofs.set(field.oneof, name)
      const fit = checkField(field, value, join(path, name), problems)
      if (fit !== undefined && (!isNothing(field, fit) || keepsDefault(type, name, field))) checked.set(name, fit)
    }
  }
  return Object.fromEntries(checked)
}

function checkField(field: FieldType, json: unknown, path: string, problems: ConfigProblem[]): Json | undefined {
  if (field.isMap) return checkMap(field, json, path, problems)
  if (!field.repeated) return checkValue(field, json, path, problems)
  if (!Array.isArray(json)) return problem(problems, path, 'Expected a list')
  return json.flatMap((item, i) => checkValue(field, item, `${path}[${i}]`, problems) ?? [])
}

function checkMap(field: FieldType, json: unknown, path: string, problems: ConfigProblem[]): Json | undefined {
  if (!isObject(json)) return problem(problems, path, 'Expected an object of names and values')
  const [key, value] =
    field.kind === 'message' ? [field.message.fields.get('key'), field.message.fields.get('value')] : []
  if (key === undefined || value === undefined) throw new Error('a map without key and value')
  const entries = Object.entries(json).flatMap(([name, item]) => {
    const place = `${path}.${name}`
    const fitKey = checkValue(
      key,
      key.kind === 'scalar' && key.scalar === 'string' ? name : wholeNumber(name),
      place,
      problems,
    )
    const fit = checkValue(value, item, place, problems)
    return fitKey === undefined || fit === undefined ? [] : [[String(fitKey), fit] as const]
  })
  return Object.fromEntries(entries)
}

function checkValue(field: FieldType, json: unknown, path: string, problems: ConfigProblem[]): Json | undefined {
  if (field.kind === 'message') return checkMessage(field.message, json, path, problems)
  const fit = field.kind === 'enum' ? fitEnum(field, json) : fitScalar(field, json)
  const expected = field.kind === 'enum' ? [...field.enum.values.keys()].join(', ') : field.scalar
  return fit ?? problem(problems, path, `Expected ${expected}, found ${JSON.stringify(json)?.slice(0, 60)}`)
}

function fitEnum(field: Extract<FieldType, { kind: 'enum' }>, json: unknown): ScalarJson | undefined {
  if (typeof json === 'string') return field.enum.values.has(json) ? json : undefined
  return typeof json === 'number' && Number.isInteger(json) && fits('int32', BigInt(json))
    ? enumJson(field.enum, json)
    : undefined
}

function fitScalar({ scalar }: Extract<FieldType, { kind: 'scalar' }>, json: unknown): ScalarJson | undefined {
  if (scalar === 'string') return typeof json === 'string' ? json : undefined
  if (scalar === 'bool') return typeof json === 'boolean' ? json : undefined
  if (isInteger(scalar)) {
    const value = typeof json === 'number' && Number.isSafeInteger(json) ? BigInt(json) : wholeNumber(json)
    return typeof value === 'bigint' && fits(scalar, value) ? integerJson(value) : undefined
  }
  if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return json
  return typeof json === 'number' && Number.isFinite(json) ? json : undefined
}

function wholeNumber(json: unknown): unknown {
  return typeof json === 'string' && /^-?\d{1,20}$/.test(json) ? BigInt(json) : json
}

/** Written or not, it means the same: an empty list or map, a default where the field has no presence. */
function isNothing(field: FieldType, value: Json): boolean {
  if (field.isMap) return isObject(value) && Object.keys(value).length === 0
  if (field.repeated) return Array.isArray(value) && value.length === 0
  return field.kind !== 'message' && isDefault(field, value)
}

/** `max_batch_size: 0` says to people that the model does not batch. */
function keepsDefault(owner: MessageType, name: string, field: FieldType): boolean {
  return (!field.repeated && hasPresence(owner, field)) || (owner === MODEL_CONFIG && name === 'max_batch_size')
}

function snakeCase(type: MessageType, name: string): string {
  if (type.fields.has(name)) return name
  const snake = name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
  // Names with a digit after the underscore lose it in camelCase: int32FalseTrue.
  return type.fields.has(snake) ? snake : name
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function problem(problems: ConfigProblem[], field: string, message: string): undefined {
  problems.push({ severity: 'error', message, field })
}
