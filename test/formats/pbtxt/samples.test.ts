import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ModelConfig } from '#domain/repository.ts'
import { checkConfig } from '#formats/pbtxt/check-json.ts'
import { editConfig } from '#formats/pbtxt/edit.ts'
import { parseConfig } from '#formats/pbtxt/parse-config.ts'
import { printConfig } from '#formats/pbtxt/print.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const SAMPLES = join(ROOT, '..', 'shared', 'samples', 'triton')
const ours = readdirSync(join(ROOT, 'test/helpers/triton/triton-models')).map(name =>
  join(ROOT, 'test/helpers/triton/triton-models', name, 'config.pbtxt'),
)
const theirs = existsSync(SAMPLES)
  ? readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.pbtxt'))
      .map(name => join(SAMPLES, name))
  : []
if (theirs.length === 0) console.warn(`Only our own configurations are read: there is no ${SAMPLES}`)
const same = (config: Record<string, unknown> | undefined) => checkConfig(config ?? {}).config

describe.each([...ours, ...theirs])('%s', path => {
  const text = readFileSync(path, 'utf8')

  test('is read, printed and read as the same', () => {
    const { config, problems } = parseConfig(text)
    expect(problems).toEqual([])
    const printed = printConfig(config ?? {})
    expect(parseConfig(printed).config).toEqual(same(config))
    expect(printConfig(parseConfig(printed).config ?? {})).toBe(printed)
  })

  test('stays as it is when nothing changes, and keeps every other line when one value does', () => {
    const { config = {} } = parseConfig(text)
    expect(editConfig(text, config)).toBe(text)
    const edited = editConfig(text, { ...config, max_batch_size: 77 })
    expect(parseConfig(edited).config).toMatchObject({ max_batch_size: 77 })
    const lines = new Set(edited.split('\n'))
    const lost = text.split('\n').filter(line => !lines.has(line))
    expect(lost.length).toBeLessThanOrEqual(1)
    for (const comment of text.match(/#.*/g) ?? []) expect(edited).toContain(comment)
  })
})

test('a real Triton answers its own configuration in JSON: it prints as text that says the same', () => {
  const path = join(SAMPLES, 'server_real', 'config_ensemble.json')
  if (!existsSync(path)) return console.warn(`not compared: there is no ${path}`)
  const { config: checked, problems } = checkConfig(ModelConfig.parse(JSON.parse(readFileSync(path, 'utf8'))))
  expect(problems).toEqual([])
  expect(parseConfig(printConfig(checked)).config).toEqual(checked)
})
