import { describe, expect, test } from 'vitest'
import { readBatches } from '../../../src-renderer/pages/new-benchmark/batch-list.ts'
import { labelFromName, optionFields, readOption } from '../../../src-renderer/pages/new-benchmark/option-fields.ts'

describe('batches as typed', () => {
  test('lists with commas or spaces and ranges as on the command line, each once, ascending', () => {
    expect(readBatches('24, 1 8:24:8')).toEqual({ batches: [1, 8, 16, 24] })
    expect(readBatches('3:5')).toEqual({ batches: [3, 4, 5] })
  })

  test('nothing typed is no batch and no problem', () => {
    expect(readBatches('  ')).toEqual({ batches: [] })
  })

  test.each(['0', '1.5', 'x', '-4', '8:4', '1:9:0', '70000', '1:1000'])('"%s" is refused with a sentence', text => {
    expect(readBatches(text)).toEqual({ problem: expect.stringMatching(/\w/) })
  })
})

describe("a runtime's options as fields", () => {
  const schema = {
    type: 'object',
    properties: {
      intraOpThreads: {
        type: 'integer',
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        default: 0,
        description: '0: as many as cores',
      },
      memoryPattern: { type: 'boolean', default: true, description: 'Plan memory ahead' },
      optimization: { type: 'string', enum: ['all', 'none'], default: 'all' },
      affinity: { type: 'string' },
      weights: { type: 'array', items: { type: 'number' } },
      odd: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
    },
  }

  test('each type draws its own field and an unknown one is still there as text', () => {
    expect(optionFields(schema).map(({ name, kind }) => [name, kind])).toEqual([
      ['intraOpThreads', 'number'],
      ['memoryPattern', 'switch'],
      ['optimization', 'choice'],
      ['affinity', 'text'],
      ['weights', 'numbers'],
      ['odd', 'text'],
    ])
  })

  test('a bound that only says "any safe integer" is no bound for a person', () => {
    expect(optionFields(schema)[0]).toMatchObject({ min: 0, max: undefined, fallback: 0, help: '0: as many as cores' })
  })

  test('what is typed is read by type, and an empty field means the default', () => {
    const [threads, pattern, optimization] = optionFields(schema)
    if (threads === undefined || pattern === undefined || optimization === undefined) throw new Error('fields missing')
    expect(readOption(threads, ' 4 ')).toEqual({ value: 4 })
    expect(readOption(threads, '')).toEqual({ value: undefined })
    expect(readOption(threads, '1.5')).toEqual({ problem: 'A whole number' })
    expect(readOption(threads, '-1')).toEqual({ problem: 'At least 0' })
    expect(readOption(pattern, 'false')).toEqual({ value: false })
    expect(readOption(optimization, 'some')).toEqual({ problem: 'One of all, none' })
  })

  test('a list of numbers is read with commas or spaces', () => {
    const field = optionFields(schema).find(({ name }) => name === 'weights')
    if (field === undefined) throw new Error('field missing')
    expect(readOption(field, '1, 2.5 4')).toEqual({ value: [1, 2.5, 4] })
    expect(readOption(field, '1, x')).toEqual({ problem: 'Numbers with commas between' })
  })

  test('a schema without properties has no fields', () => {
    expect(optionFields({})).toEqual([])
    expect(optionFields({ properties: 'nonsense' })).toEqual([])
  })

  test('names become labels', () => {
    expect(labelFromName('intraOpThreads')).toBe('Intra op threads')
  })
})
