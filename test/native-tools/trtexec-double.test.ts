import { describe, expect, test } from 'vitest'
import { BuildSpec } from '#domain/build-spec.ts'
import { trtexecAbilities } from '../../native-tools/trtexec-abilities.ts'
import { buildArgs, runArgs } from '../../native-tools/trtexec-args.ts'
import { helpText, parseArguments } from '../doubles/trtexec/flags.ts'
import { switchesOf } from '../doubles/trtexec/options.ts'
import { VERSIONS } from '../doubles/trtexec/scenario.ts'
import { MODELS } from '../helpers/trtexec.ts'
import { BUILDS, RUNS } from '../helpers/trtexec-specs.ts'

/** Every option that arguments may hold. */
const ALL_OPTIONS = `onnx saveEngine skipInference minShapes optShapes maxShapes fp16 bf16 fp8 int8 best noTF32
  calib inputIOFormats outputIOFormats memPoolSize workspace builderOptimizationLevel sparsity refit versionCompatible
  timingCacheFile profilingVerbosity exportLayerInfo verbose buildOnly loadEngine shapes warmUp duration iterations
  infStreams useCudaGraph useSpinWait noDataTransfers separateProfileRun noCudaGraph noSpinWait includeDataTransfers
  exportTimes exportProfile stronglyTyped`
  .split(/\s+/)
  .map(name => `--${name}`)

/** The double has a table of its own, by another hand, and takes options as trtexec does. */
describe.each(['8.6.1', '10.16.1', '11.0.0', '11.1.0'] as const)('a trtexec %s that tells its options', version => {
  const banner = `&&&& RUNNING TensorRT.trtexec [TensorRT v${VERSIONS[version].number}] # trtexec --help`
  const abilities = trtexecAbilities(`${banner}\n${helpText(version)}`)
  const is11 = version.startsWith('11')

  test('help and table agree on every option that arguments may hold', () => {
    expect([abilities.version, abilities.dialect]).toEqual([version, is11 ? '≥11' : '≤10'])
    const byTable = trtexecAbilities(banner).flags
    expect(ALL_OPTIONS.filter(flag => abilities.flags.has(flag))).toEqual(ALL_OPTIONS.filter(flag => byTable.has(flag)))
  })

  test('takes the arguments of every build', () => {
    const taken = Object.values(BUILDS).flatMap(([name, given]) => {
      const { [name]: model } = MODELS
      const spec = BuildSpec.parse({ ...given, modelPath: model.path })
      const made = buildArgs(spec, model, abilities, { engine: '/e', timingCache: '/t', layers: '/l' })
      return 'argv' in made ? [parseArguments(made.argv, version)] : []
    })
    expect(taken.length).toBeGreaterThan(12)
    for (const { unknown, noops } of taken) expect([unknown, noops]).toEqual([[], []])
  })

  test('runs an engine as every spec says', () => {
    for (const [name, run] of Object.entries(RUNS)) {
      const made = runArgs('/e', run, abilities, { times: '/t', profile: '/p', layers: '/l' })
      if ('refused' in made) throw new Error(`${name}: ${made.refused[0]?.why}`)
      const { values, unknown, noops } = parseArguments(made.argv, version)
      expect([unknown, noops], name).toEqual([[], []])
      const { streams, warmUpMs, durationSec, cudaGraph, spinWait, dataTransfers } = run
      const wanted = { streams, warmUpMs, durationSec, cudaGraph, spinWait, dataTransfers }
      expect(switchesOf(values, is11), name).toEqual(wanted)
    }
  })
})
