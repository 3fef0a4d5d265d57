import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkConfig } from '#formats/pbtxt/check-json.ts'
import { editConfig } from '#formats/pbtxt/edit.ts'
import { parseConfig } from '#formats/pbtxt/parse-config.ts'
import { printConfig } from '#formats/pbtxt/print.ts'
import { isObject, type Json, type JsonObject } from '#formats/pbtxt/tree-json.ts'
import { anyConfig } from './arbitrary-config.ts'

/** Hundreds of configurations each, on a machine that may be busy. */
const PATIENCE_MS = 60_000
const same = (config: Record<string, unknown>) => checkConfig(config).config

test(
  'what is printed reads back as the same configuration',
  () => {
    fc.assert(
      fc.property(anyConfig, config => {
        const text = printConfig(config)
        const { config: back, problems } = parseConfig(text)
        expect(problems).toEqual([])
        expect(back).toEqual(same(config))
        expect(printConfig(back ?? {})).toBe(text)
      }),
      { numRuns: 300 },
    )
  },
  PATIENCE_MS,
)

test(
  'editing any text into any configuration says that configuration; into its own, changes nothing',
  () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, (before, after) => {
        const text = printConfig(before)
        expect(editConfig(text, before)).toBe(text)
        expect(same(parseConfig(editConfig(text, after)).config ?? {})).toEqual(same(after))
      }),
      { numRuns: 300 },
    )
  },
  PATIENCE_MS,
)

test(
  'a part of a configuration taken from another one is all that changes',
  () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, fc.gen(), (before, other, gen) => {
        const mixed = mix(before, other, () => gen(fc.boolean))
        const edited = editConfig(printConfig(before), mixed)
        expect(same(parseConfig(edited).config ?? {})).toEqual(same(mixed))
      }),
      { numRuns: 300 },
    )
  },
  PATIENCE_MS,
)

/** Items and fields of both, in the order they come. */
function mix(a: JsonObject, b: JsonObject, coin: () => boolean): JsonObject {
  const names = Object.keys(a).filter(() => coin())
  const kept = names.map(name => [name, mixValue(a[name], Object.hasOwn(b, name) ? b[name] : undefined, coin)] as const)
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

function mixValue(a: Json | undefined, b: Json | undefined, coin: () => boolean): Json | undefined {
  if (Array.isArray(a)) return [...a, ...(Array.isArray(b) ? b : [])].filter(() => coin())
  return isObject(a) ? mix(a, isObject(b) ? b : {}, coin) : (b ?? a)
}
