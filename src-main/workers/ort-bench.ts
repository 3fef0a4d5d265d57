import type { Facts } from '#domain/passport.ts'
import { UNKNOWN } from '#domain/passport.ts'
import { answerOnce, type Tell } from './answer.ts'
import type { BenchInput, BenchResult } from './bench-protocol.ts'
import { callOverheadUs } from './call-overhead.ts'
import { type CoreProbe, startCoreProbe } from './core-probe.ts'
import { checkModelFile } from './model-file.ts'
import { ortError } from './ort-errors.ts'
import { makeFeeds, outputBytes, releaseFor } from './ort-feeds.ts'
import { loadOrt, type OrtLibrary, type OrtOutputs, type OrtSession } from './ort-library.ts'
import { OrtCpuOptions } from './ort-options.ts'
import { memoryUse, startCpuUse, threadCount } from './process-usage.ts'
import { Samples } from './samples.ts'
import { clockCostUs, LATENCY_CLOCK, LATENCY_DEFINITION, runLoop, type TimedCall } from './timed-loop.ts'

/** One point on ONNX Runtime's CPU provider, in a process of its own. */
answerOnce(async (input, tell) => {
  const options = OrtCpuOptions.parse(input.options)
  tell({ type: 'phase', phase: 'loading ONNX Runtime' })
  const { value: ort, ms: libraryLoadMs } = await timed(loadOrt)
  const callUs = callOverheadUs(ort)
  const probe =
    options.intraOpThreads === 1 && options.executionMode === 'sequential' ? undefined : await startCoreProbe()
  const baselineBytes = memoryUse().residentBytes

  tell({ type: 'phase', phase: 'loading the model' })
  checkModelFile(input.modelPath, input.modelSha256)
  const threadsBefore = threadCount()
  const { value: session, ms: sessionCreateMs } = await timed(() => createSession(ort, input.modelPath, options))
  const threads = computingThreads(options, threadsBefore)
  const call = await prepareCall(ort, session, input)

  tell({ type: 'phase', phase: 'warming up' })
  const measured = await measure(call, input, probe, tell)
  await probe?.close()
  return {
    ...measured,
    libraryLoadMs,
    sessionCreateMs,
    baselineBytes,
    callUs,
    precision: UNKNOWN,
    runtimeFacts: runtimeFacts(ort, options, threads),
  }
})

type PreparedCall = TimedCall<OrtOutputs> & { outputBytes(): number }

async function prepareCall(ort: OrtLibrary, session: OrtSession, input: BenchInput): Promise<PreparedCall> {
  const runNative = session.prepare(await makeFeeds(ort, session, input))
  let bytes = 0
  /** The first call tells what outputs come, and is the one that can fail for their sake. */
  const call: PreparedCall = {
    run() {
      try {
        return runNative()
      } catch (thrown) {
        throw ortError(thrown, input.modelPath)
      }
    },
    release(outputs) {
      bytes = outputBytes(outputs)
      call.release = releaseFor(outputs)
      call.release(outputs)
    },
    outputBytes: () => bytes,
  }
  return call
}

async function measure(call: PreparedCall, input: BenchInput, probe: CoreProbe | undefined, tell: Tell) {
  const samples = new Samples()
  let cpuUse = startCpuUse()
  const before = probe?.measureNs()
  const fixedWarmup = await runLoop(call, samples, input, {
    counting(calls) {
      if (calls < input.warmup) {
        tell({
          type: 'log',
          text: `Warm-up stopped after ${calls} of ${input.warmup} calls: the time limit was reached.`,
        })
      }
      tell({ type: 'phase', phase: 'measuring' })
      cpuUse = startCpuUse()
    },
    live: (iterations, meanMs) => tell({ type: 'live', iterations, meanMs }),
  })
  const cpu = cpuUse()
  const { peakBytes, swappedBytes } = memoryUse()
  const after = probe?.measureNs()
  return {
    latenciesMs: samples.toArray(),
    fixedWarmup,
    outputBytes: call.outputBytes(),
    clockUs: clockCostUs(),
    ...cpu,
    ...(peakBytes === undefined ? {} : { peakBytes }),
    ...(swappedBytes === undefined ? {} : { swappedBytes }),
    ...(probe === undefined ? {} : { coreToCoreNs: { ...(before && { before }), ...(after && { after }) } }),
  } satisfies Partial<BenchResult>
}

function createSession(ort: OrtLibrary, modelPath: string, options: OrtCpuOptions): OrtSession {
  try {
    return ort.createSession(modelPath, options)
  } catch (thrown) {
    throw ortError(thrown, modelPath)
  }
}

/** Threads that compute: what was asked for, or what ONNX Runtime made (its pool, and the calling thread). */
function computingThreads(
  { intraOpThreads, executionMode }: OrtCpuOptions,
  before: number | undefined,
): number | undefined {
  if (intraOpThreads > 0 && executionMode === 'sequential') return intraOpThreads
  const after = threadCount()
  return before === undefined || after === undefined ? undefined : 1 + Math.max(0, after - before)
}

function runtimeFacts(ort: OrtLibrary, options: OrtCpuOptions, threads: number | undefined): Facts {
  return {
    name: 'ONNX Runtime',
    version: ort.version,
    binding: 'onnxruntime-node',
    provider: 'CPUExecutionProvider',
    threads: threads ?? UNKNOWN,
    intraOpThreads: options.intraOpThreads,
    interOpThreads: options.interOpThreads,
    graphOptimization: options.graphOptimization,
    executionMode: options.executionMode,
    memoryPattern: options.memoryPattern,
    memoryArena: options.memoryArena,
    affinity: options.affinity || 'all',
    node: process.versions.node,
    latency: LATENCY_DEFINITION,
    clock: LATENCY_CLOCK,
  }
}

async function timed<T>(work: () => T | Promise<T>): Promise<{ value: T; ms: number }> {
  const startMs = performance.now()
  const value = await work()
  return { value, ms: performance.now() - startMs }
}
