import type { BuildSpec, EngineRunSpec } from '#domain/build-spec.ts'
import type { Model } from '#domain/model.ts'
import type { TrtexecAbilities } from './trtexec-abilities.ts'
import { ArgumentList, type TrtexecArguments } from './trtexec-arguments.ts'
import { addFormats } from './trtexec-formats.ts'
import { addPrecision } from './trtexec-precision.ts'
import { addShapes, shapesText } from './trtexec-shapes.ts'

/** Where a build writes. Absolute paths. */
export interface BuildFiles {
  /** Must not exist: trtexec would overwrite it. */
  engine: string
  /** Read and written; absent: none is kept. */
  timingCache?: string
  /** Export of the engine's layers (JSON). */
  layers?: string
}

/** Where a run of an engine writes its exports (JSON); absent: not exported. Absolute paths. */
export interface RunExports {
  times?: string
  /** Layer times. Written only where they can be measured in a run of their own, and are asked for. */
  profile?: string
  layers?: string
}

/**
 * Arguments of a build without a measurement, log verbose so that its phases can be told.
 * What is merely nice to have and lacks is left out and said; what would make another engine is refused with the way out.
 */
export function buildArgs(
  spec: BuildSpec,
  model: Model,
  abilities: TrtexecAbilities,
  files: BuildFiles,
): TrtexecArguments {
  const list = new ArgumentList(abilities)
  if (model.format !== 'onnx') {
    list.refuse({
      code: 'MODEL_UNSUPPORTED',
      why: `trtexec builds engines of ONNX models; ${model.name} is ${model.format}`,
      hint: 'Export the model to ONNX first.',
      where: model.path,
    })
  }
  list.set('--onnx', model.path)
  list.set('--saveEngine', files.engine)
  list.set(list.has('--skipInference') ? '--skipInference' : '--buildOnly')
  addShapes(list, spec, model)
  addPrecision(list, spec, model)
  addFormats(list, spec.inputFormats, model, 'input')
  addFormats(list, spec.outputFormats, model, 'output')
  addWorkspace(list, spec)
  addBuilderOptions(list, spec)
  if (files.timingCache !== undefined) {
    list.want('--timingCacheFile', files.timingCache, 'every build times all tactics anew')
  }
  list.want('--profilingVerbosity', spec.profilingVerbosity, 'layers tell less of themselves')
  if (files.layers !== undefined) list.want('--exportLayerInfo', files.layers, 'the layers are not listed')
  list.set('--verbose')
  return list.result()
}

/** Suffixes of sizes came later than the option: plain numbers are MiB in every version. */
function addWorkspace(list: ArgumentList, { workspaceMiB }: BuildSpec): void {
  if (workspaceMiB === undefined) return
  if (list.has('--memPoolSize')) {
    list.set('--memPoolSize', `workspace:${workspaceMiB}`)
    return
  }
  const whole = Math.ceil(workspaceMiB)
  if (whole !== workspaceMiB) list.notice(`${list.title} takes whole MiB of workspace: ${whole}.`)
  list.set('--workspace', whole)
}

function addBuilderOptions(list: ArgumentList, spec: BuildSpec): void {
  if (spec.builderOptimizationLevel !== undefined) {
    list.need('--builderOptimizationLevel', String(spec.builderOptimizationLevel), {
      why: `${list.title} has no optimization levels`,
      hint: 'Leave --builder-optimization-level out, or use TensorRT 8.6 or newer.',
      where: '--builder-optimization-level',
    })
  }
  if (spec.sparsity !== 'disable') {
    list.need('--sparsity', spec.sparsity, {
      why: `${list.title} does not use sparsity`,
      hint: 'Leave --sparsity out, or use TensorRT 8.0 or newer.',
      where: '--sparsity',
    })
  }
  if (spec.refit) {
    list.need('--refit', undefined, {
      why: `${list.title} builds no engines that can be refitted`,
      hint: 'Leave --refit out, or use TensorRT 7.2 or newer.',
      where: '--refit',
    })
  }
  if (spec.versionCompatible) {
    list.need('--versionCompatible', undefined, {
      why: `${list.title} builds engines for itself alone`,
      hint: 'Leave --version-compatible out, or use TensorRT 8.6 or newer.',
      where: '--version-compatible',
    })
  }
}

/**
 * Arguments of a measurement of an engine. Graph, waiting and copies are written out against the defaults of the dialect,
 * so that what the spec says is what runs.
 * @param versionCompatible the engine was built so: trtexec must be told to accept the code in it
 */
export function runArgs(
  engine: string,
  run: EngineRunSpec,
  abilities: TrtexecAbilities,
  exports: RunExports,
  { versionCompatible = false }: { versionCompatible?: boolean } = {},
): TrtexecArguments {
  const list = new ArgumentList(abilities)
  list.set('--loadEngine', engine)
  if (versionCompatible) {
    list.need('--versionCompatible', undefined, {
      why: `${list.title} does not load version compatible engines`,
      hint: 'Use TensorRT 8.6 or newer, or build the engine without --version-compatible.',
    })
  }
  if (Object.keys(run.shapes).length > 0) list.set('--shapes', shapesText(list, run.shapes))
  list.set('--warmUp', run.warmUpMs)
  list.set('--duration', run.durationSec)
  list.set('--iterations', run.iterations)
  if (run.streams > 1) list.set(list.has('--infStreams') ? '--infStreams' : '--streams', run.streams)
  if (abilities.dialect === '≥11') addAgainstGpuOnly(list, run)
  else addAgainstCopies(list, run)
  if (exports.times !== undefined) list.set('--exportTimes', exports.times)
  if (run.profile && exports.profile !== undefined) addProfile(list, exports.profile)
  if (exports.layers !== undefined) list.want('--exportLayerInfo', exports.layers, 'the layers are not listed')
  return list.result()
}

/** From 11 on graph and spin wait are on and copies are off. */
function addAgainstGpuOnly(list: ArgumentList, { cudaGraph, spinWait, dataTransfers }: EngineRunSpec): void {
  if (!cudaGraph) list.set('--noCudaGraph')
  if (!spinWait) list.set('--noSpinWait')
  if (dataTransfers) list.set('--includeDataTransfers')
}

/** Up to 10 graph and spin wait are off and copies are on. */
function addAgainstCopies(list: ArgumentList, { cudaGraph, spinWait, dataTransfers }: EngineRunSpec): void {
  if (cudaGraph) list.set('--useCudaGraph')
  if (spinWait) list.set('--useSpinWait')
  if (dataTransfers) return
  list.need('--noDataTransfers', undefined, {
    why: `${list.title} always copies inputs and outputs`,
    hint: 'Measure with data transfers, or use TensorRT 7.2 or newer.',
    where: 'dataTransfers',
  })
}

/** A profiler in the measured run would slow it: layers are timed in a second one, always so from 11 on. */
function addProfile(list: ArgumentList, path: string): void {
  const isAlwaysSeparate = list.abilities.dialect === '≥11'
  if (isAlwaysSeparate || list.has('--separateProfileRun')) {
    list.set('--exportProfile', path)
    if (!isAlwaysSeparate) list.set('--separateProfileRun')
  } else {
    list.notice(`${list.title} cannot time layers in a run of their own: they are not timed.`)
  }
}
