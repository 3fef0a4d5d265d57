import { os } from './base.ts'

export const servers = {
  connect: os.servers.connect.handler(({ input, context: { engine }, signal }) =>
    engine.servers.connect(input.target, signal),
  ),
  model: os.servers.model.handler(({ input, context: { engine }, signal }) =>
    engine.servers.model(input.target, input.model, input.version, signal),
  ),
  load: os.servers.load.handler(({ input, context: { engine }, signal }) =>
    engine.servers.load(input.target, input.model, input.config, signal),
  ),
  unload: os.servers.unload.handler(({ input, context: { engine }, signal }) =>
    engine.servers.unload(input.target, input.model, input.dependents, signal),
  ),
  statistics: os.servers.statistics.handler(({ input, context: { engine }, signal }) =>
    engine.servers.statistics(input.target, input.model, input.version, signal),
  ),
  metrics: os.servers.metrics.handler(({ input, context: { engine }, signal }) =>
    engine.servers.metrics(input.target, signal),
  ),
  watch: os.servers.watch.handler(({ input, context: { engine }, signal }) =>
    engine.servers.watch(input.target, input.model, input.intervalMs, signal),
  ),
  infer: os.servers.infer.handler(({ input, context: { engine }, signal }) =>
    engine.servers.infer(input.target, input.request, signal),
  ),
  traceSettings: os.servers.traceSettings.handler(({ input, context: { engine }, signal }) =>
    engine.servers.traceSettings(input.target, input.model, input.set, signal),
  ),
  logSettings: os.servers.logSettings.handler(({ input, context: { engine }, signal }) =>
    engine.servers.logSettings(input.target, input.set, signal),
  ),
  sharedMemory: os.servers.sharedMemory.handler(({ input, context: { engine }, signal }) =>
    engine.servers.sharedMemory(input.target, signal),
  ),
}
