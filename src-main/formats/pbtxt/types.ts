/** The protobuf types that a model configuration is made of, as the text format sees them: names, no field numbers. */

export type ScalarType = 'string' | 'bool' | 'int32' | 'int64' | 'uint32' | 'uint64' | 'float' | 'double'

export interface EnumType {
  name: string
  values: ReadonlyMap<string, number>
}

export interface MessageType {
  name: string
  fields: ReadonlyMap<string, FieldType>
  /** An entry of a map: `key` and `value` have presence, and exactly one of each counts. */
  isMapEntry: boolean
}

export type FieldType = {
  repeated: boolean
  /** A map is written as repeated entries `{ key: … value: … }`. */
  isMap: boolean
  /** Of several fields with the same `oneof` only one may stand. */
  oneof?: string
  /** Triton 2.51 does not know it; 2.73 does. */
  isNew?: true
} & (
  | { kind: 'scalar'; scalar: ScalarType }
  | { kind: 'enum'; enum: EnumType }
  | { kind: 'message'; message: MessageType }
)

export function scalar(type: ScalarType): FieldType {
  return { kind: 'scalar', scalar: type, repeated: false, isMap: false }
}

export function enumeration(name: string, values: Readonly<Record<string, number>>): EnumType {
  return { name, values: new Map(Object.entries(values)) }
}

export function message(name: string, fields: Readonly<Record<string, FieldType | MessageType | EnumType>>) {
  const typed = Object.entries(fields).map(([name, field]) => [name, asField(field)] as const)
  return { name, fields: new Map(typed), isMapEntry: false } satisfies MessageType
}

export function repeated(of: FieldType | MessageType | EnumType): FieldType {
  return { ...asField(of), repeated: true }
}

export function oneof(name: string, of: FieldType | MessageType): FieldType {
  return { ...asField(of), oneof: name }
}

export function isNew(of: FieldType | MessageType): FieldType {
  return { ...asField(of), isNew: true }
}

export function map(key: 'string' | 'uint64', value: FieldType | MessageType): FieldType {
  const entry = message('map entry', { key: scalar(key), value: asField(value) })
  return { kind: 'message', message: { ...entry, isMapEntry: true }, repeated: true, isMap: true }
}

/** Whether "absent" and "written with its default" can be told apart. */
export function hasPresence(owner: MessageType, field: FieldType): boolean {
  return owner.isMapEntry || field.oneof !== undefined || field.kind === 'message'
}

function asField(of: FieldType | MessageType | EnumType): FieldType {
  if ('kind' in of) return of
  if ('values' in of) return { kind: 'enum', enum: of, repeated: false, isMap: false }
  return { kind: 'message', message: of, repeated: false, isMap: false }
}
