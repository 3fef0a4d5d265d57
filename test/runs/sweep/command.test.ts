import { Command } from 'commander'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SweepSpec } from '#domain/sweep-spec.ts'
import { type SweepOptions, sweepCommandLine, sweepSpec } from '../../../src-main/faces/cli/sweep-options.ts'
import { sweepArguments, sweepCommand, withoutSecrets } from '../../../src-main/runs/sweep/command.ts'

/** The CLI's own parser on the arguments of a command. */
function parseBack(args: string[]): SweepSpec {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  let spec: unknown
  sweepCommandLine(program)
    .exitOverride()
    .action((urls: string[], options: SweepOptions) => {
      spec = sweepSpec(urls, options)
    })
  program.parse(['sweep', ...args], { from: 'user' })
  return SweepSpec.parse(spec)
}

const count = fc.integer({ min: 1, max: 4096 })
const ms = fc.integer({ min: 1, max: 600_000 })
const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter(text => !text.includes('\0'))
const inputName = word.filter(text => !text.includes(':'))
const rate = fc.integer({ min: 1, max: 100_000 }).map(tenths => tenths / 10)
const specs = fc.record(
  {
    urls: fc.uniqueArray(fc.constantFrom('localhost:8000', 'http://h:8000', 'grpc://[::1]:8001', 'grpcs://gpu-box'), {
      minLength: 1,
      maxLength: 4,
    }),
    connection: fc.record(
      {
        headers: fc.dictionary(fc.constantFrom('authorization', 'x-key'), word),
        accessToken: word,
        metricsUrl: fc.constantFrom('http://h:8002/metrics', ''),
        tls: fc.record({ caPath: fc.constantFrom('ca.pem', '/tmp/a b.pem'), insecure: fc.boolean() }),
        timeoutMs: ms,
      },
      { requiredKeys: [] },
    ),
    model: word,
    version: fc.constantFrom('1', '20'),
    scenario: fc.constantFrom('offline' as const, 'online' as const, 'custom' as const),
    batches: fc.uniqueArray(count, { minLength: 1, maxLength: 5 }),
    concurrencies: fc.uniqueArray(count, { minLength: 1, maxLength: 5 }),
    requestRates: fc.uniqueArray(rate, { minLength: 1, maxLength: 5 }),
    requestDistribution: fc.constantFrom('constant' as const, 'poisson' as const),
    requestIntervalsPath: fc.constantFrom('i.txt', "/tmp/it's"),
    seed: fc.nat(),
    sharedMemory: fc.uniqueArray(fc.constantFrom('none' as const, 'system' as const, 'cuda' as const), {
      minLength: 1,
    }),
    outputSharedMemoryBytes: count,
    measurementMode: fc.constantFrom('time_windows' as const, 'count_windows' as const),
    measurementIntervalMs: ms,
    measurementRequestCount: count,
    requestCount: count,
    stabilityPercentage: rate,
    maxTrials: count,
    percentile: fc.integer({ min: 1, max: 99 }),
    latencyThresholdMs: rate,
    binarySearch: fc.boolean(),
    warmupRequestCount: fc.nat(1000),
    requestTimeoutMs: ms,
    inputData: fc.constantFrom('random', 'zero', 'data.json', '/tmp/has space'),
    shapes: fc.dictionary(inputName, fc.array(fc.nat(4096), { maxLength: 4 }), { maxKeys: 3 }),
    stringLength: fc.nat(1000),
    stringData: fc.string({ maxLength: 20, unit: 'grapheme' }),
    streaming: fc.boolean(),
    numOfSequences: count,
    sequenceLength: count,
    sequenceLengthVariation: fc.nat(100),
    sequenceIdRange: fc.tuple(count, count),
    collectMetrics: fc.boolean(),
    metricsIntervalMs: ms,
    slotsPerConnection: count,
    repeat: fc.integer({ min: 1, max: 20 }),
    resume: fc.record({ runId: fc.constantFrom('a1b2c3d4') }),
  },
  { requiredKeys: ['urls', 'model'] },
)

test('the equal command parses back to the same spec, but for its secrets', () => {
  fc.assert(
    fc.property(specs, given => {
      const spec = SweepSpec.parse(given)
      expect(parseBack(sweepArguments(spec))).toEqual(withoutSecrets(spec))
    }),
    { numRuns: 300 },
  )
})

test('what only differs by default is not said', () => {
  expect(sweepCommand(SweepSpec.parse({ urls: ['h:8000'], model: 'resnet', batches: [1, 8] }))).toBe(
    'batchscope sweep h:8000 --model=resnet --batch=1,8',
  )
})

test('no secret is in the command or in what is kept', () => {
  const spec = SweepSpec.parse({
    urls: ['http://user:pass-word@h:8000'],
    model: 'm',
    connection: { headers: { Authorization: 'Bearer s3cret' }, accessToken: 't0ken' },
  })
  for (const text of [sweepCommand(spec), JSON.stringify(withoutSecrets(spec))]) {
    expect(text).not.toMatch(/pass-word|s3cret|t0ken/)
    expect(text).toContain('Authorization')
  }
})

test('perf_analyzer’s own spellings mean the same', () => {
  const spec = parseBack(
    '-m resnet -b 8 --concurrency-range 1:9:4 --timeout 2000 -p 1000 -s 5 -r 3 -l 20 --sequence-id-range 7 h:8000'.split(
      ' ',
    ),
  )
  expect(spec).toMatchObject({
    model: 'resnet',
    batches: [8],
    concurrencies: [1, 5, 9],
    requestTimeoutMs: 2000,
    measurementIntervalMs: 1000,
    stabilityPercentage: 5,
    maxTrials: 3,
    latencyThresholdMs: 20,
    sequenceIdRange: [7, 4_294_967_295],
  })
  expect(parseBack('-m m --request-rate-range 100:300:100 h'.split(' ')).requestRates).toEqual([100, 200, 300])
})
