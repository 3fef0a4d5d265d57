import { z } from 'zod'
import { LogLine } from './run.ts'

/** A place in a config.pbtxt text, 1-based, and what is wrong there. */
export const ConfigProblem = z.object({
  severity: z.enum(['error', 'warning', 'info']),
  message: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
  /** Field path, as `instance_group[0].count`. */
  field: z.string().optional(),
  hint: z.string().optional(),
})
export type ConfigProblem = z.infer<typeof ConfigProblem>

/** A model configuration as JSON: names of the protobuf in snake_case, enums by identifier, as Triton's HTTP API gives it. */
export const ModelConfig = z.record(z.string(), z.unknown())
export type ModelConfig = z.infer<typeof ModelConfig>

export const RepositoryModel = z.object({
  name: z.string(),
  path: z.string(),
  versions: z.array(
    z.object({ version: z.string(), files: z.array(z.object({ name: z.string(), bytes: z.number() })) }),
  ),
  configText: z.string().optional(),
  config: ModelConfig.optional(),
  problems: z.array(ConfigProblem),
})
export type RepositoryModel = z.infer<typeof RepositoryModel>

/** What a new model's configuration starts from; everything else is auto-completed from the model file. */
export const NewModel = z.object({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'Letters, digits, _ . -'),
  /** model.onnx, an engine (.plan), model.pt, model.py…; absent for an ensemble. */
  modelPath: z.string().optional(),
  maxBatchSize: z.int().min(0).optional(),
  dynamicBatching: z
    .object({
      preferredBatchSizes: z.array(z.int().positive()).default([]),
      maxQueueDelayMicroseconds: z.int().min(0).optional(),
    })
    .optional(),
  instances: z
    .array(
      z.object({
        kind: z.enum(['KIND_AUTO', 'KIND_GPU', 'KIND_CPU']),
        count: z.int().positive(),
        gpus: z.array(z.int()).default([]),
      }),
    )
    .default([]),
  /** ONNX on GPU: let TensorRT run what it can. */
  tensorrt: z
    .object({ precision: z.enum(['FP32', 'FP16', 'INT8']), maxWorkspaceBytes: z.int().positive().optional() })
    .optional(),
  responseCache: z.boolean().default(false),
  /** One warm-up request with zeros of this batch when the model is loaded. */
  warmupBatch: z.int().positive().optional(),
  ensemble: z
    .array(
      z.object({
        model: z.string(),
        inputMap: z.record(z.string(), z.string()),
        outputMap: z.record(z.string(), z.string()),
      }),
    )
    .optional(),
})
export type NewModel = z.infer<typeof NewModel>
export type NewModelInput = z.input<typeof NewModel>

/** How a server is started here. */
export const ServerStart = z.object({
  repositoryPath: z.string().min(1),
  how: z.enum(['local', 'docker']),
  /** docker: nvcr.io/nvidia/tritonserver:25.10-py3 or any other. */
  image: z.string().optional(),
  gpus: z.boolean().default(false),
  /** 0: a free port. */
  httpPort: z.int().min(0).max(65535).default(0),
  grpcPort: z.int().min(0).max(65535).default(0),
  metricsPort: z.int().min(0).max(65535).default(0),
  modelControl: z.enum(['none', 'explicit', 'poll']).default('explicit'),
  /** Models to load at start with explicit control; empty: all. */
  load: z.array(z.string()).default([]),
  /** Further options of tritonserver, one argument each. */
  extra: z.array(z.string()).default([]),
})
export type ServerStart = z.infer<typeof ServerStart>
export type ServerStartInput = z.input<typeof ServerStart>

/** A server this app started; it ends with the app. */
export const StartedServer = z.object({
  id: z.string(),
  repositoryPath: z.string(),
  how: z.string(),
  /** Ready to paste. */
  command: z.string(),
  status: z.enum(['starting', 'ready', 'stopping', 'ended']),
  httpUrl: z.string(),
  grpcUrl: z.string(),
  metricsUrl: z.string(),
  startedAt: z.string(),
  /** Models that did not load, where the server serves the others. */
  failedModels: z.array(z.object({ name: z.string(), reason: z.string() })).optional(),
  /** Why it ended, where that was not asked for. */
  ended: z.string().optional(),
})
export type StartedServer = z.infer<typeof StartedServer>

export const StartedServerEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('log'), line: LogLine }),
  z.object({ type: z.literal('status'), server: StartedServer }),
])
export type StartedServerEvent = z.infer<typeof StartedServerEvent>
