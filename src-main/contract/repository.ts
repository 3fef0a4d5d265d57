import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import {
  ConfigProblem,
  ModelConfig,
  NewModel,
  RepositoryModel,
  ServerStart,
  StartedServer,
  StartedServerEvent,
} from '#domain/repository.ts'
import { call } from './call.ts'

/** A model repository on disk, and servers started over it. */
export const repository = {
  /** What Triton would accept parses; what it refuses comes back as problems with line and column, and no config. */
  parseConfig: call
    .input(z.object({ text: z.string(), modelName: z.string().optional() }))
    .output(z.object({ config: ModelConfig.optional(), problems: z.array(ConfigProblem) })),
  /** `config` as text. With `text`, comments and order of that text are kept where its fields stay. */
  writeConfig: call
    .input(z.object({ config: ModelConfig, text: z.string().optional() }))
    .output(z.object({ text: z.string(), problems: z.array(ConfigProblem) })),
  /** Configuration for a new model, inputs and outputs read from its file; an ensemble's from the models in `path`. Nothing is written. */
  draft: call
    .input(NewModel.extend({ path: z.string().optional() }))
    .output(z.object({ config: ModelConfig, text: z.string(), problems: z.array(ConfigProblem) })),
  /** Models of a repository folder with their lints. */
  list: call
    .input(z.object({ path: z.string() }))
    .output(z.object({ models: z.array(RepositoryModel), problems: z.array(ConfigProblem) })),
  /** Writes `path/NAME/1/model.*` (copied) and config.pbtxt. @throws FILE_EXISTS unless `overwrite` */
  add: call
    .input(
      z.object({
        path: z.string(),
        model: NewModel,
        text: z.string().optional(),
        overwrite: z.boolean().default(false),
      }),
    )
    .output(z.object({ model: RepositoryModel, written: z.array(z.string()) })),
  /** Replaces config.pbtxt of a model; a text that does not parse is refused. */
  saveConfig: call.input(z.object({ path: z.string(), name: z.string(), text: z.string() })).output(RepositoryModel),
  /** The command that `start` would run; problems (no docker, no tritonserver) are thrown as TOOL_MISSING. */
  startCommand: call.input(ServerStart).output(z.object({ command: z.string() })),
  start: call.input(ServerStart).output(StartedServer),
  servers: call.output(z.array(StartedServer)),
  /** Status and log so far, then live; ends when the server has ended. */
  watch: call.input(z.object({ id: z.string() })).output(eventIterator(StartedServerEvent)),
  stop: call.input(z.object({ id: z.string() })),
}
