import type { BuildSpec } from '#domain/build-spec.ts'
import type { Failure } from '#domain/errors.ts'
import type { Readiness } from '#domain/machine.ts'
import type { Model } from '#domain/model.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Notice } from '#domain/run.ts'
import type { TrtexecAbilities } from '../../../native-tools/trtexec-abilities.ts'
import { type BuildFiles, buildArgs } from '../../../native-tools/trtexec-args.ts'
import type { Refusal } from '../../../native-tools/trtexec-arguments.ts'
import { buildFiles, engineKey, shapeWords } from '../../../native-tools/trtexec-engine-name.ts'
import { buildCommand } from './command.ts'

/** What is known of this machine; handed in, so that the plan is pure. */
export interface BuildWorld {
  /** `path` is a program's, or `docker:IMAGE`. */
  trtexec: Readiness
  /** Absent only when trtexec is not ready. */
  abilities?: TrtexecAbilities
  /** Name of the GPU it builds for; absent: none was found. */
  gpu?: string
  /** Absolute folder of the engines; absent while the session, beside which it lies, is not known. */
  folder?: string
  /** An engine or anything else lies at this path. */
  exists(path: string): boolean
  /** What an earlier build of the same key took; nothing else tells how long one takes. */
  earlierBuildMs?(key: string): number | undefined
}

export interface BuildPlan {
  /** `argv` begins with 'trtexec'; absent when it is refused. */
  plan: RunPlan
  /** The same for builds that ask the same of the same model, TensorRT and GPU: 64 hexadecimal digits. */
  key: string
  /** What the arguments were made for; under `engines` while the folder is not known. */
  files: BuildFiles
}

/** Stands for the folder while the session is not known. */
const FOLDER = 'engines'

/** What a build would start. Pure: what is known of the machine is handed in. */
export function planBuild(spec: BuildSpec, model: Model, world: BuildWorld): BuildPlan {
  const { trtexec, abilities, gpu } = world
  const origin = { spec, model, version: abilities?.version ?? trtexec.version, gpu }
  const key = engineKey(origin)
  const files = buildFiles(origin, spec.outputFolder ?? world.folder ?? FOLDER, path => world.exists(path))
  const made = abilities === undefined ? undefined : buildArgs(spec, model, abilities, files)
  const problems = [
    ...(trtexec.ready ? [] : [notReady(trtexec)]),
    ...(made !== undefined && 'refused' in made ? made.refused.map(refusedProblem) : []),
    ...missingCache(spec, world),
  ]
  const argv = made !== undefined && 'argv' in made ? made.argv : undefined
  const estimateMs = world.earlierBuildMs?.(key)
  return {
    plan: {
      kind: 'build',
      title: spec.title ?? model.name,
      subtitle: [
        `TensorRT${origin.version === undefined ? '' : ` ${origin.version}`}`,
        spec.precision,
        ...shapeWords(spec),
      ].join(' · '),
      command: buildCommand(spec),
      ...(argv === undefined ? {} : { argv: ['trtexec', ...argv] }),
      pointCount: 0,
      ...(estimateMs === undefined ? {} : { estimateMs }),
      notices: [
        ...(made !== undefined && 'notices' in made ? made.notices.map(warning) : []),
        ...(gpu === undefined ? [NO_GPU] : []),
      ],
      problems,
      inputs: [],
      batches: [],
    },
    key,
    files,
  }
}

function warning(text: string): Notice {
  return { level: 'warning', text }
}

const NO_GPU = warning('nvidia-smi tells of no GPU here: trtexec needs one, and the engine is named without it.')

function notReady({ why, hint, path }: Readiness): Failure {
  return {
    code: 'TOOL_MISSING',
    message: why ?? 'trtexec was not found',
    hint: hint ?? 'Install TensorRT (its bin folder holds trtexec), or set the path of trtexec in Settings.',
    ...(path === undefined ? {} : { where: path }),
  }
}

function missingCache({ calibrationCache }: BuildSpec, world: BuildWorld): Failure[] {
  if (calibrationCache === undefined || world.exists(calibrationCache)) return []
  return [
    {
      code: 'FILE_NOT_FOUND',
      message: 'The calibration cache does not exist',
      where: calibrationCache,
      hint: 'trtexec would make up the scales instead. Name a cache that a calibration wrote.',
    },
  ]
}

function refusedProblem({ code = 'SPEC_INVALID', why, hint, where }: Refusal): Failure {
  return { code, message: why, hint, ...(where === undefined ? {} : { where }) }
}
