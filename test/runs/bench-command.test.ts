import { execFileSync } from 'node:child_process'
import { Command } from 'commander'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BenchSpec } from '#domain/bench-spec.ts'
import { type BenchOptions, benchCommandLine, benchSpec } from '../../src-main/faces/cli/bench-options.ts'
import { benchArguments, benchCommand } from '../../src-main/runs/bench/command.ts'

/** The CLI's own parser on the arguments of a command. */
function parseBack(args: string[]): BenchSpec {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  let spec: unknown
  benchCommandLine(program)
    .exitOverride()
    .action((models: string[], options: BenchOptions) => {
      spec = benchSpec(models[0] ?? '', options)
    })
  program.parse(['bench', ...args], { from: 'user' })
  return BenchSpec.parse(spec)
}

const name = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter(text => !/[:\0]/.test(text) && text !== '*')
const specs = fc.record(
  {
    modelPath: fc
      .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
      .filter(text => !text.startsWith('-') && !text.includes('\0')),
    batches: fc.uniqueArray(fc.integer({ min: 1, max: 4096 }), { minLength: 1, maxLength: 6 }),
    shapes: fc.dictionary(name, fc.array(fc.integer({ min: 0, max: 4096 }), { maxLength: 4 }), { maxKeys: 3 }),
    batchAxes: fc.dictionary(name, fc.integer({ min: -1, max: 5 }), { maxKeys: 3 }),
    data: fc.dictionary(
      fc.oneof(name, fc.constant('*')),
      fc.oneof(
        fc.record({ source: fc.constant('random' as const), seed: fc.nat(1000) }),
        fc.record({ source: fc.constant('zeros' as const) }),
        fc.record({
          source: fc.constant('file' as const),
          path: fc.constantFrom('a.npy', '/tmp/has space:x.bin', "it's.json"),
        }),
      ),
      { maxKeys: 3 },
    ),
    warmup: fc.nat(1000),
    minIterations: fc.integer({ min: 1, max: 10000 }),
    minDurationMs: fc.integer({ min: 0, max: 100000 }),
    maxDurationMs: fc.integer({ min: 1, max: 100000 }),
    repeat: fc.integer({ min: 1, max: 9 }),
    pointTimeoutMs: fc.integer({ min: 1, max: 1_000_000 }),
    profile: fc.constant(true),
    runtimes: fc.uniqueArray(
      fc.record(
        {
          id: fc.constantFrom('ort-cpu', 'tensorrt', 'torch'),
          precisions: fc.uniqueArray(fc.constantFrom('model', 'tf32', 'fp16', 'int8'), { minLength: 1 }),
        },
        { requiredKeys: ['id'] },
      ),
      { minLength: 1, selector: ({ id }) => id },
    ),
    precisions: fc.uniqueArray(fc.constantFrom('model', 'fp32', 'tf32', 'fp16'), { minLength: 1 }),
    resume: fc.constant({ runId: 'ab12' }),
  },
  { requiredKeys: ['modelPath'] },
)

test('the equal command parses back to the same spec', () => {
  fc.assert(
    fc.property(specs, given => {
      const spec = BenchSpec.parse(given)
      // The command names the cap only where it differs from what --duration implies.
      expect(parseBack(benchArguments(spec))).toEqual(spec)
    }),
    { numRuns: 300 },
  )
})

test('options of a runtime travel as --set', () => {
  const spec = BenchSpec.parse({
    modelPath: 'm.onnx',
    runtimes: [{ id: 'ort-cpu', options: { intraOpThreads: 1, memoryPattern: false } }],
  })
  expect(benchCommand(spec)).toBe(
    'batchscope bench m.onnx --set ort-cpu.intraOpThreads=1 --set ort-cpu.memoryPattern=false',
  )
  expect(parseBack(benchArguments(spec))).toEqual(spec)
})

test('a real shell reads hostile paths back unchanged', () => {
  const hostile = [
    "it's a model.onnx",
    '$(touch pwned).onnx',
    'line\nbreak.onnx',
    '`id`;&|.onnx',
    '🚀 <img onerror=x>.onnx',
    '--help',
  ]
  for (const modelPath of hostile) {
    const command = benchCommand(BenchSpec.parse({ modelPath })).replace(/^batchscope bench/, "printf '%s'")
    const expected = modelPath.startsWith('-') ? `./${modelPath}` : modelPath
    expect(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' })).toBe(expected)
  }
})
