import { os } from './base.ts'

export const models = {
  inspect: os.models.inspect.handler(({ input, context: { engine }, signal }) =>
    engine.models.inspect(input.path, signal),
  ),
  sample: os.models.sample.handler(({ context: { engine } }) => ({ path: engine.models.samplePath })),
}
