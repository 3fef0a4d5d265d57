import { type Facts, type Passport, UNKNOWN } from '#domain/passport.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { GpuMetrics, ServerInfo, ServerModel } from '#domain/server.ts'
import type { SweepSpec } from '#domain/sweep-spec.ts'
import { sweepArguments } from './command.ts'
import type { SweepWorld } from './world.ts'

export interface PassportSources {
  spec: SweepSpec
  plan: RunPlan
  streaming: boolean
  world: SweepWorld
  gpus: readonly GpuMetrics[]
  app: { version: string; commit: string }
  /** The machine that makes the load. */
  host: { cpu: Facts; memory: Facts; gpu: Facts; os: Facts }
  startedAt: string
}

/** The passport of a sweep (DESIGN §6) as known before the first point. */
export function sweepPassport({ spec, plan, streaming, world, gpus, app, host, startedAt }: PassportSources): Passport {
  return {
    command: { cli: plan.command, argv: ['batchscope', 'sweep', ...sweepArguments(spec)] },
    app: { name: 'Batchscope', version: app.version, commit: app.commit },
    model: modelFacts(world.model),
    runtime: {
      ...serverFacts(world),
      'triton.latency': 'around the whole request: handed to the socket, sent, waited for, received, read',
    },
    method: {
      percentiles: 'nearest rank, as perf_analyzer: index floor(p/100·(n−1)+0.5)',
      bounds: '95 % order-statistic bounds, distribution-free',
      load: loadText(spec),
      windows: windowText(spec),
      stopRule: stopText(spec),
      warmupRule: `${spec.warmupRequestCount} requests before the first window; of the windows the last three count`,
      parts: 'growth of the server’s statistics over the counted windows; network is what they and the client leave',
      clientSend: 'gRPC: making the request until it is handed to the socket; HTTP: first byte until the last is taken',
      clientReceive: 'gRPC: reading the answer that has arrived; HTTP: its first byte until its last',
      order: 'repeat by repeat, inside by URL, shared memory and batch, load ascending; nothing is interleaved',
      process: 'a fresh load generator per point',
      repeats: spec.repeat,
      requestTimeoutMs: spec.requestTimeoutMs,
      inputData: `${spec.inputData}, seed ${spec.seed}`,
      streaming,
    },
    cpu: host.cpu,
    memory: host.memory,
    gpu: { ...host.gpu, ...gpuFacts(gpus) },
    os: host.os,
    time: { startedAt },
  }
}

/** What the load generator told of itself, and when the latest point ended. */
export function withLoadFacts(passport: Passport, facts: Facts): Passport {
  const load = Object.fromEntries(Object.entries(facts).map(([name, fact]) => [`load.${name}`, fact]))
  return {
    ...passport,
    method: { ...passport.method, ...load },
    time: { ...passport.time, endedAt: new Date().toISOString() },
  }
}

function serverFacts({ server, doors }: SweepWorld): Facts {
  const closed = Object.entries(server.abilities).filter(([, { has }]) => !has)
  const facts: Facts = {
    title: 'Triton Inference Server',
    name: server.name,
    version: server.version,
    urls: doors.map(({ url }) => url),
    tls: doors.some(({ address }) => address.isTls),
    sameMachine: doors.every(({ local }) => local),
    extensions: server.extensions,
    abilities: abilitiesOf(server),
    closed: closed.map(([name, { why }]) => (why === undefined ? name : `${name}: ${why}`)),
    roundTripMs: server.roundTripMs ?? UNKNOWN,
  }
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [`triton.${name}`, fact]))
}

function abilitiesOf({ abilities }: ServerInfo): string[] {
  return Object.entries(abilities).flatMap(([name, { has }]) => (has ? [name] : []))
}

function modelFacts(model: ServerModel): Facts {
  const tensor = ({ name, datatype, shape }: ServerModel['inputs'][number]) =>
    `${name} ${datatype} [${shape.join(', ')}]`
  return {
    name: model.name,
    version: model.version ?? (model.versions.join(', ') || UNKNOWN),
    platform: model.platform ?? UNKNOWN,
    backend: model.backend ?? UNKNOWN,
    maxBatchSize: model.maxBatchSize ?? UNKNOWN,
    batching: model.batching ?? UNKNOWN,
    instances: model.instances.map(
      ({ kind, count, gpus }) => `${count} × ${kind}${gpus.length > 0 ? ` on GPU ${gpus.join(', ')}` : ''}`,
    ),
    decoupled: model.decoupled ?? UNKNOWN,
    responseCache: model.responseCache ?? UNKNOWN,
    composing: model.composing.map(({ name, version }) => `${name} version ${version}`),
    inputs: model.inputs.map(tensor),
    outputs: model.outputs.map(tensor),
  }
}

function gpuFacts(gpus: readonly GpuMetrics[]): Facts {
  if (gpus.length === 0) return { serverGpus: UNKNOWN }
  return {
    serverGpus: gpus.map(
      ({ uuid, memoryTotalBytes }) => `${uuid}${memoryTotalBytes === undefined ? '' : `, ${memoryTotalBytes} B`}`,
    ),
  }
}

function loadText(spec: SweepSpec): string {
  if (spec.requestIntervalsPath !== undefined) return 'open loop by a file of intervals'
  if (spec.requestRates !== undefined) return `open loop, ${spec.requestDistribution} intervals, seed ${spec.seed}`
  return 'closed loop: the next request is sent when one has ended'
}

function windowText(spec: SweepSpec): string {
  if (spec.requestCount !== undefined) return `one of ${spec.requestCount} requests, first sent to last ended`
  return spec.measurementMode === 'time_windows'
    ? `1.2 × ${spec.measurementIntervalMs} ms each, back to back; the last three together are the point`
    : `at least ${spec.measurementRequestCount} requests each, looked at every second; the last three together are the point`
}

function stopText(spec: SweepSpec): string {
  if (spec.requestCount !== undefined) return 'taken as it is'
  const judged = spec.percentile === undefined ? 'mean latency' : `p${spec.percentile}`
  const rule = `throughput and ${judged} of the last three within ${spec.stabilityPercentage} %, at most ${spec.maxTrials} windows`
  return spec.latencyThresholdMs === undefined ? rule : `${rule}; over ${spec.latencyThresholdMs} ms ends the point`
}
