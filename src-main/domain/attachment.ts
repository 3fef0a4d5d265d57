import { z } from 'zod'
import { Correctness } from './correctness.ts'
import { GpuSeries } from './gpu-series.ts'
import { LayerTable } from './layer.ts'
import { StepTable } from './step-table.ts'

/**
 * What a run keeps beside its points and its trace, a kind a schema. `name` is unique within run and kind; a later one
 * of the same name replaces the earlier. Kept as JSON in the session (table `attachment`). A new kind is a line here.
 */
export const ATTACHMENTS = {
  layers: LayerTable,
  gpu: GpuSeries,
  correctness: Correctness,
  steps: StepTable,
} as const satisfies Record<string, z.ZodType>

export type AttachmentKind = keyof typeof ATTACHMENTS
export type AttachmentOf<K extends AttachmentKind> = z.infer<(typeof ATTACHMENTS)[K]>

export const AttachmentRef = z.object({
  kind: z.enum(Object.keys(ATTACHMENTS) as [AttachmentKind, ...AttachmentKind[]]),
  name: z.string(),
})
export type AttachmentRef = z.infer<typeof AttachmentRef>
