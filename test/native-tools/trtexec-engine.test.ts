import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BuildSpec } from '#domain/build-spec.ts'
import { EngineError } from '#domain/errors.ts'
import { buildEngine } from '../../native-tools/trtexec-engine.ts'
import type { Scenario } from '../doubles/trtexec/scenario.ts'
import { mountTmpfs } from '../helpers/mounts.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../helpers/samples.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { abilitiesOf, MODELS } from '../helpers/trtexec.ts'
import { trtexecDouble } from '../helpers/trtexec-double.ts'

const sample = (name: string) => join(SAMPLES_FOLDER, 'trtexec', name)
interface More {
  timeoutMs?: number
  onStart?: () => void
  withoutModel?: boolean
}

/** A build of a file that is there, played by a double. */
function build(scenario: Scenario, folder = tempFolder(), { timeoutMs = 30_000, onStart, withoutModel }: More = {}) {
  const model = { ...MODELS.dynamic, path: join(folder, 'm.onnx') }
  if (withoutModel !== true) writeFileSync(model.path, 'any bytes')
  let started = false
  const built = buildEngine(
    {
      program: trtexecDouble(scenario),
      abilities: abilitiesOf('10.9'),
      spec: BuildSpec.parse({ modelPath: model.path, precision: 'fp16', optShapes: { x: [4, 3, 224, 224] } }),
      model,
      files: { engine: join(folder, 'e.engine'), layers: join(folder, 'e.layers.json') },
    },
    {
      onLine() {
        if (!started) onStart?.()
        started = true
      },
      onEvent() {},
    },
    { signal: new AbortController().signal, timeoutMs },
  )
  return { folder, built }
}

type Wanted = { code: string; message: RegExp; hint: RegExp }

const ACCIDENTS: [string, Scenario, Wanted][] = [
  ['crash', { accident: 'crash' }, { code: 'CHILD_DIED', message: /SIGABRT/, hint: /./ }],
  ['killed', { accident: 'killed' }, { code: 'CHILD_DIED', message: /SIGKILL/, hint: /memory/ }],
  ['half written', { accident: 'disk-full' }, { code: 'FILE_UNWRITABLE', message: /written/, hint: /quota/ }],
  ['device memory', { accident: 'out-of-memory' }, { code: 'RUNTIME_FAILED', message: /memory/, hint: /./ }],
  ['no GPU', { accident: 'no-device' }, { code: 'RUNTIME_UNAVAILABLE', message: /no GPU/, hint: /nvidia-smi/ }],
  ['operator', { accident: 'unsupported-op' }, { code: 'MODEL_UNSUPPORTED', message: /Mystery/, hint: /./ }],
  ['garbage', { accident: 'garbage' }, { code: 'TOOL_FAILED', message: /no log of trtexec/, hint: /path/ }],
  ['too long', { accident: 'hang' }, { code: 'TIMEOUT', message: /0\.9 s/, hint: /time limit/ }],
  // Replaced since it told its options.
  ['removed flags', { version: '11.1.0' }, { code: 'USAGE', message: /--fp16/, hint: /precision from the model/ }],
]

test('a build that fails says why and what to do, and leaves nothing of an engine', async () => {
  const builds = ACCIDENTS.map(([name, scenario]) =>
    build(scenario, undefined, name === 'too long' ? { timeoutMs: 900 } : {}),
  )
  const ends = await Promise.all(builds.map(({ built }) => built.catch((error: unknown) => error)))
  for (const [at, [name, , { code, message, hint }]] of ACCIDENTS.entries()) {
    expect([name, ends[at]]).toMatchObject([name, { code, data: { hint: expect.stringMatching(hint) } }])
    expect([name, String(ends[at])]).toEqual([name, expect.stringMatching(message)])
    expect([name, readdirSync(builds[at]?.folder ?? '')]).toEqual([name, ['m.onnx']])
  }
})

const RECORDED: [string, RegExp][] = [
  ['fail-trt8205-no-implementation.excerpt.log', /ForeignNode/],
  ['trt101600-failed-plugin-not-found.log', /AddScalar/],
  ['fail-trt101300-windows-missing-onnx.excerpt.log', /mc3_dynamic\.onnx/],
]

test.skipIf(withoutSamples)('what recorded logs failed of is told', async () => {
  const builds = RECORDED.map(([name]) => build({ replay: { build: sample(name) } }).built)
  const ends = await Promise.all(builds.map(built => built.catch((error: unknown) => error)))
  for (const [at, [, cause]] of RECORDED.entries()) {
    const end = ends[at]
    expect(end).toBeInstanceOf(EngineError)
    expect(JSON.stringify(end instanceof EngineError ? end.toFailure() : undefined)).toMatch(cause)
  }
})

test('a full disk is named as one', async context => {
  const mounted = mountTmpfs(128)
  if ('why' in mounted) return context.skip(mounted.why)
  await expect(build({}, mounted.folder).built).rejects.toMatchObject({
    code: 'DISK_FULL',
    data: { where: mounted.folder },
  })
  expect(readdirSync(mounted.folder)).toEqual(['m.onnx'])
})

test('an engine that comes while another is built stays', async () => {
  const late = { path: '' }
  const { folder, built } = build({}, undefined, { onStart: () => writeFileSync(late.path, 'another') })
  late.path = join(folder, 'e.engine')
  await expect(built).rejects.toMatchObject({ code: 'FILE_EXISTS', data: { where: late.path } })
  expect(readFileSync(late.path, 'utf8')).toBe('another')
  expect(readdirSync(folder).toSorted()).toEqual(['e.engine', 'm.onnx'])
})

test('a model that went away is named, by trtexec itself', async () => {
  const { folder, built } = build({}, undefined, { withoutModel: true })
  await expect(built).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', data: { where: join(folder, 'm.onnx') } })
})
