import { os } from './base.ts'

export const sessions = {
  recent: os.sessions.recent.handler(({ context: { engine } }) => engine.sessions.recent()),
  forgetRecent: os.sessions.forgetRecent.handler(({ input, context: { engine } }) =>
    engine.sessions.forgetRecent(input.path),
  ),
  create: os.sessions.create.handler(({ input, context: { engine } }) => engine.sessions.create(input)),
  open: os.sessions.open.handler(({ input, context: { engine } }) => engine.sessions.open(input)),
  openSample: os.sessions.openSample.handler(({ context: { engine } }) => engine.sessions.openSample()),
  close: os.sessions.close.handler(({ input, context: { engine } }) => engine.sessions.close(input.sessionId)),
  get: os.sessions.get.handler(({ input, context: { engine } }) => engine.sessions.view(input.sessionId)),
  opened: os.sessions.opened.handler(({ context: { engine } }) => engine.sessions.opened()),
  watch: os.sessions.watch.handler(({ input, context: { engine }, signal }) =>
    engine.sessions.watch(input.sessionId, signal),
  ),
  update: os.sessions.update.handler(({ input: { sessionId, ...patch }, context: { engine } }) =>
    engine.sessions.update(sessionId, patch),
  ),
  saveAs: os.sessions.saveAs.handler(({ input: { sessionId, ...target }, context: { engine } }) =>
    engine.sessions.saveAs(sessionId, target),
  ),
  duplicate: os.sessions.duplicate.handler(({ input, context: { engine } }) =>
    engine.sessions.duplicate(input.sessionId),
  ),
  compact: os.sessions.compact.handler(({ input, context: { engine } }) => engine.sessions.compact(input.sessionId)),
  document: os.sessions.document.handler(({ input, context: { engine } }) =>
    engine.reports.document(input.sessionId, input.runIds),
  ),
  report: os.sessions.report.handler(({ input, context: { engine } }) =>
    engine.reports.render(input.sessionId, input.format, input.runIds),
  ),
}
