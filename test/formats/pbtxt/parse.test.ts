import { expect, test } from 'vitest'
import { parseConfig } from '#formats/pbtxt/parse-config.ts'
import { ACCEPTED, REFUSED } from './grammar.ts'
import { mutate } from './mutated-texts.ts'

test.each(ACCEPTED)('takes %j, as Triton does', text => {
  expect(parseConfig(text).problems).toEqual([])
})

test.each(REFUSED)('refuses %j at line %i, column %i', (text, line, column) => {
  const { config, problems } = parseConfig(text)
  expect(config).toBeUndefined()
  expect(problems[0]).toMatchObject({ line, column, severity: 'error' })
})

test('values come as in the HTTP dialect: enums by name, numbers as numbers, beyond 2^53 as text', () => {
  const text = `max_batch_size: 0x10 input { data_type: 11 dims: [ 3, -1 ] } input { data_type: 99 }
    dynamic_batching { max_queue_delay_microseconds: 18446744073709551615 preserve_ordering: 1 }
    sequence_batching_: 1`.replace(
    'sequence_batching_: 1',
    'parameters { key: "a" value { string_value: "b" "\\x63\\303\\251" } }',
  )
  expect(parseConfig(text).config).toEqual({
    max_batch_size: 16,
    input: [{ data_type: 'TYPE_FP32', dims: [3, -1] }, { data_type: 99 }],
    dynamic_batching: { max_queue_delay_microseconds: '18446744073709551615', preserve_ordering: true },
    parameters: { a: { string_value: 'bcé' } },
  })
})

test('one look shows all wrong values, each with its field', () => {
  const { problems } = parseConfig('foo: 1\ninput [\n { dims: [ 1, x ] },\n { data_typ: 3 }\n]\nmax_batch_size: "4"')
  expect(problems.map(({ line, field, hint }) => [line, field, hint])).toEqual([
    [1, 'foo', undefined],
    [3, 'input[0].dims[1]', undefined],
    [4, 'input[1].data_typ', undefined],
    [6, 'max_batch_size', undefined],
  ])
  expect(parseConfig('inputs { }').problems[0]?.hint).toBe('Did you mean "input"?')
})

test('whatever the text, it is read or refused, and at once', () => {
  const seed = 'input [ { name: "a" dims: [ 3, -1 ] } ] dynamic_batching { preferred_batch_size: 4 }'
  for (let i = 0; i < 3000; i++) {
    const text = mutate(mutate(seed, i), i + 10_000)
    const { config, problems } = parseConfig(text)
    expect(config === undefined).toBe(problems.length > 0)
  }
}, 60_000)

test('long texts cost no more than their length', () => {
  // CPU time: the machine may be busy with other things.
  const before = process.cpuUsage()
  expect(parseConfig(`input { ${'dims: 1 '.repeat(200_000)} }`).problems).toEqual([])
  expect(parseConfig('max_batch_size: 0 '.repeat(100_000)).problems).toEqual([])
  expect(parseConfig(`foo ${'{ '.repeat(500_000)}`).problems).toHaveLength(2)
  expect(parseConfig('input { x: '.repeat(100_000)).problems.length).toBeGreaterThan(0)
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(20_000)
}, 120_000)
