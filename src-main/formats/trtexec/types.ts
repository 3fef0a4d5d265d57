import type { Severity } from './log-line.ts'

/** What trtexec is at, as its lines tell. Silence between two of them may last minutes: it prints no progress. */
export const TRTEXEC_PHASES = [
  'parse',
  'optimise',
  'tactics',
  'serialise',
  'deserialise',
  'inference',
  'summary',
  'profile',
] as const
export type TrtexecPhase = (typeof TRTEXEC_PHASES)[number]

/** Told line by line while trtexec runs. */
export type TrtexecEvent =
  | { type: 'phase'; phase: TrtexecPhase }
  /** --verbose only: what is timed now, and how much was so far. How much is to come nobody knows. */
  | { type: 'tactics'; layer: string; layers: number; formats: number; timings: number }
  | { type: 'message'; severity: 'F' | 'E' | 'W'; text: string }
  /** `name` as in `TrtexecBuild`, `TrtexecSummary`: 'builtSeconds', 'queriesPerSec'. */
  | { type: 'figure'; name: string; value: number }
  | { type: 'hint'; hint: TrtexecHint }

/** A closing banner, an exit code, or neither: a log that ends in the middle, an excerpt. */
export type TrtexecOutcome = 'passed' | 'failed' | 'waived' | 'died' | 'unknown'

/** One line of statistics, ms. `percentiles` by p: `{ 90: 0.045 }`. What was `nan` or `inf` is absent. */
export interface PrintedStatistics {
  minMs?: number
  maxMs?: number
  meanMs?: number
  medianMs?: number
  percentilesMs: Record<string, number>
}

export const SUMMARY_ROWS = ['latency', 'endToEnd', 'enqueue', 'h2d', 'gpuCompute', 'd2h'] as const
export type SummaryRow = (typeof SUMMARY_ROWS)[number]

/** "Performance summary", each figure as printed. */
export interface TrtexecSummary {
  /** Queries; with an implicit batch (up to 8.6) already times the batch. */
  queriesPerSec?: number
  rows: Partial<Record<SummaryRow, PrintedStatistics>>
  hostWallSeconds?: number
  gpuComputeSeconds?: number
}

export interface ProfileRow {
  name: string
  timeMs?: number
  averageMs?: number
  medianMs?: number
  percent?: number
}

/** --dumpProfile. Layers that took no time are left out by trtexec. */
export interface ProfileTable {
  iterations: number
  rows: ProfileRow[]
  total?: ProfileRow
}

/** One of "Trace averages of 10 runs". */
export interface TraceAverage {
  gpuMs: number
  hostMs: number
  enqueueMs?: number
}

export interface TrtexecBuild {
  parseSeconds?: number
  graphOptimizationSeconds?: number
  /** One per engine that the builder made on its way. */
  generationSeconds: number[]
  builtSeconds?: number
  deserializeSeconds?: number
  engineMiB?: number
  /** The engine as it was read: whole MiB. */
  loadedMiB?: number
  timingCache?: {
    kind?: 'local' | 'global' | 'none'
    /** A file of an earlier build was read. */
    hit?: boolean
    savedBytes?: number
  }
  /** Tactics that were left out because the workspace was too small for them. */
  skippedTactics: number
  memory: {
    hostPersistentBytes?: number
    devicePersistentBytes?: number
    scratchBytes?: number
    activationBytes?: number
    weightsBytes?: number
    contextMiB?: number
    peakHostMiB?: number
    peakDeviceMiB?: number
  }
}

/** What trtexec or TensorRT itself says is to know beside the figures. */
export type TrtexecHint =
  | { kind: 'enqueue-bound' }
  | { kind: 'transfer-bound'; direction: 'h2d' | 'd2h' }
  | { kind: 'unstable'; coefficientPercent?: number }
  | { kind: 'multiple-streams' }
  | { kind: 'auxiliary-streams'; streams: number }
  | { kind: 'workspace-short' }
  | { kind: 'weights-converted' }
  | { kind: 'weights-affected'; weights: number; why: string }
  | { kind: 'int64-weights' }
  | { kind: 'layernorm-fp16' }
  | { kind: 'plan-of-other-device' }
  | { kind: 'no-lazy-loading' }
  | { kind: 'more-precisions' }
  | { kind: 'shape-assumed'; input: string; dims: number[] }
  | { kind: 'deprecated'; text: string }
  | { kind: 'no-end-to-end' }
  | { kind: 'no-layer-times-in-graph' }

/** W, E and F of the logger, and what other programs printed at their end; lines that wrapped are one. */
export interface TrtexecMessage {
  severity: Extract<Severity, 'F' | 'E' | 'W'>
  fromTensorRt: boolean
  text: string
  /** How often the same was said. */
  count: number
}

export interface TrtexecDevice {
  name?: string
  id?: number
  uuid?: string
  computeCapability?: string
  multiprocessors?: number
  memoryMiB?: number
  computeClockGHz?: number
  memoryClockGHz?: number
}

/** What a latency of this run includes: defaults differ between TensorRT 10 and 11. Absent: the log does not tell. */
export interface MeasuredHow {
  dataTransfers?: boolean
  spinWait?: boolean
  cudaGraph?: boolean
  streams?: number
  threads?: boolean
  warmUpMs?: number
  durationSec?: number
  iterations?: number
  separateProfileRun?: boolean
  /** Whose defaults: trtexec's up to 10, or from 11 on. */
  defaults?: 'up-to-10' | 'from-11'
}

/** One run of trtexec, as far as its log tells. */
export interface TrtexecRun {
  /** '10.16.1'. */
  version?: string
  /** 'b11'. */
  buildTag?: string
  /** Of a tuning run (11.1): which build was tried. */
  buildRoute?: string
  /** As the banner prints it: joined by blanks, without quotes. */
  commandLine?: string
  outcome: TrtexecOutcome
  exitCode?: number
  signal?: string
  /** 'Build Options' → 'Precision' → 'FP32+FP16'. Values that stand twice are joined with a comma. */
  sections: Record<string, Record<string, string>>
  device: TrtexecDevice
  /** Full shapes of the inputs that were run. */
  shapes: Record<string, number[]>
  outputShapes: Record<string, number[]>
  /** `implicit`: throughput counts batch items already. Absent: the log does not tell. */
  batch?: { size: number; implicit: boolean }
  /** As asked for: 'FP32+FP16', 'Strongly Typed'. */
  precisionAsked?: string
  modelPath?: string
  enginePath?: string
  phases: TrtexecPhase[]
  build: TrtexecBuild
  measured: MeasuredHow
  /** Counted queries, and those before them. */
  queries?: { counted: number; overSeconds: number; warmUp?: number }
  summary?: TrtexecSummary
  averages: TraceAverage[]
  profile?: ProfileTable
  /** --dumpLayerInfo: the lines of its body, a layer each, and the bindings. */
  layerDump?: { layers: string[]; bindings: string[] }
  messages: TrtexecMessage[]
  /** Kinds of messages beyond the cap that were only counted. */
  messagesLeftOut: number
  hints: TrtexecHint[]
}

/** A file or a process: one run, or several after each other. */
export interface TrtexecLog {
  runs: readonly [TrtexecRun, ...TrtexecRun[]]
  /** Runs beyond the cap: counted, not kept. */
  runsLeftOut: number
}
