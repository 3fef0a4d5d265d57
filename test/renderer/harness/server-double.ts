import { implement } from '@orpc/server'
import { contract } from '#contract'

/** Servers and repositories of the engine double. What a test of the page does not need yet refuses with a sentence. */
export function serverDouble() {
  const os = implement(contract)
  const absent = (): never => {
    throw new Error('the double has no server')
  }
  return {
    servers: {
      connect: os.servers.connect.handler(absent),
      model: os.servers.model.handler(absent),
      load: os.servers.load.handler(() => {}),
      unload: os.servers.unload.handler(() => {}),
      statistics: os.servers.statistics.handler(absent),
      metrics: os.servers.metrics.handler(absent),
      watch: os.servers.watch.handler(async function* () {}),
      infer: os.servers.infer.handler(absent),
      traceSettings: os.servers.traceSettings.handler(absent),
      logSettings: os.servers.logSettings.handler(absent),
      sharedMemory: os.servers.sharedMemory.handler(() => []),
    },
    repository: {
      parseConfig: os.repository.parseConfig.handler(absent),
      writeConfig: os.repository.writeConfig.handler(absent),
      draft: os.repository.draft.handler(absent),
      list: os.repository.list.handler(absent),
      add: os.repository.add.handler(absent),
      saveConfig: os.repository.saveConfig.handler(absent),
      startCommand: os.repository.startCommand.handler(absent),
      start: os.repository.start.handler(absent),
      servers: os.repository.servers.handler(() => []),
      watch: os.repository.watch.handler(async function* () {}),
      stop: os.repository.stop.handler(() => {}),
    },
  }
}
