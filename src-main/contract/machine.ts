import { z } from 'zod'
import { RuntimeInfo, ToolInfo } from '#domain/machine.ts'
import { Settings, SettingsPatch } from '#domain/settings.ts'
import { call } from './call.ts'

export const runtimes = {
  /** Every runtime with its availability here and why not. `fresh` looks again instead of using the last answer. */
  list: call.input(z.object({ fresh: z.boolean().default(false) })).output(z.array(RuntimeInfo)),
}

export const tools = {
  list: call.input(z.object({ fresh: z.boolean().default(false) })).output(z.array(ToolInfo)),
}

export const settings = {
  get: call.output(Settings),
  /** Only the fields given are changed. */
  set: call.input(SettingsPatch).output(Settings),
}
