import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import {
  InferAnswer,
  InferRequest,
  MetricSample,
  ModelStatistics,
  ServerInfo,
  ServerModel,
  ServerSample,
  ServerTarget,
} from '#domain/server.ts'
import { call } from './call.ts'

const At = z.object({ target: ServerTarget })
const OfModel = At.extend({ model: z.string().min(1), version: z.string().optional() })
const Settings = z.record(z.string(), z.union([z.string(), z.array(z.string()), z.number(), z.boolean()]))

/** A running Triton or PyTriton server. Nothing is kept open between calls but what `watch` needs. */
export const servers = {
  /** Who is there and what may be done: metadata, health, abilities, models without their configuration. */
  connect: call.input(At).output(ServerInfo),
  /** One model with its configuration: as JSON in the protobuf's snake_case names, and as config.pbtxt text. */
  model: call.input(OfModel).output(
    z.object({
      model: ServerModel,
      config: z.record(z.string(), z.unknown()).optional(),
      configText: z.string().optional(),
    }),
  ),
  /** `config`: replaces the configuration until the model is unloaded and loaded again. */
  load: call.input(At.extend({ model: z.string().min(1), config: z.record(z.string(), z.unknown()).optional() })),
  unload: call.input(At.extend({ model: z.string().min(1), dependents: z.boolean().default(false) })),
  statistics: call
    .input(At.extend({ model: z.string().optional(), version: z.string().optional() }))
    .output(z.array(ModelStatistics)),
  metrics: call.input(At).output(z.array(MetricSample)),
  /** Statistics and metrics every `intervalMs` until the watcher goes. */
  watch: call
    .input(At.extend({ model: z.string().optional(), intervalMs: z.int().min(200).default(1000) }))
    .output(eventIterator(ServerSample)),
  /** One request. Files in it are read on the engine's machine. */
  infer: call.input(At.extend({ request: InferRequest })).output(InferAnswer),
  traceSettings: call.input(At.extend({ model: z.string().optional(), set: Settings.optional() })).output(Settings),
  logSettings: call.input(At.extend({ set: Settings.optional() })).output(Settings),
  sharedMemory: call.input(At).output(
    z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['system', 'cuda']),
        key: z.string().optional(),
        bytes: z.number(),
        offset: z.number().optional(),
        deviceId: z.number().optional(),
      }),
    ),
  ),
}
