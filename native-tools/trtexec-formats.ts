import type { Dtype, Model, TensorSpec } from '#domain/model.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { TrtexecAbilities } from './trtexec-abilities.ts'
import type { ArgumentList } from './trtexec-arguments.ts'
import { isBefore } from './trtexec-flags.ts'

/** trtexec's words for element types of inputs and outputs. */
const TYPES: Partial<Record<Dtype, string>> = {
  float32: 'fp32',
  float16: 'fp16',
  bfloat16: 'bf16',
  int8: 'int8',
  uint8: 'uint8',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
}

/**
 * `--inputIOFormats` and `--outputIOFormats`, one word a binding or one for all. Up to TensorRT 10 a word is
 * `type:layout`, from 11 on `layout` alone, the type being the model's. The words of the other dialect are translated
 * where the model tells the type.
 */
export function addFormats(list: ArgumentList, words: readonly string[], model: Model, side: 'input' | 'output'): void {
  if (words.length === 0) return
  const option = `--${side}-format`
  const bindings = side === 'input' ? model.inputs : model.outputs
  if (words.length !== 1 && words.length !== bindings.length) {
    list.refuse({
      why: `${words.length} ${side} formats for ${bindings.length} ${side}s`,
      hint: `Give one for all, or one each, in this order: ${bindings.map(({ name }) => name).join(', ')}.`,
      where: option,
    })
    return
  }
  const written = words.map((word, index) =>
    wordFor(list, word, words.length === 1 ? bindings : bindings.slice(index, index + 1), option),
  )
  if (!written.includes(undefined)) list.set(`--${side}IOFormats`, written.join(','))
}

function wordFor(list: ArgumentList, word: string, bindings: readonly TensorSpec[], where: string): string | undefined {
  const [, type, layout] = /^(?:([a-z0-9]+):)?([a-z0-9_]+(?:\+[a-z0-9_]+)*)$/.exec(word) ?? []
  if (layout === undefined) {
    list.refuse({
      why: `"${word}" is not a format`,
      hint: 'A format looks like fp16:chw or fp16:chw+chw16; from TensorRT 11 on like chw.',
      where,
    })
    return undefined
  }
  const own = new Set(bindings.map(binding => typeOf(binding, list.abilities)))
  const [only] = own
  if (list.abilities.dialect === '≤10') {
    if (type !== undefined) return word
    if (own.size === 1 && only !== undefined) return `${only}:${layout}`
    list.refuse({
      why: `${list.title} wants the type beside the layout ${layout}`,
      hint: `Write it in front: fp32:${layout}, fp16:${layout}…`,
      where,
    })
    return undefined
  }
  if (type === undefined || (own.size === 1 && only === type)) return layout
  list.refuse({
    why: `${list.title} takes the type of inputs and outputs from the model, which is ${[...own].map(each => each ?? UNKNOWN).join(', ')}, not ${type}`,
    hint: `Leave the type out: ${layout}; or convert the model.`,
    where,
  })
  return undefined
}

/** Before 10 there were no 64-bit integers: the parser made 32-bit ones of them, in inputs and outputs too. */
function typeOf({ dtype }: TensorSpec, { version }: TrtexecAbilities): string | undefined {
  if (dtype === 'int64' && version !== undefined && isBefore(version, '10.0')) return TYPES.int32
  return dtype === undefined ? undefined : TYPES[dtype]
}
