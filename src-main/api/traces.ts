import { os } from './base.ts'

export const traces = {
  summary: os.traces.summary.handler(({ input, context: { engine } }) => engine.traces.summary(input)),
  view: os.traces.view.handler(({ input, context: { engine } }) => engine.traces.view(input)),
  window: os.traces.window.handler(({ input, context: { engine } }) => engine.traces.window(input, input)),
  preview: os.traces.preview.handler(({ input, context: { engine } }) => engine.traces.preview(input)),
  idle: os.traces.idle.handler(({ input, context: { engine } }) => engine.traces.idle(input, input)),
  names: os.traces.names.handler(({ input, context: { engine } }) => engine.traces.names(input, input)),
  slice: os.traces.slice.handler(({ input, context: { engine } }) => engine.traces.slice(input, input)),
  at: os.traces.at.handler(({ input, context: { engine } }) => engine.traces.at(input, input)),
  beside: os.traces.beside.handler(({ input, context: { engine } }) => engine.traces.beside(input, input)),
  find: os.traces.find.handler(({ input, context: { engine } }) => engine.traces.find(input, input)),
  select: os.traces.select.handler(({ input, context: { engine } }) => engine.traces.select(input, input)),
  operatorsByShape: os.traces.operatorsByShape.handler(({ input, context: { engine } }) =>
    engine.traces.operatorsByShape(input),
  ),
  locate: os.traces.locate.handler(({ input, context: { engine } }) => engine.traces.locate(input, input.path)),
}
