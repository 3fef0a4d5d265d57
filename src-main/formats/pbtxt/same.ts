import type { Json } from './tree-json.ts'
import { isObject } from './tree-json.ts'

/** Whether two checked values say the same; the order of an object's names does not matter. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]))
  if (!isObject(a)) return Object.is(a, b)
  if (!isObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length && names.every(name => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  )
}
