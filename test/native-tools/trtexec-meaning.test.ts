import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUILD_PRECISIONS, BuildSpec, EngineRunSpec } from '#domain/build-spec.ts'
import { buildArgs, runArgs } from '../../native-tools/trtexec-args.ts'
import type { TrtexecArguments } from '../../native-tools/trtexec-arguments.ts'
import { abilitiesOf, MODELS, type TrtexecVersion } from '../helpers/trtexec.ts'

/*
 * Arguments read back as trtexec would, by tables of this file's own: release by release what came and what went,
 * as the release notes and sampleOptions.cpp tell it. None of it is shared with native-tools/trtexec-flags.ts.
 */
const RELEASES: readonly [version: string, came: string, went: string][] = [
  [
    '8.6',
    `onnx saveEngine loadEngine minShapes optShapes maxShapes shapes fp16 int8 fp8 best noTF32 calib inputIOFormats
     outputIOFormats workspace memPoolSize builderOptimizationLevel sparsity timingCacheFile noBuilderCache refit
     versionCompatible buildOnly skipInference iterations duration warmUp streams infStreams threads useCudaGraph
     useSpinWait noDataTransfers separateProfileRun verbose percentile exportTimes exportProfile dumpProfile
     exportLayerInfo dumpLayerInfo profilingVerbosity explicitBatch heuristic minTiming`,
    '',
  ],
  [
    '10.9',
    'bf16 int4 stronglyTyped maxTactics tilingOptimizationLevel',
    'workspace buildOnly explicitBatch heuristic minTiming',
  ],
  ['11.0', 'noCudaGraph noSpinWait includeDataTransfers', 'fp16 int8 fp8 bf16 int4 best calib'],
  ['11.1', 'dryRun tuneBuildRoutes', ''],
]
/** Taken, said to be deprecated, and of no effect. */
const EMPTY_WORDS_OF_11 = ['useCudaGraph', 'useSpinWait', 'noDataTransfers', 'separateProfileRun', 'stronglyTyped']

function known(version: TrtexecVersion): Set<string> {
  const flags = new Set<string>()
  for (const [release, came, went] of RELEASES) {
    for (const flag of came.split(/\s+/)) flags.add(flag)
    for (const flag of went.split(/\s+/)) flags.delete(flag)
    if (release === version) break
  }
  return flags
}

const VERSIONS = ['8.6', '10.9', '11.0', '11.1'] as const
const isEleven = (version: TrtexecVersion) => version.startsWith('11')

/** Options by name. Fails on a word that trtexec would not take: no dashes, an unknown name, the same twice. */
function optionsOf(argv: readonly string[], version: TrtexecVersion): Map<string, string> {
  const flags = known(version)
  const options = new Map<string, string>()
  for (const word of argv) {
    const [, name = '', value = ''] = /^--([A-Za-z0-9]+)(?:=([\s\S]+))?$/.exec(word) ?? []
    if (!flags.has(name)) throw new Error(`${version} has no ${word}`)
    if (isEleven(version) && EMPTY_WORDS_OF_11.includes(name)) throw new Error(`${word} means nothing in ${version}`)
    if (options.has(name)) throw new Error(`${word} twice`)
    options.set(name, value)
  }
  return options
}

function refused(made: TrtexecArguments): made is Extract<TrtexecArguments, { refused: unknown }> {
  return 'refused' in made
}

const dims = fc.integer({ min: 1, max: 64 })
const specs = fc.record({
  model: fc.constantFrom(
    'dynamic' as const,
    'half' as const,
    'quantized' as const,
    'bfloat' as const,
    'float8' as const,
  ),
  precision: fc.constantFrom(...BUILD_PRECISIONS),
  batches: fc.tuple(dims, dims, dims).map(list => list.toSorted((a, b) => a - b)),
  workspaceMiB: fc.option(fc.integer({ min: 1, max: 65536 }), { nil: undefined }),
  builderOptimizationLevel: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
  sparsity: fc.constantFrom('disable' as const, 'enable' as const, 'force' as const),
  refit: fc.boolean(),
  versionCompatible: fc.boolean(),
  profilingVerbosity: fc.constantFrom('layer_names_only' as const, 'detailed' as const, 'none' as const),
  timingCache: fc.boolean(),
})

