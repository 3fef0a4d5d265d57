/** TensorRT's words for types, in prose ("Row major linear FP16 format") and short ("Half"), by ours. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:FP32|Float)\b/i, 'fp32'],
  [/\b(?:FP16|Half)\b/i, 'fp16'],
  [/\b(?:BF16|BFloat16)\b/i, 'bf16'],
  [/\bU?Int8\b/i, 'int8'],
  [/\bInt32\b/i, 'int32'],
  [/\bInt64\b/i, 'int64'],
  [/\bFP8\b/i, 'fp8'],
  [/\bFP4\b/i, 'fp4'],
  [/\bInt4\b/i, 'int4'],
  [/\bBool\b/i, 'bool'],
]

/** @param format a `Format/Datatype`   @returns the type in it, where one of them is named */
export function precisionOf(format: string | undefined): string | undefined {
  return format === undefined ? undefined : WORDS.find(([word]) => word.test(format))?.[1]
}
