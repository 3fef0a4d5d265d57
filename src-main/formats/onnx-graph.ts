import type { ByteSource } from './define.ts'
import { type ProtobufField, ProtobufReader } from './protobuf.ts'

/** A node of the main graph, as the file has it. Names are hostile text and may be empty. */
export interface OnnxNode {
  name: string
  operator: string
  /** Names of tensors; '' where an optional one is left out. */
  inputs: string[]
  outputs: string[]
}

/** Nodes in the file's order, which ONNX wants to be topological, and the names of what the graph takes and gives. */
export interface OnnxGraph {
  nodes: OnnxNode[]
  outputs: string[]
}

/**
 * The main graph's nodes with the tensors between them; weights are not read.
 * @throws EngineError MODEL_BROKEN   @see onnx.proto, NodeProto and GraphProto
 */
export async function readOnnxGraph(source: ByteSource, signal?: AbortSignal): Promise<OnnxGraph> {
  const reader = new ProtobufReader(source, signal)
  const graph: OnnxGraph = { nodes: [], outputs: [] }
  const output = async (field: ProtobufField) => {
    const { texts } = await reader.message(field, { texts: { name: 1 } })
    graph.outputs.push(texts.name ?? '')
  }
  const node = async (field: ProtobufField) => {
    const inputs: string[] = []
    const outputs: string[] = []
    const { texts } = await reader.message(field, {
      texts: { name: 3, operator: 4 },
      each: {
        1: async field => void inputs.push(await reader.text(field)),
        2: async field => void outputs.push(await reader.text(field)),
      },
    })
    graph.nodes.push({ name: texts.name ?? '', operator: texts.operator ?? '', inputs, outputs })
  }
  await reader.message(reader.root(), {
    each: { 7: field => reader.message(field, { each: { 1: node, 12: output } }).then(() => undefined) },
  })
  return graph
}

/**
 * What to write behind a model's bytes so that it also gives these tensors: a ModelProto with nothing but a graph with
 * nothing but outputs. Protobuf merges a message that is met twice and appends its repeated fields; ONNX Runtime infers
 * the types. @see https://protobuf.dev/programming-guides/encoding/#last-one-wins
 */
export function extraOutputs(tensors: readonly string[]): Uint8Array {
  const outputs = tensors.flatMap(name => field(12, field(1, [...new TextEncoder().encode(name)])))
  return Uint8Array.from(field(7, outputs))
}

/** A length-delimited field. */
function field(number: number, body: readonly number[]): number[] {
  return [number * 8 + 2, ...varint(body.length), ...body]
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}
