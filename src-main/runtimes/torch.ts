import { z } from 'zod'
import { DTYPES, type Model } from '#domain/model.ts'
import type { PythonFacts } from '../../native-tools/python-facts.ts'
import { defineRuntime, type PrecisionAnswer } from './define.ts'
import { pythonMeasure } from './python/measure.ts'
import { pythonOption, threadOptions } from './python/options.ts'
import { pythonReady, textOf, type Verdict } from './python/ready.ts'

const Options = z.object({
  python: pythonOption,
  entry: z
    .string()
    .regex(/^$|^[\w.]+:[\w.]+(\(\))?$/, 'package.module:name, or package.module:factory()')
    .default('')
    .describe(
      'What is called instead of the file: a module, class or function as package.module:name; name() is called once first',
    ),
  folder: z.string().default('').describe('Where the package of the entry lies. Empty: the current folder'),
  torchvision: z.string().default('').describe('A model of torchvision by name, as resnet18, with random weights'),
  device: z
    .string()
    .regex(/^(auto|[a-z]+(:\d+)?)$/, 'auto, cpu, cuda or cuda:1')
    .default('auto')
    .describe('Where it computes: auto (CUDA, then XPU, then the CPU), cpu, cuda, cuda:1'),
  dtype: z.enum(DTYPES).default('float32').describe('Element type of inputs, where the model’s file does not tell it'),
  compile: z.boolean().default(false).describe('Through torch.compile; compiling is timed apart'),
  compileBackend: z.string().regex(/^\w+$/).default('inductor').describe('Backend of torch.compile'),
  compileMode: z
    .enum(['default', 'reduce-overhead', 'max-autotune', 'max-autotune-no-cudagraphs'])
    .default('default')
    .describe('Mode of torch.compile'),
  channelsLast: z.boolean().default(false).describe('Weights and images in channels-last order'),
  ...threadOptions,
})
type Options = z.infer<typeof Options>

/** PyTorch in the user's Python: a TorchScript file, an entry of the user's, or a torchvision model. */
export const torch = defineRuntime({
  id: 'torch',
  title: 'PyTorch',
  device: 'auto',
  models: ['torchscript', 'onnx'],
  precisions: ['model', 'fp32', 'tf32', 'fp16', 'bf16'],
  options: Options,
  includes: ['compute', 'output-allocation'],
  ready: (question = {}) => pythonReady(question, judgeTorch),
  precision: torchPrecision,
  child(task, { python, dtype, affinity, ...options }) {
    return pythonMeasure({
      task,
      python,
      affinity,
      dtype,
      library: 'torch',
      runsOtherThanFile: isOwn(options),
      options,
      env: ownVariables(),
      finish: result => ({
        ...result,
        runtimeFacts: {
          ...result.runtimeFacts,
          ...(isOwn(options) ? { model: options.torchvision || options.entry } : {}),
          affinity: affinity || 'all',
        },
      }),
    })
  },
})

/** Whether a Python, by the option that names it, has a GPU of NVIDIA's: as it was when it was last asked. */
const cudaIn = new Map<string, boolean>()

function judgeTorch(facts: PythonFacts, options: Readonly<Record<string, unknown>>): Verdict {
  cudaIn.set(textOf(options.python), facts.cudaDevices > 0 && facts.build.cuda !== undefined)
  if (facts.torch === undefined) {
    return { why: 'torch is not installed for this Python', hint: 'Install it: pip install torch', needs: 'torch' }
  }
  const device = textOf(options.device)
  if (device.startsWith('cuda') && facts.cudaDevices === 0 && !facts.rocmDevice) {
    const built = facts.build.cuda === undefined ? 'was built without CUDA' : 'finds no GPU here'
    return { why: `torch ${facts.torch} ${built}`, hint: 'Use device=cpu, or a machine with a GPU and its driver.' }
  }
  if (textOf(options.torchvision) !== '' && facts.torchvision === undefined) {
    return { why: 'torchvision is not installed for this Python', hint: 'Install it: pip install torchvision' }
  }
  return { version: `torch ${facts.torch}` }
}

function isOwn({ entry, torchvision }: Pick<Options, 'entry' | 'torchvision'>): boolean {
  return entry !== '' || torchvision !== ''
}

/** What arithmetic a module holds only torch tells; what cannot be at all is said here. */
function torchPrecision(asked: string, model: Model, options: Options): PrecisionAnswer {
  if (model.format === 'onnx' && !isOwn(options)) {
    return {
      why: `it does not run ONNX files such as ${model.name}`,
      hint: 'Name the model it was exported from: --set torch.entry=package.module:Model or --set torch.torchvision=resnet18',
    }
  }
  if (model.inputs.length === 0) {
    return {
      why: 'the file does not tell its inputs',
      hint: 'Give the shape of one item of each, in order: --shape x:3,224,224',
    }
  }
  const isOnCpu = options.device === 'cpu' || (options.device === 'auto' && cudaIn.get(options.python) === false)
  if (asked === 'tf32' && isOnCpu) {
    return { why: 'TF32 is arithmetic of NVIDIA GPUs', hint: 'Ask for fp32 on the CPU.' }
  }
  return { runs: asked }
}

/** Settings of torch and its compiler, which other children do not see. */
function ownVariables(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && /^(TORCH|PYTORCH|TRITON_|CC$|CXX$)/.test(name) ? [[name, value] as const] : [],
    ),
  )
}
