import { z } from 'zod'

/** Element types by ONNX Runtime's names. */
export const DTYPES = [
  'float32',
  'float16',
  'float64',
  'bfloat16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
  'string',
  'int4',
  'uint4',
  'complex64',
  'complex128',
] as const
export type Dtype = (typeof DTYPES)[number]

/**
 * One input or output. A dimension is a number, or a name when it is chosen per run ('' for an unnamed one).
 * A `kind` other than `tensor` (sequence, map, optional) can be shown but not fed.
 */
export const TensorSpec = z.object({
  name: z.string(),
  kind: z.enum(['tensor', 'sequence', 'map', 'optional', 'sparse']).default('tensor'),
  dtype: z.enum(DTYPES).optional(),
  shape: z.array(z.union([z.int().min(0), z.string()])).optional(),
})
export type TensorSpec = z.infer<typeof TensorSpec>

/** A model as read from its file, without running it. `format` is a format id (open string). */
export const Model = z.object({
  path: z.string(),
  name: z.string(),
  format: z.string(),
  bytes: z.int(),
  /** Of the model file itself; `externalData` lists files beside it that hold weights, hashed too. */
  sha256: z.string(),
  externalData: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: z.string() })).default([]),
  inputs: z.array(TensorSpec),
  outputs: z.array(TensorSpec),
  /** Element types of the weights, most bytes first: what precision the file really holds. */
  weights: z.array(z.object({ dtype: z.string(), count: z.int(), bytes: z.int() })).default([]),
  nodeCount: z.int().optional(),
  /** Operator types by number of nodes, most first. */
  operators: z.array(z.object({ type: z.string(), count: z.int() })).default([]),
  producer: z.string().optional(),
  irVersion: z.int().optional(),
  opsets: z.array(z.object({ domain: z.string(), version: z.int() })).default([]),
})
export type Model = z.infer<typeof Model>

/** The part of a model that is kept with a run. A model on a server has neither file nor hash. */
export const ModelRef = Model.pick({ name: true, format: true, inputs: true, outputs: true }).extend({
  path: z.string().optional(),
  sha256: z.string().optional(),
  bytes: z.int().optional(),
})
export type ModelRef = z.infer<typeof ModelRef>
