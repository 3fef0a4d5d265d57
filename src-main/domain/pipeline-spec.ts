import { z } from 'zod'
import { BenchSpec, InputData } from './bench-spec.ts'
import { ImagePreparation } from './server.ts'

/** A torch module: loaded in the user's interpreter, with torch's generator seeded, so that random weights repeat. */
export const TorchModule = z.discriminatedUnion('kind', [
  /** `package.module:name`: a module, its class, or a function without arguments that makes one. */
  z.object({ kind: z.literal('entry'), entry: z.string().min(1), folder: z.string().optional() }),
  z.object({ kind: z.literal('torchscript'), path: z.string().min(1) }),
  z.object({ kind: z.literal('torchvision'), model: z.string().min(1) }),
])
export type TorchModule = z.infer<typeof TorchModule>

const OnnxSource = z.object({ kind: z.literal('onnx'), path: z.string().min(1) })
export const PipelineSource = z.discriminatedUnion('kind', [OnnxSource, ...TorchModule.options])
export type PipelineSource = z.infer<typeof PipelineSource>

/** Where a step's file goes; absent: into the pipeline's folder, named after source and step. */
const output = z.string().min(1).optional()

export const ExportStep = z.object({
  step: z.literal('export'),
  /** Absent: torch's own choice. */
  opset: z.int().min(7).max(99).optional(),
  dynamicBatch: z.boolean().default(true),
  /** `dynamo`: torch.export's graph capture. `auto`: as this torch does by itself. */
  exporter: z.enum(['auto', 'dynamo', 'torchscript']).default('auto'),
  output,
})

export const CONVERSIONS = ['fp16', 'int8'] as const

export const ConvertStep = z.object({
  step: z.literal('convert'),
  to: z.enum(CONVERSIONS),
  /** Inputs and outputs stay as they are; casts go inside. */
  keepIo: z.boolean().default(true),
  /** Operator types that are left in their precision. */
  blockedOperators: z.array(z.string().min(1)).default([]),
  /** INT8: scale activations by what the pipeline's inputs show (static), else at each call (dynamic). */
  calibrate: z.boolean().default(false),
  output,
})

export const CorrectnessStep = z.object({
  step: z.literal('correctness'),
  /** An ONNX file; absent: what the last step made, against what it was made from. */
  candidate: z.string().min(1).optional(),
  /** Absent: rtol × the root mean square of the base's output. */
  atol: z.number().min(0).optional(),
  /** Absent: by the candidate's precision. */
  rtol: z.number().min(0).optional(),
  /** Look for the first node that drifts. */
  bisect: z.boolean().default(false),
})

/** A model folder of a Triton repository with the last ONNX model and a configuration for it. */
export const ConfigStep = z.object({ step: z.literal('config'), name: z.string().min(1).optional(), output })

/** Every ONNX model so far, with the pipeline's inputs. */
export const BenchStep = z.object({
  step: z.literal('bench'),
  ...BenchSpec.pick({
    runtimes: true,
    batches: true,
    warmup: true,
    minIterations: true,
    minDurationMs: true,
    repeat: true,
  }).shape,
})

export const PipelineStep = z.discriminatedUnion('step', [
  ExportStep,
  ConvertStep,
  CorrectnessStep,
  ConfigStep,
  BenchStep,
])
export type PipelineStep = z.infer<typeof PipelineStep>
export type StepOf<Id extends PipelineStep['step']> = Extract<PipelineStep, { step: Id }>

/** What is fed where models are compared. A file may be .npy, .npz, .bin, .json, a picture, or a folder of pictures. */
export const PipelineInputs = z.object({
  batch: z.int().min(1).max(65536).default(1),
  /** Of one item, without its batch dimension. */
  shapes: BenchSpec.shape.shapes,
  batchAxes: BenchSpec.shape.batchAxes,
  /** Per input; `*` stands for every input not named. */
  data: z.record(z.string(), InputData).default({}),
  image: ImagePreparation.prefault({}),
})
export type PipelineInputs = z.infer<typeof PipelineInputs>

/** Steps in a row over one model, each of which can also be run alone. */
export const PipelineSpec = z.object({
  source: PipelineSource,
  /** Of a torch module's inputs in the order of its call, batch included. */
  torchShapes: z.array(z.array(z.int().min(1)).min(1)).default([]),
  torchDtype: z.string().default('float32'),
  /** Interpreter of the steps in Python; absent: the one of Settings, or on PATH. */
  python: z.string().min(1).optional(),
  /** Where files go; absent: a folder beside the session. */
  folder: z.string().min(1).optional(),
  inputs: PipelineInputs.prefault({}),
  steps: z.array(PipelineStep).min(1),
  /** A step whose file is there, made by the same step from the same model, is not done again. */
  resume: z.boolean().default(false),
  title: z.string().min(1).optional(),
})
export type PipelineSpec = z.infer<typeof PipelineSpec>
export type PipelineSpecInput = z.input<typeof PipelineSpec>
