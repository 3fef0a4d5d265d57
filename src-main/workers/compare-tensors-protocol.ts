import { z } from 'zod'
import { TensorDifference, Tolerance } from '#domain/correctness.ts'
import { Failure } from '#domain/errors.ts'

/** Pairs of `.npy` files, each with the tolerance that judges it; `atol` absent: rtol × the base's root mean square. */
export const CompareTensorsInput = z.object({
  pairs: z.array(
    z.object({
      base: z.string(),
      candidate: z.string(),
      tolerance: Tolerance.partial({ atol: true }),
    }),
  ),
})

const TensorPair = z.union([z.object({ difference: TensorDifference }), z.object({ why: z.string() })])

export const CompareTensorsMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done'), result: z.array(TensorPair) }),
  z.object({ type: z.literal('failed'), failure: Failure }),
])
