/** One field of a message. */
export interface Field {
  name: string
  id: number
  type: string
  isRepeated: boolean
  /** Of a map: `type` is the type of its values. */
  keyType?: string
  oneof?: string
}

export interface Message {
  fields: Map<string, Field>
}

/** Messages and enums by full name: `Parent.Child`. */
export interface MessageTable {
  messages: Map<string, Message>
  enums: Map<string, Record<string, number>>
}

/**
 * Protobuf messages written a message a line, continued on indented lines:
 * `Parent.Child: name=1 string; sizes=2 rep int64; by=3 map<string,Other>; a=4 bool |choice` (`|choice`: of a oneof), and
 * `enum Parent.Kind: A=0; B=1`. A type is looked up inside the message, then outwards, as in a .proto file.
 */
export function readMessageTable(text: string): MessageTable {
  const table: MessageTable = { messages: new Map(), enums: new Map() }
  const lines = text
    .replaceAll(/\n +/g, ' ')
    .split('\n')
    .filter(line => line !== '')
  for (const line of lines) {
    const [, isEnum, name = '', body = ''] = /^(enum )?([\w.]+):\s*(.*)$/.exec(line) ?? []
    const entries = body.split(';').flatMap(entry => (entry.trim() === '' ? [] : [entry.trim()]))
    if (isEnum !== undefined) {
      table.enums.set(name, Object.fromEntries(entries.map(entry => enumValue(entry))))
    } else {
      table.messages.set(name, { fields: new Map(entries.map(entry => [fieldOf(entry).name, fieldOf(entry)])) })
    }
  }
  return table
}

/** The full name of a message or enum that a field of `inside` names; undefined for scalars. */
export function resolveType({ messages, enums }: MessageTable, inside: string, type: string): string | undefined {
  const scopes = inside.split('.')
  for (let depth = scopes.length; depth >= 0; depth--) {
    const name = [...scopes.slice(0, depth), type].join('.')
    if (messages.has(name) || enums.has(name)) return name
  }
  return undefined
}

interface JsonType {
  fields: Record<string, { type: string; id: number; rule?: string; keyType?: string }>
  oneofs: Record<string, { oneof: string[] }>
  nested: JsonNames
}
type JsonNames = Record<string, JsonType | { values: Record<string, number> }>

/** The table as protobufjs's JSON descriptor: the nested names of a package. */
export function toJsonDescriptor({ messages, enums }: MessageTable): JsonNames {
  const root: JsonNames = {}
  const types = new Map<string, JsonType>()
  const scopeOf = (name: string) => {
    const parent = name.split('.').slice(0, -1).join('.')
    return parent === '' ? root : (types.get(parent)?.nested ?? addType(parent, []).nested)
  }
  const addType = (name: string, fields: Iterable<Field>): JsonType => {
    const type: JsonType = types.get(name) ?? { fields: {}, oneofs: {}, nested: {} }
    types.set(name, type)
    scopeOf(name)[shortName(name)] = type
    for (const { name: field, id, type: of, isRepeated, keyType, oneof } of fields) {
      type.fields[field] = {
        type: of,
        id,
        ...(isRepeated ? { rule: 'repeated' } : {}),
        ...(keyType ? { keyType } : {}),
      }
      if (oneof === undefined) continue
      type.oneofs[oneof] ??= { oneof: [] }
      type.oneofs[oneof].oneof.push(field)
    }
    return type
  }
  for (const [name, { fields }] of messages) addType(name, fields.values())
  for (const [name, values] of enums) scopeOf(name)[shortName(name)] = { values }
  return root
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function fieldOf(entry: string): Field {
  const match = /^(\w+)=(\d+) (rep )?(?:map<(\w+),([\w.]+)>|([\w.]+))(?: \|(\w+))?$/.exec(entry)
  if (match === null) throw new Error(`Not a field: ${entry}`)
  const [, name = '', id, repeated, keyType, valueType, type, oneof] = match
  return {
    name,
    id: Number(id),
    type: valueType ?? type ?? '',
    isRepeated: repeated !== undefined,
    ...(keyType === undefined ? {} : { keyType }),
    ...(oneof === undefined ? {} : { oneof }),
  }
}

function enumValue(entry: string): [string, number] {
  const match = /^(\w+)=(\d+)$/.exec(entry)
  if (match === null) throw new Error(`Not an enum value: ${entry}`)
  return [match[1] ?? '', Number(match[2])]
}
