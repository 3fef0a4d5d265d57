import { expect, test } from 'vitest'
import { PipelineSpec, type PipelineSpecInput } from '#domain/pipeline-spec.ts'
import { buildProgram } from '../../../src-main/faces/cli/program.ts'
import { pipelineCommand } from '../../../src-main/runs/pipeline/command.ts'

/** A POSIX shell's words, where quotes stand around whole ones. */
const wordsOf = (line: string) =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

/** What the command line would start for these words. */
async function specOf(words: readonly string[]): Promise<PipelineSpec> {
  const specs: unknown[] = []
  const stop = new Error('planned')
  const client = {
    runs: {
      async plan({ spec }: { spec: unknown }) {
        specs.push(spec)
        throw stop
      },
    },
  }
  const context = {
    terminal: { out() {}, err() {}, interactive: false },
    signal: new AbortController().signal,
    engine: async () => ({ client, engine: {} }) as never,
  }
  await buildProgram(context)
    .parseAsync(words, { from: 'user' })
    .catch(thrown => {
      if (thrown !== stop) throw thrown
    })
  return PipelineSpec.parse(specs[0])
}

test.each<[string, PipelineSpecInput]>([
  [
    'batchscope convert /m/net.onnx --to int8 --output /m/out.onnx --half-io --keep-op Softmax --calibrate --data x:file:/m/x.npy',
    {
      source: { kind: 'onnx', path: '/m/net.onnx' },
      inputs: { data: { x: { source: 'file', path: '/m/x.npy' } } },
      steps: [
        {
          step: 'convert',
          to: 'int8',
          output: '/m/out.onnx',
          keepIo: false,
          blockedOperators: ['Softmax'],
          calibrate: true,
        },
      ],
    },
  ],
  [
    "batchscope check /m/a.onnx '/m/b c.onnx' --atol 0.00001 --rtol 0.02 --bisect --batch 4 --shape x:3,8,8 --batch-axis x:0",
    {
      source: { kind: 'onnx', path: '/m/a.onnx' },
      inputs: { batch: 4, shapes: { x: [3, 8, 8] }, batchAxes: { x: 0 } },
      steps: [{ step: 'correctness', candidate: '/m/b c.onnx', atol: 1e-5, rtol: 0.02, bisect: true }],
    },
  ],
  [
    'batchscope check --entry net:Net --entry-folder /m --torch-shape 1,3,8,8 /m/b.onnx --python /venv',
    {
      source: { kind: 'entry', entry: 'net:Net', folder: '/m' },
      torchShapes: [[1, 3, 8, 8]],
      python: '/venv',
      steps: [{ step: 'correctness', candidate: '/m/b.onnx' }],
    },
  ],
  [
    'batchscope pipeline --torchvision resnet18 --torch-shape 1,3,8,8 --steps export,correctness,convert:fp16,correctness,config,bench --opset 18 --fixed-batch --model-name r18 --bench-batch 1,8 --iterations 50 --duration 0ms --image-mean 0.485,0.456,0.406 --resume',
    {
      source: { kind: 'torchvision', model: 'resnet18' },
      torchShapes: [[1, 3, 8, 8]],
      inputs: { image: { mean: [0.485, 0.456, 0.406] } },
      resume: true,
      steps: [
        { step: 'export', opset: 18, dynamicBatch: false },
        { step: 'correctness' },
        { step: 'convert', to: 'fp16' },
        { step: 'correctness' },
        { step: 'config', name: 'r18' },
        { step: 'bench', batches: [1, 8], minIterations: 50, minDurationMs: 0 },
      ],
    },
  ],
])('%s says its spec and is read back to it', async (command, input) => {
  const spec = PipelineSpec.parse(input)
  expect(pipelineCommand(spec)).toBe(command)
  expect(await specOf(wordsOf(command).slice(1))).toEqual(spec)
})

test('a check without a candidate, and a step that is none, are refused as usage', async () => {
  await expect(specOf(['check', 'a.onnx'])).rejects.toMatchObject({ code: 'USAGE' })
  await expect(specOf(['pipeline', 'a.onnx', '--steps', 'convert'])).rejects.toMatchObject({ exitCode: 1 })
})
