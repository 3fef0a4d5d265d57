/** A runtime's options as form fields, read from the JSON Schema that the engine sends. Pure. */

export type OptionField = {
  name: string
  label: string
  /** From the schema's `description`: one sentence. */
  help: string
  fallback: unknown
} & (
  | { kind: 'number'; integer: boolean; min: number | undefined; max: number | undefined }
  | { kind: 'switch' }
  | { kind: 'choice'; choices: string[] }
  | { kind: 'numbers' }
  | { kind: 'text' }
)

/** What a field holds or why it can't be used. */
export type OptionReading = { value: unknown } | { problem: string }

const LARGEST_SHOWN = 1_000_000_000 // schemas bound integers by 2^53 − 1: no limit a person would meet

/** Fields in the schema's order. A property of an unknown type becomes a text field, so nothing is hidden. */
export function optionFields(schema: Readonly<Record<string, unknown>>): OptionField[] {
  const properties = asRecord(schema.properties)
  return Object.entries(properties).map(([name, property]) => optionField(name, asRecord(property)))
}

function optionField(name: string, property: Readonly<Record<string, unknown>>): OptionField {
  const base = {
    name,
    label: labelFromName(name),
    help: typeof property.description === 'string' ? property.description : '',
    fallback: property.default,
  }
  if (Array.isArray(property.enum)) return { ...base, kind: 'choice', choices: property.enum.map(String) }
  switch (property.type) {
    case 'integer':
    case 'number':
      return {
        ...base,
        kind: 'number',
        integer: property.type === 'integer',
        min: limit(property.minimum),
        max: limit(property.maximum),
      }
    case 'boolean':
      return { ...base, kind: 'switch' }
    case 'array':
      return { ...base, kind: asRecord(property.items).type === 'string' ? 'text' : 'numbers' }
    default:
      return { ...base, kind: 'text' }
  }
}

function limit(value: unknown): number | undefined {
  return typeof value === 'number' && Math.abs(value) < LARGEST_SHOWN ? value : undefined
}

/** `intraOpThreads` → "Intra op threads". */
export function labelFromName(name: string): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/[-_]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase()
}

/** A typed text as the field's value. An empty text means the field's own default. */
export function readOption(field: OptionField, text: string): OptionReading {
  const trimmed = text.trim()
  if (trimmed === '') return { value: undefined }
  switch (field.kind) {
    case 'number':
      return readNumber(field, trimmed)
    case 'switch':
      return { value: trimmed === 'true' }
    case 'choice':
      return field.choices.includes(trimmed) ? { value: trimmed } : { problem: `One of ${field.choices.join(', ')}` }
    case 'numbers':
      return readNumbers(trimmed)
    case 'text':
      return { value: trimmed }
  }
}

function readNumber(field: OptionField & { kind: 'number' }, text: string): OptionReading {
  const value = Number(text)
  if (!Number.isFinite(value)) return { problem: 'Not a number' }
  if (field.integer && !Number.isInteger(value)) return { problem: 'A whole number' }
  if (field.min !== undefined && value < field.min) return { problem: `At least ${field.min}` }
  if (field.max !== undefined && value > field.max) return { problem: `At most ${field.max}` }
  return { value }
}

/** `1, 2.5 4` */
function readNumbers(text: string): OptionReading {
  const values = text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number)
  return values.every(Number.isFinite) ? { value: values } : { problem: 'Numbers with commas between' }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
