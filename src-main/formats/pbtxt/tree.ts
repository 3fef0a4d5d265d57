import type { FieldType, MessageType } from './types.ts'

/** A scalar as JSON carries it: 64-bit integers beyond 2^53 and non-finite numbers are text, enums identifiers. */
export type ScalarJson = string | number | boolean

/** Offsets are places in the text: `start` of the first character, `end` behind the last. */
export interface ScalarNode {
  kind: 'scalar'
  start: number
  end: number
  /** Absent where the text is not a value of the field's type. */
  value?: ScalarJson
}

export interface MessageNode {
  kind: 'message'
  type: MessageType
  start: number
  end: number
  /** Behind the opening bracket, and before the closing one; the whole text for the root. */
  open: number
  close: number
  fields: FieldNode[]
}

/** One field as written: `name: value`, `name { … }`, or a list `name: [ … ]`. */
export interface FieldNode {
  name: string
  type: FieldType
  start: number
  /** With the `,` or `;` behind it. */
  end: number
  values: (ScalarNode | MessageNode)[]
  /** Only for `[ … ]`; `commas[i]` stands between values i and i + 1. */
  list?: { open: number; close: number; commas: number[] }
}
