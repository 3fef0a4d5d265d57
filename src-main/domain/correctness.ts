import { z } from 'zod'
import { Facts } from './passport.ts'

/** A value that JSON has no number for stands as a word. */
const AnyNumber = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])

/** |candidate − base| ≤ atol + rtol · |base|, as numpy.allclose with `equal_nan=False`. */
export const Tolerance = z.object({ atol: z.number().min(0), rtol: z.number().min(0) })
export type Tolerance = z.infer<typeof Tolerance>

const share = z.number().min(0).max(1)

/**
 * How far a candidate's tensor is from the base's. Figures over pairs that are finite in both; what has no value
 * (a cosine with a zero vector, the SNR of equal tensors) is absent. Formulas: `stats/tensor-difference.ts`.
 */
export const TensorDifference = z.object({
  shape: z.array(z.int().min(0)),
  count: z.int().min(0),
  /** Pairs finite in both. */
  compared: z.int().min(0),
  maxAbs: z.number().optional(),
  meanAbs: z.number().optional(),
  /** Relative to |base|, over the compared pairs whose base is not 0; `baseZeros` are the others. */
  maxRel: z.number().optional(),
  meanRel: z.number().optional(),
  baseZeros: z.int().min(0),
  cosine: z.number().optional(),
  /** Absent where nothing differs: the ratio is infinite. */
  snrDb: z.number().optional(),
  /** ‖candidate − base‖ ÷ ‖base‖, Euclidean. */
  drift: z.number().min(0).optional(),
  /** Rows of the last dimension whose largest value stands at the same place; rank 2 and 3 only. */
  top1: share.optional(),
  /** Mean share of the base's five largest that are among the candidate's five. */
  top5: share.optional(),
  /** Largest absolute difference, or the first pair that differs by a NaN or infinity. */
  worst: z.object({ index: z.array(z.int().min(0)), base: AnyNumber, candidate: AnyNumber }).optional(),
  nan: z.object({ base: z.int(), candidate: z.int() }),
  infinite: z.object({ base: z.int(), candidate: z.int() }),
  tolerance: Tolerance,
  /** Elements beyond the tolerance. */
  beyond: z.int().min(0),
  verdict: z.enum(['pass', 'fail', 'cannot-tell']),
  why: z.string().optional(),
})
export type TensorDifference = z.infer<typeof TensorDifference>

/** One pair of outputs. `difference` is absent where the two cannot be compared value by value; `why` says so. */
export const ComparedOutput = z.object({
  name: z.string(),
  candidateName: z.string(),
  baseDtype: z.string(),
  candidateDtype: z.string(),
  difference: TensorDifference.optional(),
  verdict: z.enum(['pass', 'fail', 'cannot-tell']),
  why: z.string().optional(),
})
export type ComparedOutput = z.infer<typeof ComparedOutput>

/** A node's output as both models compute it, met while looking for the first that drifts. */
export const ComparedTensor = z.object({
  tensor: z.string(),
  node: z.string(),
  operator: z.string(),
  /** Longest way from an input, in nodes. */
  depth: z.int(),
  drift: z.number().optional(),
  /** Highest drift that rounding explains at this depth. */
  allowed: z.number(),
})
export type ComparedTensor = z.infer<typeof ComparedTensor>

/** Where two models part, found by bisection over the nodes both have. */
export const DriftSearch = z.object({
  /** Nodes' outputs that both models name alike, of those of the base. */
  joined: z.int(),
  nodes: z.int(),
  rounds: z.int(),
  /** The first whose drift is beyond what rounding explains; absent: none is. */
  first: ComparedTensor.optional(),
  /** The last one before it that is within. */
  before: ComparedTensor.optional(),
  looked: z.array(ComparedTensor),
  notices: z.array(z.string()).default([]),
})
export type DriftSearch = z.infer<typeof DriftSearch>

/** One of the two that are compared. */
export const ComparedModel = z.object({
  title: z.string(),
  path: z.string().optional(),
  sha256: z.string().optional(),
  bytes: z.int().optional(),
  /** By its weights: 'fp32', 'fp16', 'int8'… */
  precision: z.string(),
  /** What computed it: "onnxruntime-node 1.30.0, CPU". */
  ranOn: z.string(),
})
export type ComparedModel = z.infer<typeof ComparedModel>

/** The same inputs through a base and a candidate. */
export const Correctness = z.object({
  base: ComparedModel,
  candidate: ComparedModel,
  /** Where each input's values come from and how they were prepared. */
  inputs: z.array(z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.int()), facts: Facts })),
  outputs: z.array(ComparedOutput),
  verdict: z.enum(['pass', 'fail', 'cannot-tell']),
  why: z.string(),
  /** Where the tolerance comes from. */
  toleranceRule: z.string(),
  drift: DriftSearch.optional(),
  notices: z.array(z.string()).default([]),
})
export type Correctness = z.infer<typeof Correctness>
