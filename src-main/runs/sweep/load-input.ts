import type { z } from 'zod'
import type { ServerModel } from '#domain/server.ts'
import type { SweepSpec } from '#domain/sweep-spec.ts'
import type { LoadInput } from '../../workers/load-protocol.ts'
import { hasBatch } from './shapes.ts'
import type { SweepStep } from './step.ts'
import type { SweepDoor } from './world.ts'

export interface LoadInputSource {
  step: SweepStep
  spec: SweepSpec
  door: SweepDoor
  model: ServerModel
  /** The server tells statistics. */
  hasStatistics: boolean
}

/** What the load generator is sent for one step. */
export function loadInputOf({ step, spec, door, model, hasStatistics }: LoadInputSource): z.input<typeof LoadInput> {
  const { load, batch, shapes } = step
  const { address } = door
  const { authorization } = address
  const headers = { ...(authorization === undefined ? {} : { authorization }), ...spec.connection.headers }
  return {
    target: {
      protocol: step.protocol,
      host: address.host,
      port: address.port,
      tls: address.isTls,
      connection: { ...spec.connection, headers },
    },
    model: model.name,
    ...(spec.version === undefined ? {} : { version: spec.version }),
    inputs: model.inputs.flatMap(({ name, datatype, optional }) => {
      const shape = shapes[name]
      if (shape === undefined) return []
      return [{ name, datatype, shape, ...(optional === undefined ? {} : { optional }) }]
    }),
    outputs: model.outputs.map(({ name, datatype, shape }) => ({
      name,
      datatype,
      shape: hasBatch(model) ? [batch, ...shape.slice(1)] : shape,
    })),
    batch,
    batches: hasBatch(model),
    load:
      load.kind === 'rate'
        ? { kind: 'rate', requestsPerSec: load.requestsPerSec, distribution: spec.requestDistribution }
        : load.kind === 'schedule'
          ? { kind: 'schedule', intervalsUs: load.intervalsUs }
          : load,
    seed: spec.seed,
    inputData: spec.inputData,
    stringLength: spec.stringLength,
    ...(spec.stringData === undefined ? {} : { stringData: spec.stringData }),
    sharedMemory: step.sharedMemory,
    outputSharedMemoryBytes: spec.outputSharedMemoryBytes,
    streaming: step.streaming,
    ...(model.batching === 'sequence' ? { sequences: sequencesOf(spec, step) } : {}),
    window: windowOf(spec),
    stabilityPercentage: spec.stabilityPercentage,
    maxTrials: spec.maxTrials,
    ...(spec.percentile === undefined ? {} : { percentile: spec.percentile }),
    ...(spec.latencyThresholdMs === undefined ? {} : { latencyThresholdMs: spec.latencyThresholdMs }),
    warmupRequestCount: spec.warmupRequestCount,
    requestTimeoutMs: spec.requestTimeoutMs,
    ...(spec.slotsPerConnection === undefined ? {} : { slotsPerConnection: spec.slotsPerConnection }),
    statisticsOf: hasStatistics ? statisticsOf(spec, model) : [],
  }
}

/** The model first, then the models of an ensemble, without a version where the server chooses. */
function statisticsOf(spec: SweepSpec, model: ServerModel): { name: string; version?: string }[] {
  const own = { name: model.name, ...(spec.version === undefined ? {} : { version: spec.version }) }
  return [own, ...model.composing.map(({ name, version }) => (version === '' ? { name } : { name, version }))]
}

/** In a closed loop each request in flight is of a sequence of its own, as perf_analyzer has it. */
function sequencesOf(spec: SweepSpec, { load }: SweepStep): NonNullable<z.input<typeof LoadInput>['sequences']> {
  return {
    count: load.kind === 'concurrency' ? load.concurrency : spec.numOfSequences,
    length: spec.sequenceLength,
    lengthVariation: spec.sequenceLengthVariation,
    ...(spec.sequenceIdRange === undefined ? {} : { idRange: spec.sequenceIdRange }),
  }
}

function windowOf(spec: SweepSpec): z.input<typeof LoadInput>['window'] {
  if (spec.requestCount !== undefined) return { mode: 'request_count', requests: spec.requestCount }
  return spec.measurementMode === 'count_windows'
    ? { mode: 'count_windows', requests: spec.measurementRequestCount }
    : { mode: 'time_windows', intervalMs: spec.measurementIntervalMs }
}
