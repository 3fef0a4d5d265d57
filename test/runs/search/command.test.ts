import { Command } from 'commander'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SearchSpec } from '#domain/search-spec.ts'
import { type SearchOptions, searchCommandLine, searchSpec } from '../../../src-main/faces/cli/search.ts'
import { searchArguments, searchCommand, searchWithoutSecrets } from '../../../src-main/runs/search/command.ts'

/** The CLI's own parser on the arguments of a command. */
function parseBack(args: string[]): SearchSpec {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  let spec: unknown
  searchCommandLine(program)
    .exitOverride()
    .action((url: string, options: SearchOptions) => {
      spec = searchSpec(url, options)
    })
  program.parse(['search', ...args], { from: 'user' })
  return SearchSpec.parse(spec)
}

const counts = (max: number) => fc.uniqueArray(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 4 })
const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter(text => !text.includes('\0'))
const specs = fc.record(
  {
    urls: fc.constantFrom(['http://h:8000'], ['grpc://[::1]:8001']),
    model: word,
    instanceCounts: counts(64),
    maxBatchSizes: counts(65_536),
    concurrencies: counts(4096),
    includeCurrent: fc.boolean(),
    percentile: fc.integer({ min: 1, max: 99 }),
    latencyThresholdMs: fc.integer({ min: 1, max: 60_000 }),
    top: fc.integer({ min: 1, max: 20 }),
    maxMeasurements: fc.integer({ min: 2, max: 1000 }),
    shapes: fc.constant({ image: [3, 224, 224] }),
    stringLength: fc.integer({ min: 1, max: 4096 }),
    seed: fc.nat(),
    measurementMode: fc.constantFrom('time_windows' as const, 'count_windows' as const),
    measurementIntervalMs: fc.integer({ min: 1, max: 60_000 }),
    maxTrials: fc.integer({ min: 1, max: 100 }),
  },
  { requiredKeys: ['urls', 'model'] },
)

test('the equal command of a search means the same search', () => {
  fc.assert(
    fc.property(specs, given => {
      const spec = SearchSpec.parse(given)
      expect(parseBack(searchArguments(spec))).toEqual(spec)
    }),
  )
})

test('it says nothing that is the default, and no secret', () => {
  const spec = SearchSpec.parse({
    urls: ['grpc://user:secret@h:8001'],
    model: 'm',
    connection: { headers: { authorization: 'Bearer secret' }, accessToken: 'secret' },
  })
  expect(searchCommand(spec)).not.toContain('secret')
  expect(JSON.stringify(searchWithoutSecrets(spec))).not.toContain('secret')
  expect(searchCommand(SearchSpec.parse({ urls: ['http://h:8000'], model: 'm' }))).toBe(
    'batchscope search http://h:8000 --model=m',
  )
})
