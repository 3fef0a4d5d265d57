import { os } from './base.ts'

export const repository = {
  parseConfig: os.repository.parseConfig.handler(({ input, context: { engine } }) =>
    engine.repository.parseConfig(input.text, input.modelName),
  ),
  writeConfig: os.repository.writeConfig.handler(({ input, context: { engine } }) =>
    engine.repository.writeConfig(input.config, input.text),
  ),
  draft: os.repository.draft.handler(({ input, context: { engine }, signal }) =>
    engine.repository.draft(input, signal),
  ),
  list: os.repository.list.handler(({ input, context: { engine } }) => engine.repository.list(input.path)),
  add: os.repository.add.handler(({ input, context: { engine }, signal }) => engine.repository.add(input, signal)),
  saveConfig: os.repository.saveConfig.handler(({ input, context: { engine } }) => engine.repository.saveConfig(input)),
  startCommand: os.repository.startCommand.handler(async ({ input, context: { engine } }) => ({
    command: await engine.repository.startCommand(input),
  })),
  start: os.repository.start.handler(({ input, context: { engine } }) => engine.repository.start(input)),
  servers: os.repository.servers.handler(({ context: { engine } }) => engine.repository.servers()),
  watch: os.repository.watch.handler(({ input, context: { engine }, signal }) =>
    engine.repository.watch(input.id, signal),
  ),
  stop: os.repository.stop.handler(({ input, context: { engine } }) => engine.repository.stop(input.id)),
}
