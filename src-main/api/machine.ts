import { os } from './base.ts'

export const runtimes = {
  list: os.runtimes.list.handler(({ input, context: { engine } }) => engine.runtimes.list(input.fresh)),
}

export const tools = {
  list: os.tools.list.handler(({ input, context: { engine } }) => engine.tools.list(input.fresh)),
}

export const settings = {
  get: os.settings.get.handler(({ context: { engine } }) => engine.settings.get()),
  set: os.settings.set.handler(({ input, context: { engine } }) => engine.settings.set(input)),
}
