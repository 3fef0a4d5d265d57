import { execFileSync } from 'node:child_process'
import { Command } from 'commander'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUILD_PRECISIONS, BuildSpec } from '#domain/build-spec.ts'
import { type BuildOptions, buildCommandLine, buildSpec } from '../../../src-main/faces/cli/build.ts'
import { buildArguments, buildCommand } from '../../../src-main/runs/build/command.ts'

/** The CLI's own parser on the arguments of a command. */
function parseBack(args: string[]): BuildSpec {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  let spec: unknown
  buildCommandLine(program)
    .exitOverride()
    .action((model: string, options: BuildOptions) => {
      spec = buildSpec(model, options)
    })
  program.parse(['build', ...args], { from: 'user' })
  return BuildSpec.parse(spec)
}

const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter(text => !text.includes('\0'))
const shapes = fc.dictionary(name, fc.array(fc.integer({ min: 0, max: 4096 }), { maxLength: 5 }), { maxKeys: 3 })
const path = fc.constantFrom('/a/b.cache', '/has space/it’s "x".cache', '/$(touch pwned)')
const format = fc.constantFrom('fp16:chw', 'chw', 'fp16:chw+chw16', 'hwc8')
const specs = fc.record(
  {
    modelPath: name.map(text => `/models/${text}`),
    precision: fc.constantFrom(...BUILD_PRECISIONS),
    minShapes: shapes,
    optShapes: shapes,
    maxShapes: shapes,
    inputFormats: fc.array(format, { maxLength: 3 }),
    outputFormats: fc.array(format, { maxLength: 3 }),
    workspaceMiB: fc.integer({ min: 1, max: 1_000_000 }).map(sixteenths => sixteenths / 16),
    builderOptimizationLevel: fc.integer({ min: 0, max: 5 }),
    timingCache: fc.oneof(path, fc.constant(false as const)),
    sparsity: fc.constantFrom('disable', 'enable', 'force'),
    refit: fc.boolean(),
    profilingVerbosity: fc.constantFrom('layer_names_only', 'detailed', 'none'),
    versionCompatible: fc.boolean(),
    calibrationCache: path,
    outputFolder: path,
    trtexec: fc.constantFrom('/opt/trt/bin/trtexec', 'docker:nvcr.io/nvidia/tensorrt:25.10-py3', 'trtexec-10'),
    timeoutMs: fc.integer({ min: 1, max: 100_000_000 }),
    title: name,
  },
  { requiredKeys: ['modelPath'] },
)

test('the equal command parses back to the same spec', () => {
  fc.assert(
    fc.property(specs, given => {
      const spec = BuildSpec.parse(given)
      expect(parseBack(buildArguments(spec))).toEqual(spec)
    }),
    { numRuns: 300 },
  )
})

test('only what differs from the defaults is said', () => {
  const spec = BuildSpec.parse({
    modelPath: 'resnet.onnx',
    precision: 'fp16',
    minShapes: { x: [1, 3, 224, 224] },
    optShapes: { x: [8, 3, 224, 224] },
    maxShapes: { x: [32, 3, 224, 224] },
    workspaceMiB: 4096,
    timingCache: false,
  })
  expect(buildCommand(spec)).toBe(
    'batchscope build resnet.onnx --precision fp16 --min-shape x:1x3x224x224 --opt-shape x:8x3x224x224 --max-shape x:32x3x224x224 --workspace 4096MiB --no-timing-cache',
  )
})

test('sizes with their units, shapes with commas, names with colons', () => {
  expect(parseBack(['m.onnx', '--workspace', '4GiB', '--opt-shape', 'ids:0:1,128', '--opt-shape', 'n:'])).toMatchObject(
    {
      workspaceMiB: 4096,
      optShapes: { 'ids:0': [1, 128], n: [] },
    },
  )
  for (const wrong of [
    ['--workspace', 'much'],
    ['--opt-shape', 'x'],
    ['--opt-shape', 'x:1x'],
    ['--opt-shape', 'x:-1x3'],
  ]) {
    expect(() => parseBack(['m.onnx', ...wrong]), wrong.join(' ')).toThrowError(/is invalid/)
  }
})

test('a real shell reads hostile words back unchanged', () => {
  const hostile = ["it's a model.onnx", '$(touch pwned).onnx', '`id`;&|.onnx', '--help']
  for (const modelPath of hostile) {
    const command = buildCommand(BuildSpec.parse({ modelPath })).replace(/^batchscope build/, "printf '%s'")
    expect(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' })).toBe(
      modelPath.startsWith('-') ? `./${modelPath}` : modelPath,
    )
  }
})
