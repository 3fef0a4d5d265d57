import fc from 'fast-check'
import { MODEL_CONFIG } from '#formats/pbtxt/fields.ts'
import { integerJson } from '#formats/pbtxt/scalars.ts'
import type { Json, JsonObject } from '#formats/pbtxt/tree-json.ts'
import type { FieldType, MessageType, ScalarType } from '#formats/pbtxt/types.ts'

const LIMITS: Partial<Record<ScalarType, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
}

/** Any configuration that the table allows, of a few fields a message. */
export const anyConfig: fc.Arbitrary<JsonObject> = message(MODEL_CONFIG)

function message(type: MessageType): fc.Arbitrary<JsonObject> {
  const names = [...type.fields.keys()]
  if (names.length === 0) return fc.constant({})
  return fc.subarray(names, { maxLength: Math.min(4, names.length) }).chain(chosen => {
    const oneofs = new Set<string>()
    const fields = chosen.flatMap(name => {
      const field = type.fields.get(name)
      if (field === undefined || (field.oneof !== undefined && oneofs.has(field.oneof))) return []
      if (field.oneof !== undefined) oneofs.add(field.oneof)
      return [[name, fieldValue(field)] as const]
    })
    return fc.record(Object.fromEntries(fields))
  })
}

function fieldValue(field: FieldType): fc.Arbitrary<Json> {
  if (field.isMap && field.kind === 'message') {
    const value = field.message.fields.get('value')
    const key = field.message.fields.get('key')
    if (value === undefined || key === undefined) throw new Error('a map without key and value')
    const isText = key.kind === 'scalar' && key.scalar === 'string'
    const keys = isText
      ? fc.oneof(fc.string({ unit: 'grapheme', maxLength: 5 }), fc.constant('__proto__'))
      : fc.nat().map(String)
    return fc.array(fc.tuple(keys, value0(value)), { maxLength: 3 }).map(entries => Object.fromEntries(entries))
  }
  return field.repeated ? fc.array(value0(field), { maxLength: 3 }) : value0(field)
}

function value0(field: FieldType): fc.Arbitrary<Json> {
  if (field.kind === 'message') return message(field.message)
  if (field.kind === 'enum') return fc.oneof(fc.constantFrom(...field.enum.values.keys()), fc.constant(77))
  if (field.scalar === 'string') return fc.string({ unit: 'binary', maxLength: 8 }).map(text => text.toWellFormed())
  if (field.scalar === 'bool') return fc.boolean()
  const limits = LIMITS[field.scalar]
  if (limits !== undefined)
    return fc.oneof(fc.bigInt(limits[0], limits[1]), fc.bigInt(0n, 9n), fc.constantFrom(...limits)).map(integerJson)
  return fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom('NaN', 'Infinity', '-Infinity'))
}
