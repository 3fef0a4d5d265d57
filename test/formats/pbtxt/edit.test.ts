import { expect, test } from 'vitest'
import { editConfig } from '#formats/pbtxt/edit.ts'
import { parseConfig } from '#formats/pbtxt/parse-config.ts'

const TEXT = `# served since spring
name: "digits"   # do not rename
backend: "onnxruntime"
max_batch_size: 8 # fits the old card
input [
  { name: "a" data_type: TYPE_FP32 dims: [ 3, 224, 224 ] }, # pixels
  {
    # a mask
    name: "b"
    data_type: TYPE_BOOL
    dims: 1
  }
]
instance_group [ { count: 1 kind: KIND_CPU } ]
parameters { key: "x" value { string_value: "1" } }
dynamic_batching { }
`

function edited(change: (config: Record<string, unknown>) => Record<string, unknown>): string[] {
  const after = editConfig(TEXT, change(parseConfig(TEXT).config ?? {})).split('\n')
  const before = TEXT.split('\n')
  return [
    ...before.filter(line => !after.includes(line)).map(line => `- ${line}`),
    ...after.filter(line => !before.includes(line)).map(line => `+ ${line}`),
  ]
}

test('a value changes in its place, the comment beside it stays', () => {
  expect(edited(config => ({ ...config, max_batch_size: 16 }))).toEqual([
    '- max_batch_size: 8 # fits the old card',
    '+ max_batch_size: 16 # fits the old card',
  ])
})

test('fields go into the message they belong to, in the form it is written in', () => {
  expect(edited(config => ({ ...config, dynamic_batching: { preferred_batch_size: [4, 8] } }))).toEqual([
    '- dynamic_batching { }',
    '+ dynamic_batching { preferred_batch_size: [ 4, 8 ] }',
  ])
  expect(edited(config => ({ ...config, instance_group: [{ count: 2, kind: 'KIND_CPU', profile: ['p'] }] }))).toEqual([
    '- instance_group [ { count: 1 kind: KIND_CPU } ]',
    '+ instance_group [ { count: 2 kind: KIND_CPU profile: [ "p" ] } ]',
  ])
})

test('one of two inputs goes with its comma; its comment is kept', () => {
  expect(edited(config => ({ ...config, input: Array.isArray(config.input) ? config.input.slice(1) : [] }))).toEqual([
    '-   { name: "a" data_type: TYPE_FP32 dims: [ 3, 224, 224 ] }, # pixels',
    '+    # pixels',
  ])
})

test('what is new comes behind; a map entry beside its like', () => {
  expect(
    edited(config => ({
      ...config,
      parameters: { x: { string_value: '1' }, y: { string_value: 'two\n' } },
      runtime: 'r',
    })),
  ).toEqual(['+ parameters {', '+   key: "y"', '+   value {', '+     string_value: "two\\n"', '+ }', '+ runtime: "r"'])
})

test('the scheduler is exchanged for another', () => {
  const after = editConfig(TEXT, {
    ...parseConfig(TEXT).config,
    dynamic_batching: undefined,
    sequence_batching: { oldest: {} },
  })
  expect(after).not.toContain('dynamic_batching')
  expect(parseConfig(after).config).toMatchObject({ sequence_batching: { oldest: {} } })
})

test('what does not fit is refused with its field', () => {
  expect(() => editConfig(TEXT, { max_batch_size: 'many' })).toThrowError(
    expect.objectContaining({ code: 'CONFIG_INVALID', data: expect.objectContaining({ where: 'max_batch_size' }) }),
  )
  expect(() => editConfig('foo: 1', {})).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})
