import { ARGUMENTS, type ArgumentKind } from './fields.ts'

const SLOTS = 256

/** Kinds of arguments as numbers. */
export const KIND = { number: 0, product: 1, raw: 2, text: 3, factor: 4 } as const satisfies Record<
  ArgumentKind,
  number
>

const names = Object.keys(ARGUMENTS)
const known = Object.values(ARGUMENTS)

/** By number of the argument, from 0. */
export const ARGUMENT_KIND = Uint8Array.from(known, each => KIND[each.kind])
export const ARGUMENT_NUMBER = Int8Array.from(known, each => each.number)
export const ARGUMENT_TEXT = Int8Array.from(known, each => each.text)

const offsets = new Int32Array(names.length)
const lengths = new Int32Array(names.length)
const text = new DataView(new ArrayBuffer(names.reduce((sum, name) => sum + name.length, 0) + 4))
const slots = new Int8Array(SLOTS).fill(-1)

const slotOf = (word: number, length: number) => Math.imul(word + Math.imul(length, 0x9e3779b1), 0x85ebca6b) >>> 24

function fill(): void {
  let end = 0
  for (const [index, name] of names.entries()) {
    offsets[index] = end
    lengths[index] = name.length
    for (const letter of name) text.setUint8(end++, letter.charCodeAt(0))
  }
  for (const [index, name] of names.entries()) {
    let slot = slotOf(text.getInt32(offsets[index] ?? 0, true), name.length)
    while (slots[slot] !== -1) slot = (slot + 1) % SLOTS
    slots[slot] = index
  }
}
fill()

/** Which argument the name in [from, from + length) is, or −1. */
export function argumentAt(view: DataView, from: number, length: number): number {
  if (length < 4) return -1
  let slot = slotOf(view.getInt32(from, true), length)
  for (;;) {
    const index = slots[slot] ?? -1
    if (index < 0) return -1
    if (lengths[index] === length && isSame(view, from, offsets[index] ?? 0, length)) return index
    slot = (slot + 1) % SLOTS
  }
}

function isSame(view: DataView, from: number, offset: number, length: number): boolean {
  for (let i = 0; i + 4 < length; i += 4) {
    if (view.getInt32(from + i, true) !== text.getInt32(offset + i, true)) return false
  }
  return view.getInt32(from + length - 4, true) === text.getInt32(offset + length - 4, true)
}
