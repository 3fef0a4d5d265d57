import { implement, ORPCError } from '@orpc/server'
import { contract } from '#contract'
import { EngineError, toFailure } from '#domain/errors.ts'
import type { Engine } from '../engine.ts'

/**
 * The start of every handler: a typed failure becomes the contract's error of the same code with its hint and
 * detail; anything else is a mistake of ours, told as INTERNAL with its stack.
 */
export const os = implement(contract)
  .$context<{ engine: Engine }>()
  .use(async ({ next, errors }) => {
    try {
      return await next()
    } catch (thrown) {
      if (thrown instanceof ORPCError) throw thrown
      const { code, message, ...data } = toFailure(thrown)
      throw errors[code]({ message, data, ...(thrown instanceof EngineError ? {} : { cause: thrown }) })
    }
  })
