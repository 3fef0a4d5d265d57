import { z } from 'zod'

/** One number or text that supports a judgement. */
export const Evidence = z.object({
  label: z.string(),
  value: z.union([z.string(), z.number()]),
  unit: z.string().optional(),
})
export type Evidence = z.infer<typeof Evidence>

/** A judgement with evidence rows, confidence 0..1 and next commands. `cannot-tell` is a good answer. */
export const Finding = z.object({
  rule: z.string(),
  title: z.string(),
  verdict: z.enum(['yes', 'no', 'cannot-tell']),
  /** Absent where the verdict is cannot-tell. */
  confidence: z.number().min(0).max(1).optional(),
  statement: z.string(),
  detail: z.string().optional(),
  evidence: z.array(Evidence).default([]),
  next: z.array(z.string()).default([]),
})
export type Finding = z.infer<typeof Finding>
