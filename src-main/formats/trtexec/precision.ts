import { UNKNOWN } from '#domain/passport.ts'
import type { TrtexecRun } from './types.ts'

/** TF32 is there from Ampere on, and on by default. */
const TF32_SINCE_CAPABILITY = 8
const LOWER = ['FP16', 'BF16', 'INT8', 'FP8', 'INT4'] as const

/**
 * What an engine may compute in, by the precisions it was built with: the lowest of them where there is one beside FP32,
 * `mixed` for several; `unknown` for a loaded engine and for a strongly typed one (its model says).
 */
export function precisionOfRun(run: Pick<TrtexecRun, 'precisionAsked' | 'commandLine' | 'device'>): string {
  const { precisionAsked, commandLine = '', device } = run
  const words = precisionAsked?.toUpperCase().split('+') ?? []
  if (!words.includes('FP32')) return UNKNOWN
  const lower = LOWER.filter(word => words.includes(word))
  const [only] = lower
  if (only !== undefined) return lower.length > 1 ? 'mixed' : only.toLowerCase()
  const capability = Number(device.computeCapability ?? Number.NaN)
  if (Number.isNaN(capability)) return 'fp32'
  return capability >= TF32_SINCE_CAPABILITY && !/(?:^|\s)--noTF32\b/.test(commandLine) ? 'tf32' : 'fp32'
}
