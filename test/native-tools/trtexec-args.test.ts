import { describe, expect, test } from 'vitest'
import { BuildSpec, EngineRunSpec } from '#domain/build-spec.ts'
import { buildArgs, runArgs } from '../../native-tools/trtexec-args.ts'
import type { TrtexecArguments } from '../../native-tools/trtexec-arguments.ts'
import { abilitiesOf, MODELS, type TrtexecVersion } from '../helpers/trtexec.ts'
import { BUILDS, RUNS } from '../helpers/trtexec-specs.ts'

const FILES = { engine: '/e/net.engine', timingCache: '/e/timing.cache', layers: '/e/net.layers.json' }
const EXPORTS = { times: '/r/times.json', profile: '/r/profile.json', layers: '/r/layers.json' }

function build(name: string, version: TrtexecVersion): TrtexecArguments {
  const [model, spec] = BUILDS[name] ?? ['fixed', {}]
  const { [model]: made } = MODELS
  return buildArgs(BuildSpec.parse({ ...spec, modelPath: made.path }), made, abilitiesOf(version), FILES)
}

test('there are enough of them', () => {
  expect(Object.keys(BUILDS).length).toBeGreaterThanOrEqual(30)
})

/** Reviewed by hand, and by `trtexec-meaning.test.ts`, which reads the options back by tables of its own. */
describe.each(['8.6', '10.9', '11.0', '11.1'] as const)('TensorRT %s', version => {
  test('arguments of every spec', async () => {
    const builds = Object.keys(BUILDS).map(name => [name, build(name, version)])
    const runs = Object.entries(RUNS).map(([name, run]) => [
      name,
      runArgs('/e/net.engine', run, abilitiesOf(version), EXPORTS),
    ])
    const text = `${JSON.stringify(Object.fromEntries([...builds, ...runs]), null, 1)}\n`
    await expect(text).toMatchFileSnapshot(`../golden/trtexec-args/${version}.json`)
  })
})

function refusals(name: string, version: TrtexecVersion): string[] {
  const made = build(name, version)
  return 'refused' in made ? made.refused.map(({ why, hint }) => `${why} ${hint}`) : []
}

describe('what is refused', () => {
  test('a precision that the model does not hold, from 11 on, with the conversion as the way out', () => {
    expect(refusals('static, fp16', '11.0')).toEqual([
      "TensorRT 11.0.0 computes in the model's own types, and fixed.onnx holds fp32, not fp16 Convert the model first: `batchscope convert fixed.onnx --to fp16`. Or build it as it is: --precision model.",
    ])
    expect(refusals('int8, scales made up', '11.1')).toEqual([expect.stringContaining('--to int8')])
    expect(refusals('static, fp16', '10.9')).toEqual([])
    expect(refusals('half model, fp16', '11.1')).toEqual([])
  })

  test('what a version cannot build, with what it can', () => {
    expect(refusals('bf16', '8.6')).toEqual([expect.stringContaining('It can: fp32, tf32, fp16, fp8, int8, best.')])
    expect(refusals('optimization level', '8.4')).toEqual([expect.stringContaining('8.6 or newer')])
    expect(refusals('refit, version compatible', '8.4')).toEqual([expect.stringContaining('for itself alone')])
  })

  test.each([
    ['static with shapes', /fixed shapes: it takes no others/],
    ['dynamic without shapes', /Input x needs sizes for batch For example --opt-shape x:Nx3x224x224/],
    ['dynamic, min and max without opt', /Input x has no opt shape/],
    ['dynamic, min above opt', /must grow: min 16x3x224x224, opt 8x3x224x224/],
    ['dynamic, a fixed size changed', /does not fit input x: it is batch x 3 x 224 x 224/],
    ['dynamic, an input that is not there', /has no input z Its inputs: x/],
    ['quantized model, tf32', /does not build it in tf32 alone Use --precision int8 or best/],
    ['formats for fewer inputs', /3 input formats for 2 inputs/],
    ['formats that are none', /is not a format/],
    ['fp16 with a calibration cache', /is for INT8/],
  ])('%s, in every version', (name, text) => {
    for (const version of ['8.6', '10.9'] as const)
      expect(refusals(name, version)).toEqual(expect.arrayContaining([expect.stringMatching(text)]))
  })

  test('a name that trtexec would cut in two', () => {
    const model = { ...MODELS.dynamic, inputs: [{ ...MODELS.dynamic.inputs[0], name: 'a,b', kind: 'tensor' as const }] }
    const spec = BuildSpec.parse({ modelPath: model.path, optShapes: { 'a,b': [8, 3, 224, 224] } })
    expect(buildArgs(spec, model, abilitiesOf('10.9'), FILES)).toEqual({
      refused: [expect.objectContaining({ where: 'a,b', hint: 'Rename the input in the model.' })],
    })
  })

  test('what is no ONNX model, and a program that is no trtexec', () => {
    const spec = BuildSpec.parse({ modelPath: '/models/fixed.onnx' })
    expect(buildArgs(spec, { ...MODELS.fixed, format: 'torchscript' }, abilitiesOf('10.9'), FILES)).toMatchObject({
      refused: [{ code: 'MODEL_UNSUPPORTED' }],
    })
    expect(buildArgs(spec, MODELS.fixed, { flags: new Set(), dialect: '≤10' }, FILES)).toHaveProperty('refused')
  })
})

describe('what is left out, understood and said', () => {
  test('64-bit integers, which were 32-bit ones before 10', () => {
    const formats = (version: TrtexecVersion) => {
      const made = build('formats without types, of whole numbers', version)
      return 'argv' in made ? made.argv.find(word => word.startsWith('--inputIOFormats')) : made
    }
    expect([formats('8.6'), formats('10.9'), formats('11.0')]).toEqual([
      '--inputIOFormats=int32:chw',
      '--inputIOFormats=int64:chw',
      '--inputIOFormats=chw',
    ])
  })

  test('layers and timings where a version has neither', () => {
    const made = buildArgs(BuildSpec.parse({ modelPath: '-' }), MODELS.fixed, abilitiesOf('7.2'), FILES)
    expect(made).toMatchObject({
      argv: expect.arrayContaining(['--buildOnly']),
      notices: [
        'TensorRT 7 or older has no --timingCacheFile: every build times all tactics anew.',
        'TensorRT 7 or older has no --profilingVerbosity: layers tell less of themselves.',
        'TensorRT 7 or older has no --exportLayerInfo: the layers are not listed.',
      ],
    })
  })

  test('a workspace of a part of a MiB before there were pools', () => {
    const spec = BuildSpec.parse({ modelPath: '-', workspaceMiB: 512.5 })
    expect(buildArgs(spec, MODELS.fixed, abilitiesOf('8.0'), { engine: '/e' })).toMatchObject({
      argv: expect.arrayContaining(['--workspace=513']),
      notices: expect.arrayContaining(['TensorRT 8.0.3 takes whole MiB of workspace: 513.']),
    })
  })

  test('an engine made for other versions is loaded as one', () => {
    const run = EngineRunSpec.parse({})
    expect(runArgs('/e', run, abilitiesOf('10.9'), {}, { versionCompatible: true })).toMatchObject({
      argv: expect.arrayContaining(['--versionCompatible']),
    })
    expect(runArgs('/e', run, abilitiesOf('8.4'), {}, { versionCompatible: true })).toHaveProperty('refused')
  })
})
