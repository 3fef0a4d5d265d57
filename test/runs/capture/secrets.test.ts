import { expect, test } from 'vitest'
import { CaptureSpec } from '#domain/capture-spec.ts'
import { EngineError } from '#domain/errors.ts'
import { isSecretName, secretRemover } from '#domain/secret-names.ts'
import { BoundedLog } from '../../../src-main/runs/capture/bounded-log.ts'
import {
  addedEnvironment,
  environmentProblems,
  keptSpec,
  secretsRemoved,
  withoutSecrets,
} from '../../../src-main/runs/capture/environment.ts'

test.each([
  'HF_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'DB_PASSWORD',
  'OPENAI_API_KEY',
  'wandb_api_key',
  'MYSQL_PWD',
  'GITHUB_PAT',
  'SENTRY_DSN',
  'APIKEY',
  'mytoken',
])('%s is a secret', name => expect(isSecretName(name)).toBe(true))

test.each([
  'PATH',
  'HOME',
  'CUDA_VISIBLE_DEVICES',
  'KEYBOARD',
  'TOKENIZERS_PARALLELISM',
  'PATTERN',
  'OMP_NUM_THREADS',
  'LANG',
])('%s is none', name => expect(isSecretName(name)).toBe(false))

const spec = CaptureSpec.parse({
  tool: 'nsys',
  command: ['a'],
  env: { HF_TOKEN: 'hf_1234567', MODE: 'fast-lane', KEY: '1' },
})
if (spec.tool !== 'nsys') throw new Error('not the spec that was asked for')

test('a kept spec has the names of secrets and not their values', () => {
  expect(keptSpec(spec).env).toEqual({ HF_TOKEN: '(removed)', MODE: 'fast-lane', KEY: '(removed)' })
})

test('a kept spec cannot be run again in silence with the word that stands for a secret', () => {
  expect(environmentProblems(spec)).toEqual([])
  expect(environmentProblems(keptSpec(spec))).toMatchObject([{ code: 'SPEC_INVALID', where: 'HF_TOKEN, KEY' }])
})

test('the program gets what was given, and all of ours only when asked', () => {
  const ours = { OTHER: 'x', HF_TOKEN: 'ours' }
  expect(addedEnvironment(spec, ours)).toEqual({ HF_TOKEN: 'hf_1234567', MODE: 'fast-lane', KEY: '1' })
  expect(addedEnvironment({ ...spec, wholeEnvironment: true }, ours)).toMatchObject({
    OTHER: 'x',
    HF_TOKEN: 'hf_1234567',
  })
})

test('what the program says is kept without its secrets; a short value would blot out half of it and stays', () => {
  const clean = secretsRemoved({ ...spec, wholeEnvironment: true }, { DB_PASSWORD: 'hf_1234567-and-more', DEBUG: 'on' })
  expect(clean('hf_1234567-and-more, hf_1234567, fast-lane, 1')).toBe('(removed), (removed), fast-lane, 1')
  const error = withoutSecrets(
    new EngineError('TOOL_FAILED', 'said hf_1234567', { detail: 'hf_1234567!', hint: 'look' }),
    clean,
  )
  expect(error.toFailure()).toEqual({
    code: 'TOOL_FAILED',
    message: 'said (removed)',
    detail: '(removed)!',
    hint: 'look',
  })
})

test('a value with the signs of a pattern is a text', () => {
  expect(secretRemover({ TOKEN: 'a.c$&+(x' })('abc$&+(x a.c$&+(x')).toBe('abc$&+(x (removed)')
})

test('of a program that prints for hours the beginning and the end are kept, and how much is not', () => {
  const lines: string[] = []
  const log = new BoundedLog(
    (stream, text) => lines.push(`${stream} ${text}`),
    text => text,
  )
  for (let line = 1; line <= 10_000; line++) log.add('stdout', String(line))
  expect(lines).toHaveLength(2000)
  log.close()
  expect(lines).toHaveLength(4001)
  expect([lines[1999], lines[2000], lines[2001], lines.at(-1)]).toEqual([
    'stdout 2000',
    'app … 6000 lines of the program left out …',
    'stdout 8001',
    'stdout 10000',
  ])
})
