import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BuildSpec, type BuildSpecInput } from '#domain/build-spec.ts'
import { buildFiles, type EngineOrigin, engineFileName, engineKey } from '../../../native-tools/trtexec-engine-name.ts'
import { MODELS } from '../../helpers/trtexec.ts'

function origin(spec: Partial<BuildSpecInput> = {}, rest: Partial<EngineOrigin> = {}): EngineOrigin {
  return {
    spec: BuildSpec.parse({ modelPath: '/m/resnet.onnx', optShapes: { x: [8, 3, 224, 224] }, ...spec }),
    model: MODELS.dynamic,
    version: '10.16.1',
    gpu: 'NVIDIA H100 PCIe',
    ...rest,
  }
}

describe('the name of an engine', () => {
  test('says what it is', () => {
    const ranged = origin({
      precision: 'fp16',
      minShapes: { x: [1, 3, 224, 224] },
      maxShapes: { x: [32, 3, 224, 224] },
    })
    expect(engineFileName(ranged)).toMatch(
      /^resnet_fp16_1-8-32x3x224x224_trt10\.16\.1_nvidia-h100-pcie_[0-9a-f]{8}\.engine$/,
    )
    expect(engineFileName(origin({ optShapes: {} }, { version: undefined, gpu: undefined }))).toMatch(
      /^resnet_tf32_trtunknown_unknown_[0-9a-f]{8}\.engine$/,
    )
  })

  test.each<[string, EngineOrigin]>([
    ['precision', origin({ precision: 'fp16' })],
    ['a shape', origin({ optShapes: { x: [16, 3, 224, 224] } })],
    ['the range of a shape', origin({ minShapes: { x: [1, 3, 224, 224] }, maxShapes: { x: [9, 3, 224, 224] } })],
    ['formats', origin({ inputFormats: ['fp16:chw'] })],
    ['workspace', origin({ workspaceMiB: 64 })],
    ['level', origin({ builderOptimizationLevel: 5 })],
    ['sparsity', origin({ sparsity: 'enable' })],
    ['refit', origin({ refit: true })],
    ['verbosity', origin({ profilingVerbosity: 'none' })],
    ['compatibility', origin({ versionCompatible: true })],
    ['calibration', origin({ calibrationCache: '/c' })],
    ['TensorRT', origin({}, { version: '10.16.2' })],
    ['GPU', origin({}, { gpu: 'NVIDIA H100 SXM' })],
    ['the model', origin({}, { model: { ...MODELS.dynamic, sha256: 'cd'.repeat(32) } })],
    [
      'weights beside the model',
      origin({}, { model: { ...MODELS.dynamic, externalData: [{ path: '/w', bytes: 1, sha256: 'ef'.repeat(32) }] } }),
    ],
  ])('is another for another: %s', (_, changed) => {
    expect(engineKey(changed)).not.toBe(engineKey(origin()))
    expect(engineFileName(changed)).not.toBe(engineFileName(origin()))
  })

  test('is the same wherever the files lie and in whatever order shapes are given', () => {
    const same = origin({
      modelPath: '/elsewhere/resnet.onnx',
      timingCache: '/t',
      outputFolder: '/o',
      trtexec: '/x/trtexec',
      timeoutMs: 1,
      title: 'mine',
    })
    expect(engineKey(same)).toBe(engineKey(origin()))
    const shapes = { a: [1], b: [2] }
    const reversed = { b: [2], a: [1] }
    expect(engineKey(origin({ optShapes: shapes }))).toBe(engineKey(origin({ optShapes: reversed })))
  })

  test('is one that every file system takes, whatever model and GPU are called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string({ maxLength: 300 }), (name, gpu) => {
        const file = engineFileName(origin({}, { model: { ...MODELS.dynamic, name }, gpu }))
        expect(file).toMatch(/^[a-z0-9][a-z0-9._+-]{1,180}\.engine$/)
      }),
    )
  })
})

describe('where a build writes', () => {
  test('never on what is there: each further engine gets a number', () => {
    const taken = new Set<string>()
    for (const suffix of ['', '-2', '-3']) {
      const files = buildFiles(origin(), '/e', path => taken.has(path))
      const stem = `/e/${engineFileName(origin()).replace('.engine', '')}${suffix}`
      expect([files.engine, files.layers]).toEqual([`${stem}.engine`, `${stem}.layers.json`])
      // One of the two is enough to be in the way.
      taken.add(suffix === '' ? files.engine : (files.layers ?? ''))
    }
  })

  test('timings are shared by the builds of one TensorRT on one GPU, unless a file or none is named', () => {
    const never = () => false
    const cache = (spec: Partial<BuildSpecInput>, rest: Partial<EngineOrigin> = {}) =>
      buildFiles(origin(spec, rest), '/e', never).timingCache
    expect(cache({})).toBe('/e/timing_trt10.16.1_nvidia-h100-pcie.cache')
    expect(cache({ precision: 'fp16' })).toBe(cache({}))
    expect(cache({}, { gpu: 'other' })).not.toBe(cache({}))
    expect(cache({ timingCache: '/mine.cache' })).toBe('/mine.cache')
    expect(cache({ timingCache: false })).toBeUndefined()
  })
})
