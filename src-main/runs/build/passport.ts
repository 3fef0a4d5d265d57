import { type Facts, type Passport, UNKNOWN } from '#domain/passport.ts'
import type { TrtexecRun } from '#formats/trtexec/types.ts'
import { buildArgs } from '../../../native-tools/trtexec-args.ts'
import type { BuiltEngine, EngineJob } from '../../../native-tools/trtexec-engine.ts'
import { deviceFacts, programFacts } from '../../../native-tools/trtexec-facts.ts'
import type { HostFacts } from '../../machine/host.ts'

export interface BuildPassportSources {
  job: EngineJob
  cli: string
  app: { version: string; commit: string }
  host: HostFacts
}

/** How an engine comes about (DESIGN §6), as known before it is built. */
export function buildPassport({ job, cli, app, host }: BuildPassportSources): Passport {
  const { program, abilities, spec, model, files } = job
  const made = buildArgs(spec, model, abilities, files)
  return {
    command: { cli, argv: [program, ...('argv' in made ? made.argv : [])] },
    app: { name: 'Batchscope', version: app.version, commit: app.commit },
    model: {
      path: model.path,
      format: model.format,
      bytes: model.bytes,
      sha256: model.sha256,
      externalDataSha256: model.externalData.map(file => file.sha256),
      producer: model.producer ?? UNKNOWN,
      opsets: model.opsets.map(opset => `${opset.domain || 'ai.onnx'} ${opset.version}`),
    },
    runtime: {
      tool: 'trtexec',
      path: program,
      version: abilities.version ?? UNKNOWN,
      dialect: abilities.dialect === '≥11' ? 'TensorRT 11 and later' : 'up to TensorRT 10',
    },
    method: {
      precision: spec.precision,
      ...shapeFacts(spec),
      builderOptimizationLevel: spec.builderOptimizationLevel ?? 'default of TensorRT',
      workspaceMiB: spec.workspaceMiB ?? 'default of TensorRT',
      sparsity: spec.sparsity,
      refit: spec.refit,
      versionCompatible: spec.versionCompatible,
      profilingVerbosity: spec.profilingVerbosity,
      timingCache: files.timingCache ?? 'none kept',
      written: 'under a temporary name, given its own when it was whole',
    },
    ...host,
    time: { startedAt: new Date().toISOString() },
  }
}

/** With what the log of the run tells: version, device. */
export function withRun(passport: Passport, run: TrtexecRun): Passport {
  return {
    ...passport,
    runtime: { ...passport.runtime, ...programFacts(run) },
    // The device that built it stands first: what the driver's tool tells is kept beside it.
    gpu: { ...passport.gpu, ...deviceFacts(run.device) },
    time: { ...passport.time, endedAt: new Date().toISOString() },
  }
}

/** With the engine that came of it: its file and what it took. */
export function withEngine(passport: Passport, { path, bytes, sha256, argv, run, elapsedMs }: BuiltEngine): Passport {
  const { builtSeconds, timingCache, memory } = run.build
  return {
    ...passport,
    command: { ...passport.command, argv },
    method: {
      ...passport.method,
      engine: path,
      engineBytes: bytes,
      engineSha256: sha256,
      elapsedSec: Number((elapsedMs / 1000).toFixed(3)),
      timingCacheHit: timingCache?.hit ?? UNKNOWN,
      ...(builtSeconds === undefined ? {} : { builtSeconds }),
      ...(run.build.skippedTactics === 0 ? {} : { skippedTactics: run.build.skippedTactics }),
      ...memory,
    },
  }
}

function shapeFacts({ minShapes, optShapes, maxShapes }: EngineJob['spec']): Facts {
  const words = (shapes: Record<string, number[]>) =>
    Object.entries(shapes).map(([name, dims]) => `${name}:${dims.join('x')}`)
  const facts: Facts = {}
  if (Object.keys(optShapes).length > 0) facts.optShapes = words(optShapes)
  if (Object.keys(minShapes).length > 0) facts.minShapes = words(minShapes)
  if (Object.keys(maxShapes).length > 0) facts.maxShapes = words(maxShapes)
  return facts
}
