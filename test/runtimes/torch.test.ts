import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { captureOutput } from '../../native-tools/capture-output.ts'
import { inspectModel } from '../../src-main/models/inspect.ts'
import { pathsInOptions, withGivenInputs } from '../../src-main/runs/bench/as-asked.ts'
import type { PointTask } from '../../src-main/runtimes/define.ts'
import { torch } from '../../src-main/runtimes/torch.ts'
import { BenchResult } from '../../src-main/workers/bench-protocol.ts'
import { modelWith, tensor } from '../helpers/models.ts'
import { TORCH_VENV, torchPython, withoutTorch } from '../helpers/torch/python.ts'

const NETWORKS = join(import.meta.dirname, '..', 'helpers', 'torch')
const talk = { say: () => {}, log: () => {} }
const limits = { signal: new AbortController().signal, timeoutMs: 240_000 }

const options = (given: z.input<typeof torch.options>) => torch.options.parse(given)
const onnx = modelWith([tensor('x', ['batch', 3, 32, 32])])
const script = modelWith([tensor('x', ['batch', 3, 32, 32])], { format: 'torchscript' })

test.each<[string, z.input<typeof torch.options>, typeof onnx, string, RegExp]>([
  ['an ONNX file without an entry', {}, onnx, 'fp32', /does not run ONNX files/],
  ['TF32 on the CPU', { device: 'cpu', entry: 'net:Net' }, onnx, 'tf32', /NVIDIA/],
  ['TorchScript without shapes', {}, { ...script, inputs: [] }, 'model', /does not tell its inputs/],
])('%s cannot be measured, and it says why before it starts', (_, given, model, precision, why) => {
  expect(torch.precision?.(precision, model, options(given))).toMatchObject({
    why: expect.stringMatching(why),
    hint: expect.any(String),
  })
})

test('a file or an entry can, in what is asked for', () => {
  expect(torch.precision?.('bf16', script, options({}))).toEqual({ runs: 'bf16' })
  expect(torch.precision?.('fp32', onnx, options({ entry: 'net:Net' }))).toEqual({ runs: 'fp32' })
})

test('shapes that are given are the inputs of TorchScript, in that order, with the batch in front', () => {
  const given = withGivenInputs({ ...script, inputs: [] }, { shapes: { image: [3, 8, 8], mask: [8] } })
  expect(given.inputs).toEqual([tensor('image', ['batch', 3, 8, 8]), tensor('mask', ['batch', 8])])
  expect(withGivenInputs(onnx, { shapes: { y: [1] } })).toBe(onnx)
})

test('code and interpreters that options name by path are told to whoever guards paths', () => {
  const runtimes = [
    { id: 'torch', options: { folder: '/srv/code', python: 'vision' } },
    { id: 'ort-cuda', options: { python: '~/envs/a' } },
    { id: 'ort-cpu', options: {} },
  ]
  expect(pathsInOptions({ runtimes })).toEqual(['/srv/code', '~/envs/a'])
})

test('options that would be read wrongly are refused', () => {
  for (const wrong of [{ entry: 'net.py' }, { entry: 'net:Net(1)' }, { device: 'cuda:' }, { compileMode: 'fast' }]) {
    expect(torch.options.safeParse(wrong).success).toBe(false)
  }
})

describe.skipIf(withoutTorch)('with real torch', () => {
  let path = ''
  let sha256 = ''
  const folder = mkdtempSync(join(tmpdir(), 'batchscope-test-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  beforeAll(async () => {
    path = join(folder, 'small.pt')
    const { exitCode, stderr } = await captureOutput({ argv: [torchPython, join(NETWORKS, 'networks.py'), path] })
    if (exitCode !== 0) throw new Error(stderr)
    ;({ sha256 } = await inspectModel(path))
  }, 240_000)

  const measured = async (given: z.input<typeof torch.options>, more: Partial<PointTask> = {}) => {
    const task: PointTask = {
      modelPath: path,
      modelSha256: sha256,
      precision: 'model',
      batch: 2,
      repeat: 1,
      shapes: { x: [2, 3, 32, 32] },
      data: {},
      warmup: 3,
      minIterations: 20,
      minDurationMs: 0,
      maxDurationMs: 5000,
      ...more,
    }
    const child = torch.child(task, options({ python: TORCH_VENV, device: 'cpu', intraOpThreads: 1, ...given }))
    return BenchResult.parse(await child.measure(talk, limits))
  }

  test('TorchScript in bf16 autocast: ten scores for two images', { timeout: 240_000 }, async () => {
    const result = await measured({}, { precision: 'bf16' })
    expect(result).toMatchObject({ precision: 'bf16', device: 'cpu', fixedWarmup: 3, outputBytes: 2 * 10 * 2 })
    expect(result.latenciesMs).toHaveLength(23)
    expect(result.compileMs).toBeUndefined()
    expect(result.phasesMs).toBeUndefined()
    expect(result.runtimeFacts).toMatchObject({ arithmetic: 'autocast to torch.bfloat16, entered in every call' })
  })

  test('an entry through torch.compile: compiling is told apart from calls', { timeout: 240_000 }, async () => {
    const given = {
      entry: 'networks:Small',
      folder: NETWORKS,
      compile: true,
      compileBackend: 'eager',
      channelsLast: true,
    }
    const result = await measured(given)
    const counted = [...result.latenciesMs.slice(3)].toSorted((a, b) => a - b)
    const median = ((counted[9] ?? 0) + (counted[10] ?? 0)) / 2
    expect(result).toMatchObject({ precision: 'fp32', outputBytes: 2 * 10 * 4 })
    expect(result.firstCallMs).toBe(result.latenciesMs[0])
    expect(result.compileMs).toBeCloseTo((result.firstCallMs ?? 0) - median, 6)
    expect(result.compileMs).toBeGreaterThan(5 * median)
    expect(result.runtimeFacts).toMatchObject({
      mode: 'torch.compile',
      memoryFormat: 'channels-last',
      model: 'networks:Small',
    })
  })
})
