import type { LayerTable } from '#domain/layer.ts'
import type { Model } from '#domain/model.ts'
import type { Facts } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import type { MetricSample, ModelStatistics } from '#domain/server.ts'
import type { TraceReader } from '#domain/trace-feed.ts'
import type { TensorContent } from './tensor.ts'

/** Bytes that can be read at any place. Formats never open files: whoever has the bytes hands in one of these. */
export interface ByteSource {
  /** For messages; a path or a name. Hostile text. */
  readonly name: string
  readonly size: number
  /** `length` bytes from `offset`, fewer only where the source ends. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** The first bytes of a source, and the same as text. */
export interface FileHead {
  bytes: Uint8Array
  text: string
  /** Of the whole source. */
  size: number
}

const HEAD_BYTES = 4096

export async function readHead(source: ByteSource): Promise<FileHead> {
  const bytes = await source.read(0, HEAD_BYTES)
  return { bytes, text: new TextDecoder('utf-8').decode(bytes), size: source.size }
}

/** What a model's file says, without path and hashes. */
export interface ModelContent
  extends Pick<
    Model,
    'inputs' | 'outputs' | 'weights' | 'nodeCount' | 'operators' | 'producer' | 'irVersion' | 'opsets'
  > {
  /** Files beside the model that hold weights, as the model names them (hostile), and the size each must have. */
  externalFiles: { location: string; needsBytes: number }[]
}

/** A point as a foreign table tells it: what it leaves out is absent. */
export type ImportedPoint = Pick<Point, 'runtime' | 'batch' | 'concurrency' | 'flags'> &
  Partial<Omit<Point, 'id' | 'index' | 'startedAt' | 'status'>> & {
    /** Raw requests of the counted windows, where the file has them. */
    latenciesNs?: Float64Array
    /** Or every call in ms, leading `warmup` ones included, and parts of each call (`Point.phasesMs`) of the same length. */
    rawMs?: { warmup: number; latencyMs: Float64Array; phasesMs: Record<string, Float64Array> }
  }

/** A table, log or export of another tool as points. Nothing that could not be read is dropped in silence. */
export interface PointsContent {
  /** 'perf_analyzer', 'Model Analyzer', …, and its version where the file says. */
  tool: string
  toolVersion?: string
  /** Server model, where the file says. */
  modelName?: string
  points: ImportedPoint[]
  /**
   * The file does not tell the batch: points say 1 until the user says otherwise. Throughput counts batch items as
   * printed (it stays), or requests (then it is times the batch).
   */
  batchUnknown?: { throughputCounts: 'items' | 'requests' }
  /** Calls overlap in time: throughput × latency says nothing about the row. */
  queriesOverlap?: boolean
  /** Layers of engines; a file may hold nothing else. */
  layers?: LayerTable[]
  /** What the file tells of program and device. */
  passport?: { runtime: Facts; gpu: Facts }
  /** Settings the file names: window, stability, protocol, percentile. */
  facts: Facts
  /** What to know: units assumed, rows that contradict themselves, columns not understood. */
  notices: string[]
  skipped: { where: string; why: string }[]
}

/** What formats give, by the word in `gives`. Later kinds of content add theirs here. */
export interface FormatGives {
  model: ModelContent
  tensor: TensorContent
  points: PointsContent
  'server-statistics': ModelStatistics[]
  'server-metrics': MetricSample[]
  /** A Triton model configuration: parsed by `formats/pbtxt`. */
  'model-config': { text: string }
  /** How to read a trace and from what: whoever opens it brings bytes or tables and a sink. */
  trace: TraceReader
}

/** Bytes or lines that can be read into domain records. Adding one: its file, a line in the list that uses it, a sample. */
export interface Format<Gives extends keyof FormatGives = keyof FormatGives> {
  id: string
  title: string
  gives: Gives
  /** With the dot, for file dialogs; what a file is, its content says. */
  extensions: readonly string[]
  /** Several files of formats of one such kind may tell of one thing: they are imported together (`ImportSpec.others`). */
  partOf?: 'tensorrt-engine'
  /** Whether the content is this format, from the first 4 KiB. A damaged file of the format is still claimed. */
  sniff(head: FileHead): boolean
  /** @throws EngineError for damaged content; never another error */
  read(source: ByteSource, signal?: AbortSignal): Promise<FormatGives[Gives]>
}

export function defineFormat<Gives extends keyof FormatGives>(format: Format<Gives>): Format<Gives> {
  return format
}