test('a build means what its spec says, in every version, or is refused with a way out', () => {
  let builds = 0
  fc.assert(
    fc.property(specs, fc.constantFrom(...VERSIONS), ({ model: name, batches, timingCache, ...rest }, version) => {
      const model = MODELS[name]
      const [min = 1, opt = 1, max = 1] = batches
      const shapes = (batch: number) => ({ x: [batch, 3, 224, 224] })
      const spec = BuildSpec.parse({
        ...rest,
        modelPath: model.path,
        minShapes: shapes(min),
        optShapes: shapes(opt),
        maxShapes: shapes(max),
      })
      const files = { engine: '/e/a b.engine', ...(timingCache ? { timingCache: '/e/t.cache' } : {}) }
      const made = buildArgs(spec, model, abilitiesOf(version), files)
      if (refused(made)) {
        expect(made.refused.length).toBeGreaterThan(0)
        for (const { why, hint } of made.refused) expect(`${why}${hint}`).toMatch(/\w+.*\w/)
        return
      }
      builds++
      const options = optionsOf(made.argv, version)
      const asked = ['fp16', 'int8', 'fp8', 'bf16', 'best'].filter(flag => options.has(flag))
      expect(asked).toEqual(
        !isEleven(version) && !['fp32', 'tf32', 'model'].includes(spec.precision) ? [spec.precision] : [],
      )
      // TF32 is on unless it is switched off.
      expect(options.has('noTF32')).toBe(spec.precision === 'fp32')
      if (spec.precision === 'model' && version === '10.9') expect(options.has('stronglyTyped')).toBe(true)
      expect([options.get('minShapes'), options.get('optShapes'), options.get('maxShapes')]).toEqual(
        [min, opt, max].map(batch => `x:${batch}x3x224x224`),
      )
      expect(options.get('memPoolSize')).toBe(
        spec.workspaceMiB === undefined ? undefined : `workspace:${spec.workspaceMiB}`,
      )
      expect(options.get('builderOptimizationLevel')).toBe(spec.builderOptimizationLevel?.toString())
      expect(options.get('sparsity') ?? 'disable').toBe(spec.sparsity)
      expect(options.has('refit')).toBe(spec.refit)
      expect(options.has('versionCompatible')).toBe(spec.versionCompatible)
      expect(options.get('profilingVerbosity')).toBe(spec.profilingVerbosity)
      expect(options.get('timingCacheFile')).toBe(files.timingCache)
      expect([options.get('onnx'), options.get('saveEngine')]).toEqual([model.path, '/e/a b.engine'])
      // A build alone: nothing is measured.
      expect(options.has('skipInference')).toBe(true)
    }),
    { numRuns: 400 },
  )
  expect(builds).toBeGreaterThan(100)
})

/** From 11 on it is the model that says: an engine of another precision than asked is never built silently. */
test.each(['11.0', '11.1'] as const)('TensorRT %s builds a precision only of a model that holds it', version => {
  const holds = {
    dynamic: ['fp32', 'tf32'],
    half: ['fp16'],
    bfloat: ['bf16'],
    quantized: ['int8'],
    float8: ['fp8'],
  } as const
  for (const name of ['dynamic', 'half', 'bfloat', 'quantized', 'float8'] as const) {
    const model = MODELS[name]
    const built = BUILD_PRECISIONS.filter(precision => {
      const spec = BuildSpec.parse({ modelPath: model.path, precision, optShapes: { x: [1, 3, 224, 224] } })
      return !refused(buildArgs(spec, model, abilitiesOf(version), { engine: '/e' }))
    })
    expect(built, name).toEqual([...holds[name], 'model'])
  }
})

/** What is measured when an option is absent, by release. */
const DEFAULTS = {
  early: { graph: false, spin: false, transfers: true },
  late: { graph: true, spin: true, transfers: false },
}

const runs = fc.record({
  cudaGraph: fc.boolean(),
  spinWait: fc.boolean(),
  dataTransfers: fc.boolean(),
  profile: fc.boolean(),
  streams: fc.integer({ min: 1, max: 8 }),
  warmUpMs: fc.nat(5000),
  durationSec: fc.nat(60),
  iterations: fc.integer({ min: 1, max: 1000 }),
})

test('a measurement means what its spec says, whatever the defaults of the version', () => {
  fc.assert(
    fc.property(runs, fc.constantFrom(...VERSIONS), (given, version) => {
      const run = EngineRunSpec.parse(given)
      const made = runArgs('/e/net.engine', run, abilitiesOf(version), { times: '/t', profile: '/p' })
      if (refused(made)) throw new Error(made.refused[0]?.why)
      const options = optionsOf(made.argv, version)
      const { graph, spin, transfers } = DEFAULTS[isEleven(version) ? 'late' : 'early']
      const effective = {
        cudaGraph: options.has('useCudaGraph') || (graph && !options.has('noCudaGraph')),
        spinWait: options.has('useSpinWait') || (spin && !options.has('noSpinWait')),
        dataTransfers: options.has('includeDataTransfers') || (transfers && !options.has('noDataTransfers')),
        profile: options.has('exportProfile'),
        streams: Number(options.get('infStreams') ?? 1),
        warmUpMs: Number(options.get('warmUp') ?? 200),
        durationSec: Number(options.get('duration') ?? 3),
        iterations: Number(options.get('iterations') ?? 10),
      }
      expect(effective).toEqual(given)
      // Layers are never timed in the run that is measured.
      expect(options.has('separateProfileRun')).toBe(given.profile && !isEleven(version))
      expect(options.get('exportTimes')).toBe('/t')
    }),
    { numRuns: 300 },
  )
})
