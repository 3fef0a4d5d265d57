import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import type { Layer, LayerTensor } from '#domain/layer.ts'
import { parseJson } from '../json-text.ts'
import { precisionOf } from './tensor-type.ts'

const Tensor = z.object({
  Name: z.string(),
  Dimensions: z.array(z.int()).optional(),
  'Format/Datatype': z.string().optional(),
})
const Detailed = z.looseObject({
  Name: z.string(),
  LayerType: z.string().optional(),
  Inputs: z.array(Tensor).default([]),
  Outputs: z.array(Tensor).default([]),
  TacticName: z.string().optional(),
  TacticValue: z.string().optional(),
  Metadata: z.string().optional(),
})
const Info = z.looseObject({
  Layers: z.array(z.unknown()),
  Bindings: z.array(z.union([z.string(), z.number()])).default([]),
})

/** Members that have a field of their own. */
const OWN = new Set(['Name', 'LayerType', 'Inputs', 'Outputs', 'TacticName', 'Metadata'])
const MAX_DETAIL = 200
const MAX_DETAILS = 60
/** Between the nodes of a fused layer stands U+001E; a log shows nothing there. */
const ONNX_NODE = /\[ONNX Layer: (.*?)\](?=[^\w\s]?(?:\[ONNX Layer: |$))/g

/** What an engine's inspector tells, without times. */
export interface EngineLayers {
  layers: Layer[]
  bindings: string[]
  /** `names` and `indices`: built with less than --profilingVerbosity=detailed. */
  verbosity: 'detailed' | 'names' | 'indices'
  broken: number
}

/**
 * `--exportLayerInfo`, the same as `IEngineInspector` and TREx's graph.json: names, indices or objects by the verbosity
 * the engine was built with; 8.x says formats in prose, 10.x in words; from 9 on with the nodes a layer is made of.
 * @throws EngineError FORMAT_BROKEN
 */
export function readLayerInfo(text: string, where: string): EngineLayers {
  const parsed = Info.safeParse(parseJson(text, where))
  if (!parsed.success) {
    throw new EngineError('FORMAT_BROKEN', 'This is not layer information of trtexec', {
      where,
      detail: z.prettifyError(parsed.error).slice(0, 2000),
    })
  }
  const engine: EngineLayers = {
    layers: [],
    bindings: parsed.data.Bindings.map(String),
    verbosity: verbosityOf(parsed.data.Layers),
    broken: 0,
  }
  for (const entry of parsed.data.Layers) {
    const layer = layerOf(entry)
    if (layer === undefined) engine.broken++
    else engine.layers.push(layer)
  }
  return engine
}

function verbosityOf([first]: readonly unknown[]): EngineLayers['verbosity'] {
  if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first))) return 'indices'
  return typeof first === 'string' ? 'names' : 'detailed'
}

function layerOf(entry: unknown): Layer | undefined {
  if (typeof entry === 'string' || typeof entry === 'number') return { name: String(entry) }
  const parsed = Detailed.safeParse(entry)
  if (!parsed.success) return undefined
  const { Name: name, LayerType, Inputs, Outputs, TacticName, TacticValue, Metadata, ...others } = parsed.data
  const [inputs, outputs] = [Inputs.map(tensorOf), Outputs.map(tensorOf)]
  return layerWith(
    { name, type: LayerType, tactic: TacticName ?? TacticValue, metadata: Metadata, inputs, outputs },
    others,
  )
}

export interface LayerParts {
  name: string
  type: string | undefined
  tactic: string | undefined
  metadata: string | undefined
  inputs: LayerTensor[]
  outputs: LayerTensor[]
}

/** A layer from what is told of it; its precision is its outputs'. */
export function layerWith(parts: LayerParts, others: Readonly<Record<string, unknown>>): Layer {
  const { name, type, tactic, metadata, inputs, outputs } = parts
  const precision = commonPrecision(outputs)
  const onnxNodes = onnxNodesOf(metadata)
  const details = detailsOf(others)
  return {
    name,
    ...(type === undefined ? {} : { type }),
    ...(precision === undefined ? {} : { precision }),
    ...(tactic === undefined || tactic === '' ? {} : { tactic }),
    ...(inputs.length === 0 ? {} : { inputs }),
    ...(outputs.length === 0 ? {} : { outputs }),
    ...(onnxNodes.length === 0 ? {} : { onnxNodes }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  }
}

export function onnxNodesOf(metadata: string | undefined): string[] {
  return [...new Set([...(metadata ?? '').matchAll(ONNX_NODE)].flatMap(([, node]) => (node ? [node] : [])))]
}

function tensorOf(tensor: z.infer<typeof Tensor>): LayerTensor {
  const { Name: name, Dimensions: dims, 'Format/Datatype': format } = tensor
  return layerTensor(name, dims, format)
}

export function layerTensor(name: string, dims: number[] | undefined, format: string | undefined): LayerTensor {
  const precision = precisionOf(format)
  return {
    name,
    ...(dims === undefined ? {} : { dims }),
    ...(format === undefined ? {} : { format }),
    ...(precision === undefined ? {} : { precision }),
  }
}

function commonPrecision(outputs: readonly LayerTensor[]): string | undefined {
  const precisions = new Set(outputs.flatMap(({ precision }) => precision ?? []))
  const [first] = precisions
  return precisions.size > 1 ? 'mixed' : first
}

function detailsOf(others: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(others).filter(([name]) => !OWN.has(name))
  return Object.fromEntries(
    entries.slice(0, MAX_DETAILS).map(([name, value]) => {
      const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
      return [name, text.length > MAX_DETAIL ? `${text.slice(0, MAX_DETAIL)}…` : text]
    }),
  )
}
