import type { Fact, Facts } from '#domain/passport.ts'
import type { PointsContent } from '../define.ts'
import type { TrtexecRun } from './types.ts'

const BYTES_PER_MIB = 2 ** 20

/** What a log tells of how its figures came about. Where its runs differ, a fact is a list, a value a run. */
export function passportOfRuns(runs: readonly TrtexecRun[]): Required<Pick<PointsContent, 'facts' | 'passport'>> {
  return {
    facts: together(runs.map(methodFacts)),
    passport: {
      runtime: together(runs.map(runtimeFacts)),
      gpu: together(runs.map(gpuFacts)),
    },
  }
}

function runtimeFacts({ version, buildTag }: TrtexecRun): Record<string, Fact | undefined> {
  return { 'tensorrt.version': version, 'trtexec.build': buildTag }
}

function gpuFacts({ device }: TrtexecRun): Record<string, Fact | undefined> {
  return {
    name: device.name,
    uuid: device.uuid,
    computeCapability: device.computeCapability,
    multiprocessors: device.multiprocessors,
    memoryBytes: device.memoryMiB === undefined ? undefined : device.memoryMiB * BYTES_PER_MIB,
    computeClockGHz: device.computeClockGHz,
    memoryClockGHz: device.memoryClockGHz,
  }
}

function methodFacts(run: TrtexecRun): Record<string, Fact | undefined> {
  const { measured, build, precisionAsked, commandLine, enginePath, modelPath, outcome, queries, summary } = run
  const { memory } = build
  return {
    toolCommand: commandLine,
    outcome: outcome === 'unknown' ? undefined : outcome,
    latency: latencyMeaning(run),
    percentiles: summary === undefined ? undefined : 'of trtexec: index n − 1 − ⌊(1 − p)·n⌋, as printed (6 digits)',
    dataTransfers: measured.dataTransfers,
    spinWait: measured.spinWait,
    cudaGraph: measured.cudaGraph,
    streams: measured.streams,
    threads: measured.threads,
    warmUpMs: measured.warmUpMs,
    durationSec: measured.durationSec,
    iterations: measured.iterations,
    defaultsOf:
      measured.defaults === undefined
        ? undefined
        : measured.defaults === 'from-11'
          ? 'TensorRT 11 and later'
          : 'TensorRT up to 10',
    queries: queries?.counted || undefined,
    warmUpQueries: queries?.warmUp,
    precisionAsked,
    modelPath,
    enginePath,
    builtSec: build.builtSeconds,
    parseSec: build.parseSeconds,
    generationSec: build.generationSeconds.length === 0 ? undefined : build.generationSeconds,
    deserializeSec: build.deserializeSeconds,
    engineMiB: build.engineMiB ?? build.loadedMiB,
    timingCache: timingCacheFact(build.timingCache),
    skippedTactics: build.skippedTactics || undefined,
    contextMiB: memory.contextMiB,
    activationBytes: memory.activationBytes,
    weightsBytes: memory.weightsBytes,
    scratchBytes: memory.scratchBytes,
    devicePersistentBytes: memory.devicePersistentBytes,
    builderPeakDeviceMiB: memory.peakDeviceMiB,
  }
}

/** What a latency includes decides whether two may stand in one column. */
function latencyMeaning({ measured, summary }: TrtexecRun): string | undefined {
  if (summary === undefined) return undefined
  if (measured.dataTransfers === undefined) return 'of trtexec; whether copies are in it the log does not tell'
  return measured.dataTransfers ? 'input copy, GPU compute and output copy' : 'GPU compute alone, without copies'
}

function timingCacheFact(cache: TrtexecRun['build']['timingCache']): string | undefined {
  if (cache === undefined) return undefined
  const hit = cache.hit === undefined ? '' : cache.hit ? ', read' : ', not there before'
  return `${cache.kind ?? 'file'}${hit}`
}

function together(facts: readonly Record<string, Fact | undefined>[]): Facts {
  const names = new Set(facts.flatMap(each => Object.keys(each)))
  const found: Facts = {}
  for (const name of names) {
    const values = facts.flatMap(each => each[name] ?? [])
    const [first] = values
    if (first === undefined) continue
    const same = values.every(value => String(value) === String(first))
    found[name] =
      same && facts.length > 0 ? (facts.find(each => each[name] !== undefined)?.[name] ?? first) : values.map(listed)
  }
  return found
}

function listed(value: Fact): string | number {
  return typeof value === 'number' || typeof value === 'string' ? value : String(value)
}
