import { Command } from 'commander'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CaptureSpec, type CaptureSpecInput, NSYS_PRESETS } from '#domain/capture-spec.ts'
import { nsysSpec, ortSpec, torchSpec } from '../../../src-main/faces/cli/capture.ts'
import {
  type NsysOptions,
  nsysCommandLine,
  type OrtOptions,
  ortCommandLine,
  type TorchOptions,
  torchCommandLine,
} from '../../../src-main/faces/cli/capture-options.ts'
import { captureArguments, captureCommand } from '../../../src-main/runs/capture/command.ts'

/** The CLI's own parser on the arguments of a command. */
function parseBack(args: string[]): CaptureSpec {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  let spec: CaptureSpecInput | undefined
  nsysCommandLine(program)
    .exitOverride()
    .action((words: string[], options: NsysOptions) => {
      spec = nsysSpec(words, options)
    })
  torchCommandLine(program)
    .exitOverride()
    .action((words: string[], options: TorchOptions) => {
      spec = torchSpec(words, options)
    })
  ortCommandLine(program)
    .exitOverride()
    .action((model: string, options: OrtOptions) => {
      spec = ortSpec(model, options)
    })
  program.parse(args, { from: 'user' })
  return CaptureSpec.parse(spec)
}

const word = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter(text => !text.includes('\0'))
const path = word.map(text => `/tmp/a${text.replaceAll('/', '').replaceAll('.', '_')}`)
const flag = fc.constant(true)
const env = fc
  .dictionary(fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/), word, { maxKeys: 3 })
  .map(variables => ({ ...variables }))
const place = { output: path, title: word.filter(text => !text.startsWith('-')) }

const nsysSpecs = fc.record(
  {
    tool: fc.constant('nsys' as const),
    command: fc.array(word, { minLength: 1, maxLength: 5 }),
    preset: fc.constantFrom(...NSYS_PRESETS),
    trace: fc.uniqueArray(fc.constantFrom('cuda', 'nvtx', 'osrt'), { minLength: 1 }),
    sample: fc.constantFrom('none' as const, 'process-tree' as const),
    cudaGraphTrace: fc.constantFrom('graph' as const, 'node' as const),
    captureRange: fc.constantFrom('none' as const, 'nvtx' as const),
    delaySec: fc.integer({ min: 0, max: 100_000 }).map(ms => ms / 1000),
    durationSec: fc.integer({ min: 1, max: 100_000 }).map(ms => ms / 1000),
    cudaMemoryUsage: flag,
    pythonSampling: flag,
    gpuMetrics: flag,
    wholeEnvironment: flag,
    workingFolder: path,
    env,
    ...place,
  },
  { requiredKeys: ['tool', 'command'] },
)

const count = fc.nat(50)
const torchSpecs = fc.record(
  {
    tool: fc.constant('torch' as const),
    target: fc.oneof(
      fc.record({ kind: fc.constant('script' as const), path, args: fc.array(word, { maxLength: 4 }) }),
      fc.record({ kind: fc.constant('entry' as const), entry: fc.constant('a.b:c'), folder: path }),
      fc.record({ kind: fc.constant('torchscript' as const), path }),
      fc.record({ kind: fc.constant('torchvision' as const), model: fc.constant('resnet18') }),
    ),
    shapes: fc.array(fc.array(fc.integer({ min: 1, max: 4096 }), { minLength: 1, maxLength: 4 }), { maxLength: 3 }),
    dtype: fc.constantFrom('float16', 'int64'),
    device: fc.constantFrom('cpu', 'cuda:1'),
    schedule: fc.record({ wait: count, warmup: count, active: fc.integer({ min: 1, max: 50 }) }),
    recordShapes: fc.boolean(),
    withStack: flag,
    profileMemory: flag,
    withModules: flag,
    totals: flag,
    python: path,
    timeoutSec: fc.integer({ min: 1, max: 100_000 }).map(ms => ms / 1000),
    wholeEnvironment: flag,
    workingFolder: path,
    env,
    ...place,
  },
  { requiredKeys: ['tool', 'target'] },
)

const before = { ...process.env }
beforeEach(() => {
  process.env.HF_TOKEN = 'hf_1234567'
})
afterEach(() => {
  process.env = { ...before }
})

test('the equal command of a capture parses back to the same spec', () => {
  fc.assert(
    fc.property(fc.oneof(nsysSpecs, torchSpecs), given => {
      const spec = CaptureSpec.parse(given)
      const variables = 'env' in spec ? spec.env : {}
      Object.assign(process.env, variables) // a secret is named alone and taken from here
      expect(parseBack(captureArguments(spec))).toEqual(spec)
    }),
    { numRuns: 400 },
  )
})

test('a profiled pass keeps what it has of a benchmark', () => {
  const bench = { modelPath: '/tmp/m.onnx', batches: [8], shapes: { x: [3, 4] }, warmup: 2 }
  const spec = CaptureSpec.parse({ tool: 'ort', bench, calls: 5, title: 'look' })
  expect(captureCommand(spec)).toBe(
    'batchscope capture ort /tmp/m.onnx --batch 8 --shape x:3,4 --warmup 2 --calls 5 --title look',
  )
  expect(parseBack(captureArguments(spec))).toEqual(
    CaptureSpec.parse({ tool: 'ort', bench, calls: 5, title: undefined }),
  )
})

test('a secret stands in the command by its name alone', () => {
  const spec = CaptureSpec.parse({ tool: 'nsys', command: ['./serve'], env: { HF_TOKEN: 'hf_1234567', RANK: '0' } })
  expect(captureCommand(spec)).toBe('batchscope capture nsys --env HF_TOKEN --env RANK=0 -- ./serve')
})

test('no target, or two, is a question', () => {
  for (const [words, options] of [
    [[], {}],
    [['a.py'], { torchvision: 'resnet18' }],
    [[], { entry: 'a:b', torchscript: 'c.pt' }],
  ] as const) {
    expect(() => torchSpec(words, options)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  }
})
