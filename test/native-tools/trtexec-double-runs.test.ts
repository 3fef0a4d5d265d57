import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { captureOutput } from '../../native-tools/capture-output.ts'
import { DOUBLE_DEVICE, type DoubleVersion, VERSIONS } from '../doubles/trtexec/scenario.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../helpers/samples.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { trtexecDouble } from '../helpers/trtexec-double.ts'

const ALL = Object.keys(VERSIONS).filter((version): version is DoubleVersion => version in VERSIONS)
const sample = (name: string) => join(SAMPLES_FOLDER, 'trtexec', name)
const Queries = z.array(z.object({ computeMs: z.number(), latencyMs: z.number() }))

function call(path: string, ...args: string[]) {
  return captureOutput({ argv: [path, ...args], timeoutMs: 20_000 })
}

test('the double of trtexec takes the flags of its version', async () => {
  const helps = await Promise.all(ALL.map(version => call(trtexecDouble({ version }), '--help')))
  for (const [at, version] of ALL.entries()) {
    const { stdout = '', exitCode } = helps[at] ?? {}
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(new RegExp(`^&&&& RUNNING TensorRT.trtexec \\[TensorRT v${VERSIONS[version].number}\\]`))
    const is11 = version.startsWith('11')
    expect(stdout.includes('  --fp16 ')).toBe(!is11)
    expect(stdout.includes('  --noCudaGraph ')).toBe(is11)
    expect(stdout.includes('  --workspace=')).toBe(version === '8.6.1')
    expect(stdout.includes('  --tuneBuildRoutes=')).toBe(version === '11.1.0')
    expect(stdout).not.toContain('--streams')
  }
})

test('an unknown flag: the help, a line of its own for each, exit code 1, and from 11.1 on no last banner', async () => {
  const ended = await call(trtexecDouble({ version: '11.0.0' }), '--onnx=m.onnx', '--fp16', '--workspace=2048')
  expect(ended.exitCode).toBe(1)
  expect(ended.stdout).toContain('=== Build Options ===')
  expect(ended.stderr).toMatch(/\[E\] Unknown option: --fp16 \n.*\[E\] Unknown option: --workspace 2048/)
  expect(ended.stdout).toContain('&&&& FAILED')
  const later = await call(trtexecDouble({ version: '11.1.0' }), '--onnx=m.onnx', '--fp16')
  expect(later.exitCode).toBe(1)
  expect(later.stdout).not.toContain('&&&& FAILED')
})

test('builds, loads and exports; everything of it carries the name of the double', async () => {
  const folder = tempFolder()
  const [model, engine, times] = ['m.onnx', 'm.engine', 't.json'].map(name => join(folder, name))
  writeFileSync(String(model), 'any bytes')
  const path = trtexecDouble({ queries: 50 })
  const built = await call(path, `--onnx=${model}`, '--optShapes=x:4x3', `--saveEngine=${engine}`, '--skipInference')
  expect(built.exitCode).toBe(0)
  expect(built.stdout).toContain(`Selected Device: ${DOUBLE_DEVICE}`)
  expect(readFileSync(String(engine), 'latin1')).toMatch(/^BATCHSCOPE TEST DOUBLE ENGINE/)
  const ran = await call(path, `--loadEngine=${engine}`, '--shapes=x:4x3', `--exportTimes=${times}`)
  const queries = Queries.parse(JSON.parse(readFileSync(String(times), 'utf8')))
  expect(queries).toHaveLength(50)
  const sorted = queries.map(({ computeMs }) => computeMs).toSorted((a, b) => a - b)
  const median = Number((((sorted[24] ?? 0) + (sorted[25] ?? 0)) / 2).toPrecision(6))
  expect(ran.stdout).toContain(`GPU Compute Time: min = ${sorted[0]} ms`)
  expect(ran.stdout).toMatch(new RegExp(`GPU Compute Time:.* median = ${median} ms`))
  const misfit = await call(path, `--loadEngine=${engine}`, '--shapes=x:8x3')
  expect([misfit.exitCode, misfit.stderr]).toEqual([1, expect.stringContaining('Static dimension mismatch')])
})

test.skipIf(withoutSamples)('replays a recorded log to the streams it came from, in its own name', async () => {
  const folder = tempFolder()
  const path = trtexecDouble({ replay: { build: sample('trt101600-failed-plugin-not-found.log') } })
  const ended = await call(path, '--onnx=mine.onnx', `--saveEngine=${join(folder, 'e')}`)
  expect(ended.exitCode).toBe(1)
  expect(ended.stdout).toContain(`Selected Device: ${DOUBLE_DEVICE}`)
  expect(ended.stdout).not.toMatch(/Selected Device: NVIDIA|GPU-[1-9a-f]/)
  expect(ended.stdout).toContain('# trtexec --onnx=mine.onnx')
  // Lines without a mark go where the error before them went.
  expect(ended.stderr).toMatch(/--- Begin node ---\ninput: "inputT0"/)
  expect(existsSync(join(folder, 'e'))).toBe(false)
})

test.skipIf(withoutSamples)('a recorded log that ends in the middle ends by SIGABRT', async () => {
  const { signal } = await call(trtexecDouble({ replay: { build: sample('trt8410-orin-truncated.log') } }), '--onnx=a')
  expect(signal).toBe('SIGABRT')
})
