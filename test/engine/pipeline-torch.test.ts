import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Correctness } from '#domain/correctness.ts'
import type { PipelineSpecInput } from '#domain/pipeline-spec.ts'
import { StepTable } from '#domain/step-table.ts'
import { newSession, testEngine } from '../helpers/engine.ts'
import { TORCH_VENV, torchPython, withoutTorch } from '../helpers/torch/python.ts'

const HELPERS = join(import.meta.dirname, '..', 'helpers', 'torch')

/** Versions of the tools, where the environment has them all. */
function tools(): Record<string, string> | undefined {
  if (withoutTorch) return undefined
  const code =
    'import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in ("torch", "onnx", "onnxruntime", "onnxconverter-common")}))'
  try {
    return JSON.parse(
      execFileSync(torchPython, ['-c', code], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    )
  } catch {
    console.warn(`Skipped: ${TORCH_VENV} lacks onnx, onnxruntime or onnxconverter-common`)
    return undefined
  }
}

const versions = tools()

/** The seeds' path on the CPU, for real: a ResNet-18 of the user's, exported, in half precision, judged. */
test.skipIf(versions === undefined)(
  'a ResNet-18 is exported, agrees with its ONNX and its FP16, and a damaged layer is found where it was damaged',
  async () => {
    const { client, folder, engine } = testEngine()
    const sessionId = await newSession({ client, folder, engine })
    const run = async (spec: PipelineSpecInput) => {
      const { runId } = await client.runs.start({ sessionId, kind: 'pipeline', spec })
      for await (const _ of await client.runs.watch({ sessionId, runId }));
      const kept = await client.runs.attachments({ sessionId, runId })
      return {
        run: await client.runs.get({ sessionId, runId }),
        steps: kept.flatMap(({ kind, data }) => (kind === 'steps' ? StepTable.parse(data).steps : [])),
        correctness: kept.flatMap(({ kind, data }) => (kind === 'correctness' ? [Correctness.parse(data)] : [])),
      }
    }
    copyFileSync(join(HELPERS, 'resnet18_shaped.py'), join(folder, 'resnet18_shaped.py'))
    const whole: PipelineSpecInput = {
      source: { kind: 'entry', entry: 'resnet18_shaped:ResNet18', folder },
      torchShapes: [[1, 3, 64, 64]],
      python: torchPython,
      folder: join(folder, 'files'),
      inputs: { batch: 2, shapes: { image: [3, 64, 64] } },
      steps: [
        { step: 'export', opset: 18, exporter: 'torchscript' },
        { step: 'correctness' },
        { step: 'convert', to: 'fp16' },
        { step: 'correctness', bisect: true },
      ],
    }
    const first = await run(whole)
    expect(first.run.error).toBeUndefined()
    expect(first.steps.map(({ step, status }) => `${step} ${status}`)).toEqual(
      whole.steps.map(({ step }) => `${step} done`),
    )
    expect(first.steps[0]?.tool).toContain(versions?.torch)
    expect(first.steps[2]?.tool).toBe(`onnxconverter-common ${versions?.['onnxconverter-common']}`)
    const [exported, converted] = [first.steps[0]?.artifact, first.steps[2]?.artifact]
    expect((exported?.bytes ?? 0) / (converted?.bytes ?? 1)).toBeCloseTo(2, 1)

    const [fromTorch, half] = first.correctness
    expect(fromTorch).toMatchObject({ verdict: 'pass', base: { ranOn: expect.stringContaining('torch') } })
    expect(fromTorch?.outputs[0]?.difference?.drift).toBeLessThan(1e-5)
    expect(half).toMatchObject({ verdict: 'pass', candidate: { precision: 'fp16' } })
    expect(half?.outputs[0]?.difference?.drift).toBeGreaterThan(1e-5)
    expect(half?.drift).not.toHaveProperty('first')
    expect(half?.drift?.joined).toBeGreaterThan(40)

    // The same again keeps what is there; what was lost is made anew.
    rmSync(converted?.path ?? '')
    const steps = whole.steps.filter(({ step }) => step !== 'correctness')
    const again = await run({ ...whole, steps, resume: true })
    expect(again.steps.map(({ status }) => status)).toEqual(['kept', 'done'])
    expect(again.steps[1]?.artifact?.sha256).toBe(converted?.sha256)

    const [base = '', damaged = join(folder, 'damaged.onnx')] = [exported?.path]
    const node = '/blocks/blocks.3/conv2/Conv'
    execFileSync(torchPython, [join(HELPERS, 'damage_weight.py'), again.steps[1]?.artifact?.path ?? '', damaged, node])
    expect(readFileSync(damaged).length).toBe(converted?.bytes)
    const found = await run({
      source: { kind: 'onnx', path: base },
      inputs: { shapes: { image: [3, 64, 64] } },
      steps: [{ step: 'correctness', candidate: damaged, bisect: true }],
    })
    expect(found.correctness[0]?.drift?.first).toMatchObject({ node, operator: 'Conv' })
  },
  300_000, // a loaded machine is late, not wrong
)
