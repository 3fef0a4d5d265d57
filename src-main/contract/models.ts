import { z } from 'zod'
import { Model } from '#domain/model.ts'
import { call } from './call.ts'

export const models = {
  /** Reads inputs, outputs, weights and hash from the file; nothing of the model is run. */
  inspect: call.input(z.object({ path: z.string() })).output(Model),
  /** The bundled model's path. */
  sample: call.output(z.object({ path: z.string() })),
}
