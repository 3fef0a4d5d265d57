import { z } from 'zod'
import { Failure } from '#domain/errors.ts'
import { Facts } from '#domain/passport.ts'
import { BenchInput } from './bench-protocol.ts'

/** A point of a bench, to be looked into instead of measured. */
export const OrtProfileInput = BenchInput.extend({
  /** Path of the profile without its end; its folder holds nothing else. */
  prefix: z.string(),
  /** After the warm-up. */
  calls: z.int().min(1),
})
export type OrtProfileInput = z.infer<typeof OrtProfileInput>

export const OrtProfileMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), phase: z.string() }),
  z.object({ type: z.literal('live'), iterations: z.int(), meanMs: z.number() }),
  z.object({ type: z.literal('log'), text: z.string() }),
  z.object({
    type: z.literal('done'),
    result: z.object({ path: z.string(), calls: z.int(), runtimeFacts: Facts }),
  }),
  z.object({ type: z.literal('failed'), failure: Failure }),
])
export type OrtProfileMessage = z.infer<typeof OrtProfileMessage>
