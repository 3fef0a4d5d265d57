import { z } from 'zod'

const ms = z.number().min(0)

/** One tensor of a layer, as the engine has it: format and type are TensorRT's own words. */
export const LayerTensor = z.object({
  name: z.string(),
  dims: z.array(z.int()).optional(),
  format: z.string().optional(),
  /** 'fp32', 'fp16', 'int8'… where the words say it. */
  precision: z.string().optional(),
})
export type LayerTensor = z.infer<typeof LayerTensor>

/** A layer of an engine: what the builder made of one or several nodes. What a file does not tell is absent. */
export const Layer = z.object({
  /** Hostile text; names may repeat within one engine. */
  name: z.string(),
  type: z.string().optional(),
  /** Per run of the engine. The sum over layers exceeds the engine's latency: each is timed with events of its own. */
  averageMs: ms.optional(),
  medianMs: ms.optional(),
  /** Of the summed averages, 0..100. */
  percent: ms.optional(),
  /** Of what it computes in: its outputs' where they agree, 'mixed' where not. */
  precision: z.string().optional(),
  tactic: z.string().optional(),
  inputs: z.array(LayerTensor).optional(),
  outputs: z.array(LayerTensor).optional(),
  /** Nodes of the ONNX model it was made of. */
  onnxNodes: z.array(z.string()).optional(),
  /** Further members of the export as `name: value`, shortened. */
  details: z.record(z.string(), z.string()).optional(),
})
export type Layer = z.infer<typeof Layer>

/** The layers of one engine, in its order: times from a profile, facts from its inspector, either may be absent. */
export const LayerTable = z.object({
  title: z.string(),
  /** The point whose engine this is. */
  pointId: z.string().optional(),
  /** 'trtexec --exportProfile', 'trtexec --exportLayerInfo', both: where times and facts come from. */
  sources: z.array(z.string()).min(1),
  /** Runs of the engine that were averaged. */
  runs: z.int().optional(),
  bindings: z.array(z.string()).optional(),
  layers: z.array(Layer),
  /** What could not be joined or read. */
  notices: z.array(z.string()).default([]),
})
export type LayerTable = z.infer<typeof LayerTable>
